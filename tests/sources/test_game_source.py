"""The habits of feeds, one by one: what the source says to the log about each."""

import pytest

from pressbox.model.event import Horn, Rejected, Shot
from pressbox.model.game import Corrected, GameOpened, GameRecord, Played
from pressbox.sources.game_source import Watched
from tests.pipelines.scorebook import AWAY, GAME, HOME
from tests.sources.fake_objects import KEY, SETTLE_S, Desk, said

A = "0 59:51 101 2 0\n"
B = "1 57:06 101 6 0\n"
C = "2 56:13 205 8 1\n"
D = "3 55:25 101 1 0\n"
END = "-1 00:00 0 0 0\n"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def lines(records: list[GameRecord]) -> list[str]:
    """Return what the records of new entries say, one line each."""
    assert all(isinstance(record, Played) for record in records), records
    return [record.entry.raw.decode() + "\n" for record in records if isinstance(record, Played)]


def correction(records: list[GameRecord]) -> tuple[int, list[str]]:
    (record,) = records
    assert isinstance(record, Corrected), record
    return record.keep, [entry.raw.decode() + "\n" for entry in record.entries]


def new_run(records: list[GameRecord]) -> tuple[int, list[str]]:
    record, *played = records
    assert isinstance(record, GameOpened), record
    return record.run, lines(played)


def test_the_first_look_opens_the_game_with_both_rosters_and_what_is_there(desk: Desk) -> None:
    opened, *played = desk.see(A + B)
    assert opened == GameOpened(GAME, 1, "gamestream", HOME, AWAY)
    assert lines(played) == [A, B]


def test_an_object_that_grew_gives_its_new_lines_only(desk: Desk) -> None:
    desk.see(A)
    assert lines(desk.see(A + B + C)) == [B, C]


def test_an_object_that_stays_gives_nothing_and_is_not_read_again(desk: Desk) -> None:
    desk.see(A)
    read = desk.objects.reads
    assert desk.look() == []
    assert desk.objects.reads == read


def test_two_shots_in_one_second_are_two_entries(desk: Desk) -> None:
    assert new_run(desk.see(A + "1 59:51 101 2 0\n")) == (1, [A, "1 59:51 101 2 0\n"])


def test_a_last_line_without_newline_counts_when_it_is_whole_and_is_not_said_again_with_it(desk: Desk) -> None:
    assert new_run(desk.see(A + B.rstrip())) == (1, [A, B])
    assert lines(desk.see(A + B + C)) == [C]


def test_a_last_line_that_is_not_whole_waits_for_its_rest(desk: Desk) -> None:
    assert new_run(desk.see(A + "1 57:06 10")) == (1, [A])
    assert lines(desk.see(A + B)) == [B]


def test_an_object_of_one_unfinished_line_opens_no_game_yet(desk: Desk) -> None:
    assert desk.see("0 59:5") == []
    assert new_run(desk.see(A)) == (1, [A])


def test_carriage_returns_blank_lines_and_a_byte_order_mark_mean_nothing(desk: Desk) -> None:
    desk.see(A + B)
    assert desk.see("\ufeff" + "\n" + A.replace("\n", "\r\n") + "  \r\n" + B.replace("\n", "\r\n")) == []


def test_entries_keep_the_numbers_of_their_lines(desk: Desk) -> None:
    desk.see("\n\n" + A)
    (played,) = desk.see("\n\n" + A + "\n" + B)
    assert isinstance(played, Played)
    assert played.entry.number == 5


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(B, id="a repeated line"),
        pytest.param("7 55:25 101 1 0\n", id="a gap in the ids"),
        pytest.param("0 55:25 101 1 0\n", id="an id that goes backwards"),
        pytest.param("2 55:25 999 1 0\n", id="an unknown team"),
        pytest.param("2 55:25 101 77 0\n", id="an unknown jersey"),
        pytest.param("2 55:25\n", id="a line that does not decode"),
    ],
)
def test_whatever_a_new_line_says_it_is_one_more_entry(desk: Desk, line: str) -> None:
    desk.see(A + B)
    assert lines(desk.see(A + B + line)) == [line]


@pytest.mark.parametrize(
    ("ending", "event"),
    [(END, None), ("2 00:00 0 0 0\n", Horn), ("2 00:00 205 8 1\n", Shot), ("2 00:00 999 8 1\n", Shot)],
)
def test_each_ending_is_an_entry_and_lines_after_it_are_too(desk: Desk, ending: str, event: type | None) -> None:
    desk.see(A + B)
    (end,) = desk.see(A + B + ending)
    assert isinstance(end, Played)
    assert event is None or isinstance(end.entry.event, event)
    assert lines(desk.see(A + B + ending + D)) == [D]


def test_other_content_in_the_middle_is_one_correction_of_everything_behind_it(desk: Desk) -> None:
    desk.see(A + B + C)
    other = "1 57:06 101 1 1\n"
    assert correction(desk.see(A + other + C)) == (1, [other, C])


def test_other_content_and_more_at_the_end_is_still_one_correction(desk: Desk) -> None:
    desk.see(A + B)
    assert correction(desk.see(A + C + D)) == (1, [C, D])


def test_a_line_struck_out_is_a_correction(desk: Desk) -> None:
    desk.see(A + B + C)
    assert correction(desk.see(A + C)) == (1, [C])


def test_a_line_put_in_between_is_a_correction(desk: Desk) -> None:
    desk.see(A + C)
    assert correction(desk.see(A + B + C)) == (1, [B, C])


def test_a_rejected_line_that_is_mended_in_the_object_is_a_correction(desk: Desk) -> None:
    desk.see(A + "1 57:06\n")
    assert correction(desk.see(A + B)) == (1, [B])


def test_a_prefix_of_half_the_entries_or_more_is_a_correction(desk: Desk) -> None:
    desk.see(A + B + C + D)
    assert correction(desk.see(A + B)) == (2, [])


def test_a_prefix_of_fewer_than_half_the_entries_is_a_new_run(desk: Desk) -> None:
    desk.see(A + B + C)
    assert new_run(desk.see(A)) == (2, [A])


def test_a_shorter_object_that_begins_differently_is_a_new_run(desk: Desk) -> None:
    desk.see(A + B + C)
    assert new_run(desk.see(B + C)) == (2, [B, C])


def test_a_new_run_takes_the_rosters_of_now(desk: Desk) -> None:
    desk.see(A + B + C)
    desk.teams = lambda _game: (AWAY, HOME)
    assert desk.see(A)[0] == GameOpened(GAME, 2, "gamestream", AWAY, HOME)


def test_a_shorter_object_is_not_believed_before_it_has_been_shorter_for_a_while(desk: Desk) -> None:
    desk.see(A + B + C)
    desk.objects.put(A + C)
    assert desk.look() == []
    desk.clock.go(0.19)
    desk.source.poll()
    assert len(said(desk.log)) == 4
    desk.clock.go(0.02)
    desk.source.poll()
    assert correction(said(desk.log)[4:]) == (1, [C])


def test_a_shorter_object_that_is_whole_again_in_time_was_nothing(desk: Desk) -> None:
    desk.see(A + B + C)
    desk.objects.put(A)
    assert desk.look() == []
    desk.objects.put(A + B + C)
    desk.clock.go(SETTLE_S)
    desk.source.poll([KEY])
    assert desk.look() == []


def test_time_that_an_object_was_shorter_before_does_not_count_later(desk: Desk) -> None:
    desk.see(A + B + C)
    desk.objects.put(A)
    desk.look()
    desk.objects.put(A + B + C)
    desk.look()
    desk.objects.put(A)
    assert desk.look() == []
    assert new_run(desk.look()) == (2, [A])


def test_an_empty_object_changes_nothing_however_long_it_stays(desk: Desk) -> None:
    desk.see(A + B)
    assert desk.see("") + desk.see("\n \n") + desk.look() == []
    assert lines(desk.see(A + B + C)) == [C]


def test_an_object_that_vanishes_changes_nothing_and_goes_on_when_it_comes_back(desk: Desk) -> None:
    desk.see(A + B)
    desk.objects.remove()
    assert desk.look() + desk.look() == []
    assert lines(desk.see(A + B + C)) == [C]


def test_an_object_that_keeps_changing_while_it_is_read_is_read_again(desk: Desk) -> None:
    desk.objects.torn.add(KEY)
    assert desk.see(A) == []
    desk.objects.torn.clear()
    desk.source.poll()
    assert new_run(said(desk.log)) == (1, [A])


def test_a_change_within_one_tick_of_the_stores_clock_is_seen(desk: Desk) -> None:
    desk.objects.put(A)
    desk.source.poll()
    desk.objects.put_within_the_same_tick(A + B)
    desk.clock.go(0.05)
    desk.source.poll()
    assert new_run(said(desk.log)) == (1, [A, B])


def test_an_object_told_of_is_read_before_the_next_scan(desk: Desk) -> None:
    desk.look()
    desk.objects.put(A)
    desk.source.poll([KEY])
    assert new_run(said(desk.log)) == (1, [A])


def test_an_object_no_feed_matches_is_no_game(desk: Desk) -> None:
    assert desk.see(A, "gamestreams/readme.md") == []
    assert desk.source.watched() == []


def test_an_object_beyond_all_measure_is_named_and_not_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pressbox.sources.game_source._OBJECT_BYTES_MAX", 10)
    assert desk.see(A) == []
    assert "more than the 10 a feed may have" in desk.problem(GAME)


def test_lines_that_do_not_decode_keep_their_bytes(desk: Desk) -> None:
    _, played = desk.see(b"0 59:51 101 \xff 0\n")
    assert isinstance(played, Played)
    assert isinstance(played.entry.event, Rejected)
    assert played.entry.raw == b"0 59:51 101 \xff 0"


def test_what_is_watched_is_told(desk: Desk) -> None:
    desk.see(A)
    (watched,) = desk.source.watched()
    assert isinstance(watched, Watched)
    assert (watched.game, watched.key, watched.format, watched.problem) == (GAME, KEY, "gamestream", "")
