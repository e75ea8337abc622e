"""Where sessions stand: the newest telling of each, in order, and after a restart."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

from pressbox.model.load import AthleteName, SessionTold
from pressbox.model.session import LACROSSE
from pressbox.stores.sqlite_sessions import SqliteSessions
from pressbox.stream.store import Batch, Cursor

Opened: TypeAlias = Callable[[], SqliteSessions]


def told(session: str, revision: int, *, state: Literal["open", "closed"] = "open", index: int = 0) -> SessionTold:
    return SessionTold(
        stadium="north",
        session=session,
        state=state,
        revision=revision,
        index=index,
        opened_ms=revision,
        closed_ms=None,
        sport="lacrosse",
        zones_dkmh=LACROSSE.zones_dkmh,
        field=LACROSSE.field,
        periods=(),
        athletes=(AthleteName("a1", "Łucja"),),
        wearers={"d1": "a1"},
    )


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens the one file, as often as it is asked to."""
    with ExitStack() as closing:

        def opened() -> SqliteSessions:
            sessions = SqliteSessions(tmp_path / "sessions.sqlite")
            sessions.open()
            closing.callback(sessions.close)
            return sessions

        yield opened


def test_the_newest_telling_of_a_session_stands_in_any_order_and_after_a_restart(opened: Opened) -> None:
    sessions = opened()
    sessions.write(Batch(0, [told("a", 3, index=1), told("a", 3)], Cursor(0, 2)))
    sessions.write(Batch(0, [told("a", 2), told("b", 1)], Cursor(0, 4)))
    for one in (sessions, opened()):
        assert one.session("north", "a") == told("a", 3, index=1)
        assert one.session("north", "none") is None
        assert one.cursor(0) == Cursor(0, 4)


def test_open_sessions_come_first_and_of_each_kind_the_newest(opened: Opened) -> None:
    sessions = opened()
    mixed = [told("old", 1), told("over", 9, state="closed"), told("new", 2), told("long over", 3, state="closed")]
    sessions.write(Batch(0, mixed, Cursor(0, 4)))
    assert [one.session for one in sessions.sessions()] == ["new", "old", "over", "long over"]


def test_waits_for_what_a_record_said_and_no_longer_than_it_is_told_to(opened: Opened) -> None:
    sessions = opened()
    sessions.write(Batch(0, [told("a", 3)], Cursor(0, 1)))
    assert sessions.told("north", "a", 3, timeout_s=0) == told("a", 3)
    assert sessions.told("north", "a", 4, timeout_s=0) is None
