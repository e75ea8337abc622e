"""Where sessions stand: the newest telling of each, in order, and after a restart."""

from pathlib import Path
from typing import Literal

import pytest

from pressbox.model.load import AthleteName, SessionTold
from pressbox.model.session import LACROSSE
from pressbox.stores.sqlite_sessions import SqliteSessions
from pressbox.stream.store import Batch, Cursor


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
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.sqlite"


def opened(path: Path) -> SqliteSessions:
    sessions = SqliteSessions(path)
    sessions.open()
    return sessions


def test_the_newest_telling_of_a_session_stands_in_any_order_and_after_a_restart(path: Path) -> None:
    sessions = opened(path)
    sessions.write(Batch(0, [told("a", 3, index=1), told("a", 3)], Cursor(0, 2)))
    sessions.write(Batch(0, [told("a", 2), told("b", 1)], Cursor(0, 4)))
    for one in (sessions, opened(path)):
        assert one.session("north", "a") == told("a", 3, index=1)
        assert one.session("north", "none") is None
        assert one.cursor(0) == Cursor(0, 4)


def test_open_sessions_come_first_and_of_each_kind_the_newest(path: Path) -> None:
    sessions = opened(path)
    mixed = [told("old", 1), told("over", 9, state="closed"), told("new", 2), told("long over", 3, state="closed")]
    sessions.write(Batch(0, mixed, Cursor(0, 4)))
    assert [one.session for one in sessions.sessions()] == ["new", "old", "over", "long over"]


def test_waits_for_what_a_record_said_and_no_longer_than_it_is_told_to(path: Path) -> None:
    sessions = opened(path)
    sessions.write(Batch(0, [told("a", 3)], Cursor(0, 1)))
    assert sessions.told("north", "a", 3, timeout_s=0) == told("a", 3)
    assert sessions.told("north", "a", 4, timeout_s=0) is None
