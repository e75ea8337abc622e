"""
The game clock: seconds left, counting down.

A feed reports either the clock of the whole game (60:00 to 00:00) or the clock of the period (15:00 to 00:00).
"""

import re
from typing import NamedTuple

PERIOD_S = 15 * 60
REGULATION_PERIODS = 4
GAME_S = REGULATION_PERIODS * PERIOD_S

_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)", re.ASCII)


class PeriodClock(NamedTuple):
    """A period, counted from 1 with overtime from 5 on, and the seconds left in it."""

    period: int
    clock_s: int


def parse_clock(text: str) -> int:
    """
    Return the seconds in *text*, written `mm:ss`.

    Raises:
        ValueError: *text* is not minutes, a colon and two digits of seconds below 60.
    """
    match = _CLOCK.fullmatch(text)
    if match is None:
        message = f"{text!r} is not a clock: minutes, a colon, two digits of seconds, as in 07:30"
        raise ValueError(message)
    return int(match[1]) * 60 + int(match[2])


def format_clock(clock_s: int) -> str:
    """Return *clock_s* seconds as `mm:ss`, with two digits of minutes at least."""
    return f"{clock_s // 60:02d}:{clock_s % 60:02d}"


def period_of(clock_s: int) -> PeriodClock:
    """
    Return the period in which *clock_s* seconds of the whole game are left.

    The second in which a period's clock stands at 00:00 still belongs to that period, as the shot at the horn does:
    45:00 is 00:00 of the first period, and only 60:00 itself is 15:00 of the first.
    """
    elapsed_s = GAME_S - clock_s
    period = max(1, -(-elapsed_s // PERIOD_S))
    return PeriodClock(period, period * PERIOD_S - elapsed_s)
