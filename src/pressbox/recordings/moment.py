"""
Times as recordings write them, as epoch milliseconds.

ISO 8601, days of a month with a time, times of a day; seconds, milliseconds, microseconds or nanoseconds since the
epoch or since the recording began; day counts of spreadsheets (since 1899-12-30) and of MATLAB (since year 0). A time
without a zone is UTC: figures are of differences only.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from itertools import pairwise
from math import isfinite
from statistics import median
from typing import Any, Final, TypeAlias

Clock: TypeAlias = Callable[[Any], int]
"""Takes a cell to epoch milliseconds, or raises ValueError."""

_DAY_MS: Final = 86_400_000
_SPREADSHEET_EPOCH_DAYS: Final = 25_569
_MATLAB_EPOCH_DAYS: Final = 719_529
_SPREADSHEET_DAYS: Final = range(20_000, 80_000)
_MATLAB_DAYS: Final = range(690_000, 800_000)
_DAY_STEP_MAX: Final = 5e-4
"""43 s as a share of a day. Counts of seconds have longer steps, up to 2 kHz."""
_MS_STEP_MIN: Final = 5
_EPOCH_SCALES: Final = ((1e17, 1e-6), (1e14, 1e-3), (1e11, 1.0), (1e8, 1e3))
_UNIT_SCALES: Final = {"s": 1e3, "ms": 1.0, "us": 1e-3, "ns": 1e-6, "min": 6e4, "h": 3.6e6}
_DATED: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})[ T,]+(.+)")
_OF_A_DAY: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")

TIME_UNITS: Final = frozenset({*_UNIT_SCALES, "d", "iso"})


def clock_of(cells: Iterable[Any], unit: str | None) -> Clock:
    """
    Return the clock that reads a column of times, told from its first *cells* (of one athlete), or from its *unit*.

    Raises:
        ValueError: none of them is a time.
    """
    known = [cell for cell in cells if cell not in (None, "")]
    if not known:
        raise ValueError("no times in it")
    if isinstance(known[0], datetime | date):
        return _typed
    numbers = _numbers(known)
    if numbers:
        return _counting(numbers, unit)
    for clock in (_iso, _of_a_day, _dated(known)):
        if _reads(clock, known):
            return clock
    raise ValueError(f"{known[0]!r} is no time")


def _typed(cell: Any) -> int:
    if isinstance(cell, datetime):
        return round((cell if cell.tzinfo else cell.replace(tzinfo=UTC)).timestamp() * 1e3)
    raise ValueError(f"{cell!r} is no time")


def _numbers(cells: Sequence[Any]) -> list[float] | None:
    """Return the numbers among *cells* if most are: a file may have damaged ones."""
    numbers = []
    for cell in cells:
        with suppress(TypeError, ValueError):
            numbers.append(float(cell))
    return [number for number in numbers if isfinite(number)] if len(numbers) * 2 > len(cells) else None


def _counting(numbers: Sequence[float], unit: str | None) -> Clock:
    scale, offset_ms = _scale(numbers, unit)

    def clock(cell: Any) -> int:
        return round(float(cell) * scale + offset_ms)

    return clock


def _scale(numbers: Sequence[float], unit: str | None) -> tuple[float, int]:
    """Return (milliseconds in one unit, epoch milliseconds of 0)."""
    first = numbers[0]
    if unit in _UNIT_SCALES:
        return _UNIT_SCALES[unit], 0
    step = _step(numbers)
    if unit == "d" or step < _DAY_STEP_MAX:
        if int(first) in _MATLAB_DAYS:
            return _DAY_MS, -_MATLAB_EPOCH_DAYS * _DAY_MS
        if int(first) in _SPREADSHEET_DAYS:
            return _DAY_MS, -_SPREADSHEET_EPOCH_DAYS * _DAY_MS
        if unit == "d":
            return _DAY_MS, 0
    for least, scale in _EPOCH_SCALES:
        if abs(first) >= least:
            return scale, 0
    return (1.0 if step >= _MS_STEP_MIN else 1e3), 0


def _step(numbers: Sequence[float]) -> float:
    steps = [later - sooner for sooner, later in pairwise(numbers) if later > sooner]
    return median(steps) if steps else 1.0


def _iso(cell: Any) -> int:
    told = datetime.fromisoformat(cell.strip())
    return round((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1e3)


def _of_a_day(cell: Any) -> int:
    found = _OF_A_DAY.fullmatch(cell.strip())
    if found is None:
        raise ValueError(f"{cell!r} is no time")
    hours, minutes, seconds = found.groups()
    return round((int(hours or 0) * 3600 + int(minutes) * 60) * 1000 + float(seconds.replace(",", ".")) * 1e3)


def _dated(cells: Sequence[Any]) -> Clock:
    """Return a clock of dates with the day first, or the month where the first cells say so."""
    days = [found for cell in cells if isinstance(cell, str) and (found := _DATED.fullmatch(cell.strip()))]
    month_first = any(int(found[3]) > 12 for found in days)  # noqa: PLR2004 - months

    def clock(cell: Any) -> int:
        found = _DATED.fullmatch(cell.strip())
        if found is None:
            raise ValueError(f"{cell!r} is no time")
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        day, month = (second, first) if month_first else (first, second)
        return round(datetime.combine(date(year, month, day), time(), UTC).timestamp() * 1e3) + _of_a_day(found[5])

    return clock


def _reads(clock: Clock, cells: Sequence[Any]) -> bool:
    """Return whether *clock* reads most of *cells*: a file may have damaged ones."""
    read = 0
    for cell in cells:
        try:
            clock(cell)
        except (ValueError, AttributeError, TypeError):
            continue
        read += 1
    return read * 2 > len(cells)
