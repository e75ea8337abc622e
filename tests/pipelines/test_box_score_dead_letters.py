"""Dead letters keep their identity through corrections, are listed once, and are closed when nobody is needed."""

import pytest
from msgspec.structs import replace

from pressbox.codec.gamestream import decode_event
from pressbox.model.box_score import DeadLetter
from pressbox.model.event import Shot
from pressbox.model.game import GameRecord, Mended
from pressbox.model.roster import Player
from tests.pipelines.scorebook import (
    GAME,
    HOME,
    RUN,
    closings,
    corrected,
    finished,
    fold,
    latest,
    letters,
    open_letters,
    opened,
    played,
    settlement,
)

FIRST = "0 59:51 101 2 0"
UNKNOWN = "1 57:06 101 77 1"


def mended(letter: DeadLetter, line: str) -> Mended:
    event = decode_event(line)
    assert isinstance(event, Shot)
    return Mended(GAME, RUN, letter.id, event)


def listed(*records: GameRecord) -> list[DeadLetter]:
    return letters(fold([opened(), *records]))


def closed(*records: GameRecord) -> list[tuple[str, str]]:
    return [(closing.id, closing.how) for closing in closings(fold([opened(), *records]))]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1 57:06 101 77 1", "team 101 has no player with number 77"),
        ("1 57:06 999 6 1", "team 999 plays in neither side of this game: home is 101, away is 205"),
        ("1 00:00 0 6 0", "team 0 plays in neither side of this game: home is 101, away is 205"),
        ("0 57:06 101 6 1", "event id 0 already stands for another play"),
        ("0 59:51 101 2 1", "event id 0 already stands for another play"),
        ("1 57:06 101 6 2", "goal flag '2' is neither 0 nor 1"),
    ],
)
def test_a_dead_letter_says_line_and_reason(line: str, reason: str) -> None:
    [letter] = listed(*played(FIRST, line))
    assert (letter.number, letter.raw, letter.reason) == (2, line.encode(), reason)


def wearing(*numbers: str) -> GameRecord:
    """Return the opening of a game in which the home team's players wear *numbers*."""
    return opened(replace(HOME, players=tuple(Player(at, "sam", number) for at, number in enumerate(numbers))))


def test_a_jersey_that_several_numbers_equal_is_a_dead_letter() -> None:
    results = fold([wearing("0", "00", "9"), *played("0 59:00 101 000 1", "1 58:00 101 00 1", "2 57:00 101 09 1")])
    assert [letter.reason for letter in letters(results)] == ["team 101 has 2 players with a number equal to 000"]
    assert [line["goals"] for line in latest(results)["home"]["players"]] == [0, 1, 1]


def test_a_jersey_that_two_players_wear_is_a_dead_letter() -> None:
    [letter] = letters(fold([wearing("6", "6", "9"), *played("0 59:00 101 6 1", "1 58:00 101 9 1")]))
    assert letter.reason == "team 101 has 2 players with a number equal to 6"


def test_a_jersey_of_thousands_of_digits_is_a_dead_letter_like_any_other() -> None:
    [letter] = listed(*played(f"0 59:51 101 {'1' * 5000} 0"))
    assert letter.reason.startswith("team 101 has no player with number 111")


def test_equal_lines_are_dead_letters_of_their_own() -> None:
    first, second = listed(*played(UNKNOWN, FIRST, UNKNOWN))
    assert first.id.removesuffix("-1") == second.id.removesuffix("-2")


def test_the_same_line_is_another_dead_letter_in_another_run() -> None:
    [letter] = listed(*played(UNKNOWN))
    [of_next_run] = letters(fold([opened(run=2), *played(UNKNOWN, run=2)]))
    assert letter.id != of_next_run.id


def test_dead_letters_of_a_run_that_ended_are_gone() -> None:
    results = fold([opened(), *played(FIRST, UNKNOWN), opened(run=2), *played(UNKNOWN, run=2)])
    first, second = letters(results)
    assert [(one.id, one.how, one.run) for one in closings(results)] == [(first.id, "gone", RUN)]
    assert list(open_letters(results)) == [second.id]


def test_a_correction_does_not_list_a_dead_letter_again() -> None:
    assert len(listed(*played(FIRST, UNKNOWN), corrected(0, "0 59:50 101 2 0", "2 50:00 101 6 1", UNKNOWN))) == 1


def test_a_dead_letter_whose_line_left_the_feed_is_gone() -> None:
    [letter] = listed(*played(FIRST, UNKNOWN))
    assert closed(*played(FIRST, UNKNOWN), corrected(1, "1 57:06 101 6 1")) == [(letter.id, "gone")]


def test_of_two_equal_dead_letters_the_one_that_left_the_feed_is_gone() -> None:
    _, second = listed(*played(UNKNOWN, UNKNOWN))
    assert closed(*played(UNKNOWN, UNKNOWN), corrected(1, FIRST)) == [(second.id, "gone")]


def test_a_dead_letter_that_comes_back_is_listed_under_its_old_name() -> None:
    ids = [one.id for one in listed(*played(FIRST, UNKNOWN), corrected(1), corrected(1, UNKNOWN))]
    assert ids == ids[:1] * 2


def test_a_mended_dead_letter_is_closed_and_counts() -> None:
    [letter] = listed(*played(FIRST, UNKNOWN))
    results = fold([opened(), *played(FIRST, UNKNOWN), mended(letter, "1 57:06 101 6 1")])
    assert [(one.id, one.how) for one in closings(results)] == [(letter.id, "mended")]
    assert latest(results)["home"]["score"] == 1


def test_a_dead_letter_mended_badly_stays_open_with_both_reasons() -> None:
    [letter] = listed(*played(FIRST, UNKNOWN))
    results = fold([opened(), *played(FIRST, UNKNOWN), mended(letter, "1 57:06 101 78 1")])
    assert open_letters(results) == {
        letter.id: "team 101 has no player with number 77; mended, and still: team 101 has no player with number 78"
    }


def test_an_unfinished_last_line_is_rejected_when_the_game_is_finished() -> None:
    [letter] = listed(*played(FIRST), finished("1 57:06 10", number=2))
    assert (letter.number, letter.raw) == (2, b"1 57:06 10")
    assert (
        letter.reason
        == "the last line is unfinished: 3 fields where 5 belong: event id, clock, team id, jersey, goal flag"
    )


def test_an_unfinished_last_line_that_becomes_whole_needs_nobody() -> None:
    [letter] = listed(*played(FIRST), finished("1 57:06 10", number=2))
    grown = (*played(FIRST), finished("1 57:06 10", number=2), *played("1 57:06 101 6 1", first=2))
    assert closed(*grown) == [(letter.id, "gone")]


def test_a_last_line_that_becomes_whole_as_it_is_keeps_its_dead_letter() -> None:
    [letter] = listed(*played(FIRST), finished("nonsense", number=2))
    grown = [opened(), *played(FIRST), finished("nonsense", number=2), *played("nonsense", first=2)]
    assert list(open_letters(fold(grown))) == [letter.id]


def test_another_dead_letter_with_the_bytes_of_the_last_line_stays_open() -> None:
    records = [opened(), *played("nonsense"), finished("nonsense", number=2), *played("1 57:06 101 6 1", first=2)]
    first, second = letters(fold(records))
    assert list(open_letters(fold(records))) == [first.id]
    assert [one.id for one in closings(fold(records))] == [second.id]


def test_a_correction_before_the_unfinished_last_line_leaves_its_dead_letter_open() -> None:
    records = (*played(FIRST), finished("1 57:06 10", number=2))
    [letter] = listed(*records)
    assert list(open_letters(fold([opened(), *records, corrected(0, "0 59:50 101 2 0")]))) == [letter.id]
    assert closed(*records, corrected(0, "0 59:50 101 2 0", "1 57:06 101 6 1")) == [(letter.id, "gone")]


def test_a_mended_last_line_counts_and_is_closed_as_mended() -> None:
    records = (*played(FIRST), finished("1 57:06 10", number=2))
    [letter] = listed(*records)
    results = fold([opened(), *records, mended(letter, "1 57:06 101 6 1")])
    assert [(one.id, one.how) for one in closings(results)] == [(letter.id, "mended")]
    assert (latest(results)["_id"], latest(results)["home"]["score"]) == (1, 1)


def test_a_shot_at_the_horn_by_nobody_is_a_dead_letter_and_ends_the_game() -> None:
    results = fold([opened(), *played(FIRST, "1 00:00 101 77 1")])
    assert len(letters(results)) == 1
    assert (latest(results)["_id"], latest(results)["timestamp"], latest(results)["final"]) == (0, "00:00", True)
    assert settlement(results) is not None


def test_a_game_of_dead_letters_only_has_no_document() -> None:
    results = fold([opened(), *played("nonsense", UNKNOWN)])
    assert len(letters(results)) == len(results) == 2
