"""What the source keeps in memory of games that are over, and that the log gives the rest again."""

from pressbox.model.game import Corrected
from tests.sources.fake_objects import KEY, Desk

OVER = "0 59:51 101 2 0\n1 57:06 101 6 0\n-1 00:00 0 0 0\n"
CORRECTED = OVER.replace("101 6 0", "101 6 1")


def over_for_long() -> Desk:
    """Return a source whose game ended, and then nothing came for as long as games stay in memory."""
    desk = Desk(final_in_memory_s=60)
    desk.see(OVER)
    desk.clock.go(61)
    assert desk.look() == []
    return desk


def entries_held(desk: Desk) -> int:
    held = sum(len(seen.entries) for _, seen in desk.source._records.remembered())
    return held + sum(len(one.content) for one in desk.source.watched())


def test_a_game_stays_in_memory_while_it_is_live() -> None:
    desk = Desk(final_in_memory_s=60)
    desk.see(OVER.removesuffix("-1 00:00 0 0 0\n"))
    desk.clock.go(61)
    desk.look()
    assert entries_held(desk) > 0


def test_a_game_that_is_over_leaves_memory_after_a_while() -> None:
    assert entries_held(over_for_long()) == 0


def test_a_correction_long_after_the_end_is_one_correction() -> None:
    desk = over_for_long()
    (record,) = desk.see(CORRECTED)
    assert isinstance(record, Corrected)
    assert (record.keep, len(record.entries)) == (1, 2)


def test_the_same_bytes_written_again_long_after_the_end_say_nothing() -> None:
    desk = over_for_long()
    assert desk.see(OVER) == []


def test_somebody_may_speak_about_a_game_long_after_its_end() -> None:
    desk = over_for_long()
    desk.source.finish(desk.source.watched()[0].game)
    assert len(desk.look()) == 0
    assert desk.log.end("games", 0) == 5


def test_a_game_that_was_over_before_a_restart_leaves_memory_once_it_was_compared() -> None:
    desk = over_for_long()
    desk.restart()
    assert desk.look() == []
    assert desk.look() == []
    assert entries_held(desk) == 0
    assert [one.key for one in desk.source.watched()] == [KEY]
