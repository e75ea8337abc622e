"""What a new read of a feed says about the last one."""

import pytest
from hypothesis import given

from pressbox.codec.gamestream import read_gamestream
from pressbox.model.event import Entry, GameOver
from pressbox.model.game import Finished, GameRecord, RosterAmended, Voided
from pressbox.model.roster import Player
from pressbox.sources.feed_memory import Difference, Seen, compare, remember
from tests.pipelines.generated import files
from tests.pipelines.scorebook import AWAY, GAME, HOME, RUN, corrected, entries, finished, opened, played

A, B, C, D, E = (f"{number} 59:5{number} 101 6 1" for number in range(5))


def difference(before: list[str], now: list[str]) -> tuple[Difference, int]:
    return compare(entries(*before), entries(*now))


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([], [], (Difference.NOTHING, 0)),
        ([A, B], [A, B], (Difference.NOTHING, 2)),
        ([A, B], [], (Difference.NOTHING, 0)),
        ([], [A], (Difference.APPENDED, 0)),
        ([A], [A, B, C], (Difference.APPENDED, 1)),
        ([A, B], [A, C], (Difference.CORRECTED, 1)),
        ([A, B], [C, B], (Difference.CORRECTED, 0)),
        ([A, B], [C, B, D], (Difference.CORRECTED, 0)),
        ([A, B, C], [A, C], (Difference.CORRECTED_IF_STILL_SHORTER, 1)),
        ([A, B, C, D], [A, B], (Difference.CORRECTED_IF_STILL_SHORTER, 2)),
        ([A, B, C, D, E], [A, B], (Difference.NEW_RUN_IF_STILL_SHORTER, 2)),
        ([A, B, C, D, E], [A, C], (Difference.CORRECTED_IF_STILL_SHORTER, 1)),
        ([A, B], [C], (Difference.NEW_RUN_IF_STILL_SHORTER, 0)),
    ],
)
def test_a_read_differs_from_the_last_one(before: list[str], now: list[str], expected: tuple[Difference, int]) -> None:
    assert difference(before, now) == expected


def test_rejected_entries_are_compared_by_their_bytes() -> None:
    assert difference(["nonsense"], ["nonsense"]) == (Difference.NOTHING, 1)
    assert difference(["nonsense"], ["rubbish."]) == (Difference.CORRECTED, 0)


def test_what_decodes_to_the_same_is_the_same_however_it_is_written() -> None:
    assert difference(["0 59:51 101 6 1"], ["0  59:51   101 6 1\r"]) == (Difference.NOTHING, 1)


@given(files(), files())
def test_what_a_difference_keeps_and_adds_is_the_read(before: bytes, now: bytes) -> None:
    seen, read = read_gamestream(before).entries, read_gamestream(now).entries
    what, keep = compare(seen, read)
    if what is not Difference.NOTHING:
        assert bytes_of(seen[:keep] + read[keep:]) == bytes_of(read)
    elif read:
        assert bytes_of(seen) == bytes_of(read)


def bytes_of(entries: tuple[Entry, ...]) -> list[object]:
    return [(entry.event, None if entry.event == GameOver() else entry.raw.split()) for entry in entries]


def memory(*records: GameRecord) -> Seen:
    seen = None
    for record in records:
        seen = remember(seen, record)
    assert seen is not None
    return seen


def test_a_correction_replaces_what_it_does_not_keep() -> None:
    seen = memory(opened(), *played(A, B, C), corrected(1, D))
    assert tuple(seen.entries) == entries(A, D)


@pytest.mark.parametrize("ending", ["4 00:00 0 0 0", "4 00:00 101 6 1", "-1"])
def test_a_game_is_over_when_its_feed_says_so_and_live_when_that_is_struck_out(ending: str) -> None:
    over = memory(opened(), *played(A, ending))
    assert over.over
    assert not memory(opened(), *played(A, ending), corrected(1)).over


def test_a_game_that_was_silent_is_over_until_the_feed_speaks() -> None:
    silent = finished(by="silence")
    assert memory(opened(), *played(A), silent).over
    assert not memory(opened(), *played(A), silent, *played(B)).over
    assert not memory(opened(), *played(A), silent, corrected(0, B)).over


def test_an_operators_end_holds_whatever_the_feed_says() -> None:
    assert memory(opened(), *played(A), finished(), *played(B)).over


def test_records_of_a_run_that_was_replaced_are_forgotten() -> None:
    seen = memory(opened(), *played(A, B), opened(run=2), *played(C, run=1), Finished(GAME, RUN, "operator"))
    assert (seen.run, seen.entries, seen.over) == (2, [], False)


def test_words_on_plays_tell_nothing_about_the_feed() -> None:
    assert tuple(memory(opened(), *played(A), Voided(GAME, RUN, 0)).entries) == entries(A)


def test_rosters_are_those_of_the_last_amendment() -> None:
    more = type(HOME)(HOME.id, HOME.name, HOME.conference, 0, 0, (Player(9, "new", "99", 0, 0),))
    assert memory(opened(), RosterAmended(GAME, RUN, more, AWAY)).home == more


def test_nothing_is_known_of_a_game_that_was_never_opened() -> None:
    assert remember(None, played(A)[0]) is None
