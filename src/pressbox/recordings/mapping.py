"""Which column of a table is which quantity, in which unit: as `--map` says, or by the names vendors use."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from pressbox.errors import BadInput
from pressbox.recordings.moment import TIME_UNITS

_NAMES: Final[Mapping[str, str]] = {
    "time": "time t timestamp ts datetime date_time utc_time local_time unix_time epoch elapsed_time gps_time seconds "
    "time_stamp match_time time_s utc system_time",
    "athlete": "athlete athlete_id player player_id name player_name full_name athlete_name id tag tag_id mapped_id "
    "device device_id player_display_name subject jersey jersey_number sensor_id pid",
    "x": "x x_pos pos_x position_x x_position x_coordinate xpos x_real coord_x",
    "y": "y y_pos pos_y position_y y_position y_coordinate ypos y_real coord_y",
    "longitude": "longitude lon lng long position_long gps_longitude",
    "latitude": "latitude lat position_lat gps_latitude",
    "speed": "speed velocity v smoothed_velocity raw_velocity enhanced_speed gps_speed player_speed",
    "distance": "distance dist cumulative_distance total_distance odometer distance_total d odo",
    "heart_rate": "heart_rate heartrate hr bpm pulse hf heart_rate_value player_hr",
    "acceleration_x": "acceleration_x accel_x acc_x ax accelerometer_x acceleration_sideways acc_lateral",
    "acceleration_y": "acceleration_y accel_y acc_y ay accelerometer_y acceleration_forward acc_forward",
    "acceleration_z": "acceleration_z accel_z acc_z az accelerometer_z acceleration_up acc_vertical",
}
_GUESSES: Final = {name: (field, rank) for field, names in _NAMES.items() for rank, name in enumerate(names.split())}
FIELDS: Final = tuple(_NAMES)

_LENGTHS: Final = {"m": 1.0, "km": 1e3, "cm": 1e-2, "mm": 1e-3, "ft": 0.3048, "yd": 0.9144, "mi": 1609.344}
_SPEEDS: Final = {"m/s": 1.0, "km/h": 1 / 3.6, "mph": 0.44704, "cm/s": 1e-2, "mm/s": 1e-3, "kn": 1852 / 3600}
_ACCELERATIONS: Final = {"g": 1.0, "mg": 1e-3, "m/s2": 1 / 9.80665}
_ANGLES: Final = {"deg": 1.0, "semicircles": 180 / 2**31}
_UNITS: Final[Mapping[str, Mapping[str, float]]] = {
    "time": dict.fromkeys(TIME_UNITS, 1.0),
    "athlete": {},
    "x": _LENGTHS,
    "y": _LENGTHS,
    "longitude": _ANGLES,
    "latitude": _ANGLES,
    "speed": _SPEEDS,
    "distance": _LENGTHS,
    "heart_rate": {"bpm": 1.0},
    **dict.fromkeys(("acceleration_x", "acceleration_y", "acceleration_z"), _ACCELERATIONS),
}
_SPELLINGS: Final = {
    "kmh": "km/h", "kph": "km/h", "kmph": "km/h", "km_h": "km/h", "kmh-1": "km/h", "km.h-1": "km/h", "km h-1": "km/h",
    "mps": "m/s", "ms-1": "m/s", "m.s-1": "m/s", "m s-1": "m/s", "m_s": "m/s", "m per s": "m/s", "metres": "m",
    "meters": "m", "metre": "m", "meter": "m", "sec": "s", "secs": "s", "seconds": "s", "second": "s", "msec": "ms",
    "millis": "ms", "milliseconds": "ms", "minutes": "min", "days": "d", "day": "d", "degrees": "deg", "degree": "deg",
    "°": "deg", "m/s^2": "m/s2", "m/s²": "m/s2", "m_s2": "m/s2", "mps2": "m/s2", "ms-2": "m/s2", "miles": "mi",
    "feet": "ft", "yards": "yd", "yard": "yd", "knots": "kn", "knot": "kn", "mi/h": "mph", "µs": "us", "μs": "us",
    "excel": "d", "matlab": "d", "beats/min": "bpm", "1/min": "bpm",
}  # fmt: skip
_ALL_UNITS: Final = {unit for units in _UNITS.values() for unit in units}
_UNIT_AT_END: Final = re.compile(r"^(.*?)\s*(?:\[([^\]]*)\]|\(([^)]*)\))\s*$")
_UNIT_BY_WORD: Final = re.compile(r"^(.*?)(?: in |_in_)(\S+)$")
_UNIT_BEHIND: Final = re.compile(r"^(.*?)[_ ](km_h|m_s2|m_s|\S+)$")
_WORDS: Final = re.compile(r"[^0-9a-z]+")
_CAPITALS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MAPPED: Final = re.compile(r"(?:^|,)\s*([a-z_]+)\s*=")
_UNIT_GIVEN: Final = re.compile(r"^(.*\S)\[([^\[\]]+)\]$")


class Column(Struct, frozen=True):
    """One column of a table: its place, what it holds, and what one of its units is in ours."""

    index: int
    field: str
    scale: float
    unit: str | None


def parse_mapping(text: str) -> dict[str, str]:
    """
    Return the fields of `--map`, such as ``time=t,athlete=id,speed=v[km/h]``, each with the column it is read from.

    Raises:
        BadInput: a field is unknown or given twice, or its column is missing.
    """
    found = list(_MAPPED.finditer(text))
    if not found or found[0].start() != 0:
        raise BadInput(f"--map {text!r}: write it as time=t,athlete=id,x=x,y=y")
    ends = [*(match.start() for match in found[1:]), len(text)]
    mapping: dict[str, str] = {}
    for match, end in zip(found, ends, strict=True):
        field, column = match[1], text[match.end() : end].strip()
        if field not in FIELDS:
            raise BadInput(f"--map: no field {field!r}; there are {', '.join(FIELDS)}")
        if field in mapping or not column:
            raise BadInput(f"--map: {field} is given {'twice' if field in mapping else 'no column'}")
        mapping[field] = column
    if "time" not in mapping:
        raise BadInput("--map: which column is the time? Add time=COLUMN")
    return mapping


def columns_of(header: Sequence[str], mapping: Mapping[str, str] | None) -> list[Column] | None:
    """
    Return the columns of a table with *header*; None where no line of a file like this can be its header.

    A column mapped to x or y that is a longitude or latitude by its name or unit is one.

    Raises:
        BadInput: a unit is given that the field is not measured in.
    """
    columns = _guessed(header) if mapping is None else _mapped(header, mapping)
    if columns is None or not any(column.field == "time" for column in columns):
        return None
    return columns if len(columns) > 1 else None


def missing_columns(header: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """Return the columns *mapping* names that *header* has not."""
    return [wanted for wanted in mapping.values() if _place(header, wanted) is None]


def _guessed(header: Sequence[str]) -> list[Column]:
    best: dict[str, tuple[int, Column]] = {}
    for index, title in enumerate(header):
        name, unit = _name_and_unit(title)
        field, rank = _GUESSES.get(name, ("", 0))
        if field and (field not in best or rank < best[field][0]):
            best[field] = (rank, _column(index, field, unit if unit in _UNITS[field] else None))
    return [column for _, column in best.values()]


def _mapped(header: Sequence[str], mapping: Mapping[str, str]) -> list[Column] | None:
    columns = []
    for field, wanted in mapping.items():
        place = _place(header, wanted)
        if place is None:
            return None
        index, unit = place
        columns.append(_unit_checked(index, field, header[index], unit))
    return columns


def _unit_checked(index: int, field: str, title: str, unit: str | None) -> Column:
    name, own_unit = _name_and_unit(title)
    if field in ("x", "y"):
        field = _angular(field, name, unit or own_unit)
    if unit is not None and unit not in _UNITS[field]:
        known = ", ".join(sorted(_UNITS[field])) or "no unit"
        raise BadInput(f"--map: {field} is not measured in {unit!r}, but in {known}")
    return _column(index, field, unit or (own_unit if own_unit in _UNITS[field] else None))


def _angular(field: str, name: str, unit: str | None) -> str:
    guess = _GUESSES.get(name, ("", 0))[0]
    if guess in ("longitude", "latitude"):
        return guess
    if unit in _ANGLES:
        return "longitude" if field == "x" else "latitude"
    return field


def _column(index: int, field: str, unit: str | None) -> Column:
    return Column(index, field, _UNITS[field].get(unit or "", 1.0), unit)


def _place(header: Sequence[str], wanted: str) -> tuple[int, str | None] | None:
    """Return the column that is meant, and the unit given with it."""
    given = _UNIT_GIVEN.match(wanted)
    for name, unit in ((wanted, None), (given[1], _spelled(given[2])) if given else (wanted, None)):
        if name in header:
            return header.index(name), unit
        titles = [title.strip().lower() for title in header]
        if name.strip().lower() in titles:
            return titles.index(name.strip().lower()), unit
    return None


def _name_and_unit(title: str) -> tuple[str, str | None]:
    title = title.strip()
    for pattern in (_UNIT_AT_END, _UNIT_BY_WORD, _UNIT_BEHIND):
        found = pattern.match(title)
        if found is not None:
            name, *units = found.groups()
            unit = _spelled(next(filter(None, units), ""))
            if unit in _ALL_UNITS and name:
                return _words(name), unit
    return _words(title), None


def _spelled(unit: str) -> str:
    unit = unit.strip()
    lower = unit.lower()
    return _SPELLINGS.get(lower, lower)


def _words(title: str) -> str:
    return _WORDS.sub("_", _CAPITALS.sub("_", title).lower()).strip("_")
