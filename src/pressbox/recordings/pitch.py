"""The file that says where a field lies: its four corners in degrees of WGS84."""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pressbox.codec.sample import project
from pressbox.errors import BadInput
from pressbox.model.session import Plane

_CORNERS: Final = 4
_LATITUDE_MAX: Final = 89.9
_LONGITUDE_MAX: Final = 180.0

Corner = tuple[float, float]


def read_pitch(path: Path) -> Plane:
    """
    Return the plane of the field whose corners *path* lists: origin in the middle, x along the length.

    Raises:
        BadInput: it has not four corners with longitude and latitude.
    """
    try:
        rows = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
        corners = [_corner(row) for row in rows]
    except (OSError, ValueError, csv.Error) as error:
        raise BadInput(f"{path}: not the corners of a field, longitude,latitude in degrees: {error}") from error
    if len(corners) > _CORNERS and corners[0] == corners[-1]:
        corners.pop()
    if len(corners) != _CORNERS:
        raise BadInput(f"{path}: {len(corners)} corners where a field has four")
    return _plane(corners)


def _corner(row: Mapping[str | None, str | None]) -> Corner:
    values = {(name or "").strip().lower()[:3]: value for name, value in row.items()}
    if "lon" not in values or "lat" not in values:
        raise ValueError("columns longitude and latitude are missing")
    longitude, latitude = float(values["lon"] or "nan"), float(values["lat"] or "nan")
    if not (abs(longitude) <= _LONGITUDE_MAX and abs(latitude) <= _LATITUDE_MAX):
        raise ValueError(f"longitude {longitude}, latitude {latitude} is no place")
    return longitude, latitude


def _plane(corners: Sequence[Corner]) -> Plane:
    longitude, latitude = (sum(values) / _CORNERS for values in zip(*corners, strict=True))
    flat = Plane(latitude_deg=latitude, longitude_deg=longitude)
    places = [project(corner[1], corner[0], flat) for corner in corners]
    around = sorted(places, key=lambda place: math.atan2(place[1], place[0]))
    sides = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(around, [*around[1:], around[0]], strict=True)]
    east_m, north_m = max(sides, key=lambda side: math.hypot(*side))
    bearing_deg = math.degrees(math.atan2(east_m, north_m)) % 180  # of both directions of the length, the eastern one
    return Plane(latitude_deg=latitude, longitude_deg=longitude, bearing_deg=bearing_deg)
