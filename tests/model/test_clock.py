import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.model.clock import GAME_S, PERIOD_S, PeriodClock, format_clock, parse_clock, period_of


@given(st.integers(0, 999 * 60 + 59))
def test_a_clock_reads_back_as_it_was_written(clock_s: int) -> None:
    assert parse_clock(format_clock(clock_s)) == clock_s


@pytest.mark.parametrize(("text", "clock_s"), [("00:00", 0), ("0:05", 5), ("07:30", 450), ("60:00", 3600)])
def test_a_clock_is_minutes_and_seconds(text: str, clock_s: int) -> None:
    assert parse_clock(text) == clock_s


@pytest.mark.parametrize(
    "text", ["", "12", "12:3", "12:60", "12:345", "1234:00", "-1:00", "12:00 ", "１２:00", "1:2:3"]
)
def test_anything_else_is_no_clock(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{text!r} is not a clock")):
        parse_clock(text)


@pytest.mark.parametrize(
    ("clock_s", "expected"),
    [
        (60 * 60, PeriodClock(1, PERIOD_S)),
        (45 * 60 + 1, PeriodClock(1, 1)),
        (45 * 60, PeriodClock(1, 0)),
        (45 * 60 - 1, PeriodClock(2, PERIOD_S - 1)),
        (30 * 60, PeriodClock(2, 0)),
        (15 * 60, PeriodClock(3, 0)),
        (15 * 60 - 1, PeriodClock(4, PERIOD_S - 1)),
        (0, PeriodClock(4, 0)),
    ],
)
def test_the_second_of_its_horn_belongs_to_a_period(clock_s: int, expected: PeriodClock) -> None:
    assert period_of(clock_s) == expected


@given(st.integers(0, GAME_S))
def test_period_and_its_clock_tell_the_clock_of_the_game(clock_s: int) -> None:
    period, left_s = period_of(clock_s)
    assert GAME_S - period * PERIOD_S + left_s == clock_s
    assert 1 <= period <= 4
    assert 0 <= left_s <= PERIOD_S
