"""Rows out of the cells of a table, whatever the table is stored in."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final, TypeAlias

from pressbox.recordings.mapping import Column
from pressbox.recordings.moment import Clock, clock_of
from pressbox.recordings.row import Note, Row

Line: TypeAlias = tuple[str, Sequence[Any]]
"""(place in the file, cells)."""
Number: TypeAlias = Callable[[Any], float]

_PEEKED: Final = 2_000
_MISSING: Final = frozenset({"", "-", "--", "na", "n/a", "nan", "null", "none", "nil", "#n/a", "inf", "-inf"})
_FIELDS: Final = {
    "x": "x_m", "y": "y_m", "longitude": "longitude", "latitude": "latitude", "speed": "speed_m_s",
    "distance": "distance_m", "heart_rate": "heart_rate_bpm", "acceleration_x": "acceleration_x_g",
    "acceleration_y": "acceleration_y_g", "acceleration_z": "acceleration_z_g",
}  # fmt: skip


def rows_of(lines: Iterable[Line], columns: Sequence[Column], note: Note, number: Number = float) -> Iterator[Row]:
    """
    Return the rows of *lines*; a line that cannot be one is noted, a value that cannot be read is noted and left out.

    *number* reads the number in a cell, or raises ValueError.
    """
    lines = iter(lines)
    first = list(islice(lines, _PEEKED))
    place = next(column for column in columns if column.field == "time")
    athlete = next((column.index for column in columns if column.field == "athlete"), None)
    try:
        clock = _clock(first, place, athlete, number)
    except ValueError as error:
        note("column of times", str(error))
        return
    maker = _Maker(columns, clock, athlete, note, number)
    for where, cells in chain(first, lines):
        row = maker.row(where, cells)
        if row is not None:
            yield row


def _clock(lines: Sequence[Line], column: Column, athlete: int | None, number: Number) -> Clock:
    """Return the clock of the table; several athletes may take turns, so only one's times are looked at."""
    index = column.index
    known = [cells for _, cells in lines if len(cells) > index and cells[index] not in (None, "")]
    if athlete is not None and known and len(known[0]) > athlete:
        one = known[0][athlete]
        known = [cells for cells in known if len(cells) > athlete and cells[athlete] == one]
    times = [cells[index] for cells in known]
    return clock_of(times, column.unit) if number is float else _with_comma(times, column.unit)


def _with_comma(times: Sequence[Any], unit: str | None) -> Clock:
    clock = clock_of([time.replace(",", ".") for time in times], unit)
    return lambda cell: clock(cell.replace(",", "."))


class _Maker:
    def __init__(
        self, columns: Sequence[Column], clock: Clock, athlete: int | None, note: Note, number: Number
    ) -> None:
        self._time = next(column.index for column in columns if column.field == "time")
        self._athlete = athlete
        self._values = [(_FIELDS[one.field], one.index, one.scale) for one in columns if one.field in _FIELDS]
        self._width = max(column.index for column in columns) + 1
        self._clock, self._note, self._number = clock, note, number

    def row(self, where: str, cells: Sequence[Any]) -> Row | None:
        if len(cells) < self._width:
            self._note(where, f"{len(cells)} columns where {self._width} belong")
            return None
        try:
            time_ms = self._clock(cells[self._time])
        except (ValueError, TypeError, AttributeError, OverflowError):
            self._note(where, f"{cells[self._time]!r} is no time")
            return None
        athlete = "" if self._athlete is None else _text(cells[self._athlete])
        if self._athlete is not None and not athlete:
            self._note(where, "no athlete")
            return None
        return Row(time_ms, athlete, **self._read(where, cells))

    def _read(self, where: str, cells: Sequence[Any]) -> dict[str, float | None]:
        values: dict[str, float | None] = {}
        number = self._number
        for name, index, scale in self._values:
            cell = cells[index]
            try:
                value = number(cell) * scale
            except (ValueError, TypeError):
                if cell is not None and str(cell).strip().lower() not in _MISSING:
                    self._note(where, f"{cell!r} is no number ({name})")
                continue
            if math.isfinite(value):
                values[name] = value
        return values


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()
