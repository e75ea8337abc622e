"""
However a feed came to say what it says now, the documents are those of a straight read of it.

Objects are rewritten in any way, looked at whenever, through restarts, crashes in the middle of an append and a full
disk.
"""

from contextlib import suppress
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from pressbox.codec.gamestream import read_gamestream
from pressbox.model.game import GameOpened, Played
from pressbox.sources import game_records
from tests.pipelines.generated import files, orderly_games
from tests.pipelines.scorebook import fold, open_letters, settlement, shelf
from tests.runtime.memory_log import Crash, Moment, crash_at, disk_full
from tests.sources.fake_objects import KEY, Desk, said


class Rewrite(Struct, frozen=True):
    """The object says something else, and so many seconds pass; *looks* at it come evenly in between."""

    content: bytes
    seconds: float
    looks: int


class Restart(Struct, frozen=True):
    """The process ends, by a crash at an append where there is one soon, and begins again."""

    append: int
    moment: Moment


class Vanish(Struct, frozen=True):
    """The object is gone for a while."""


class DiskFull(Struct, frozen=True):
    """The disk takes nothing while one more look is taken."""


Step = Rewrite | Restart | Vanish | DiskFull

moments: st.SearchStrategy[Moment] = st.sampled_from(("before", "after"))
restarts = st.builds(Restart, st.integers(0, 2), moments)
waits = st.sampled_from((0.0, 0.01, 0.06, 0.15, 0.21, 1.1))


@st.composite
def versions(draw: st.DrawFn) -> list[bytes]:
    """What one object says over time: it grows by any cut, loses its end, has lines changed, or is another game."""
    whole = b"".join(line.encode() + b"\n" for line in draw(orderly_games()))
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    growing = [whole[:cut] for cut in cuts] + [whole]
    disturbed = [draw(st.sampled_from(growing)) for _ in range(draw(st.integers(0, 2)))]
    return draw(st.permutations(growing + disturbed + [draw(files())])) if draw(st.booleans()) else growing


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    steps: list[Step] = []
    for content in draw(versions()):
        steps += draw(st.lists(st.one_of(restarts, st.just(Vanish()), st.just(DiskFull())), max_size=1))
        steps.append(Rewrite(content, draw(waits), draw(st.integers(0, 3))))
    return steps


def take(desk: Desk, step: Step) -> None:
    match step:
        case Rewrite():
            desk.objects.put(step.content)
            for _ in range(step.looks):
                desk.clock.go(step.seconds / step.looks)
                desk.source.poll([KEY])
        case Restart():
            desk.log.trouble = crash_at(step.append, step.moment)
            with suppress(Crash):
                desk.source.poll([KEY])
            desk.restart()
        case Vanish():
            with suppress(KeyError):
                desk.objects.remove()
            desk.look()
        case DiskFull():
            desk.log.trouble = disk_full
            desk.look()
            desk.log.trouble = lambda _moment: None


def straight(content: bytes, opened: GameOpened) -> list[GameOpened | Played]:
    return [opened, *(Played(opened.game, opened.run, entry) for entry in read_gamestream(content).entries)]


@given(histories(), files())
def test_any_history_of_an_object_ends_in_the_documents_of_its_last_content(history: list[Step], last: bytes) -> None:
    if not read_gamestream(last).entries:
        last += b"\n0 59:51 101 6 1\n"
    desk = Desk()
    for step in history:
        take(desk, step)
    desk.objects.put(last)
    desk.look()
    desk.look()
    records = said(desk.log)
    opened = next(record for record in reversed(records) if isinstance(record, GameOpened))
    expected, ended = fold(straight(last, opened)), fold(records[records.index(opened) :])
    assert shelf(ended) == shelf(expected)
    assert open_letters(ended) == open_letters(expected)
    assert settlement(ended) == settlement(expected)
    assert desk.look() == []
    desk.restart()
    assert desk.look() + desk.look() == []


@given(st.lists(moments, min_size=1, max_size=6), st.integers(1, 5))
def test_a_game_longer_than_a_group_is_whole_after_crashes_between_its_groups(
    crashes: list[Moment], group_bytes: int
) -> None:
    content = "".join(f"{number} 59:51 101 2 0\n" for number in range(12))
    desk = Desk()
    desk.objects.put(content)
    with patch.object(game_records, "_GROUP_BYTES", group_bytes * 400):
        for append, moment in enumerate(crashes):
            desk.log.trouble = crash_at(append % 2, moment)
            with suppress(Crash):
                desk.look()
            desk.restart()
        desk.look()
    records = said(desk.log)
    assert isinstance(records[0], GameOpened)
    assert [record.entry.number for record in records[1:] if isinstance(record, Played)] == list(range(1, 13))
