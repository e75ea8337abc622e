"""
The plane positions lie on: the field's own, or one that touches the ellipsoid where the recording begins.

Positions in degrees of WGS84 are projected by the transverse Mercator projection (Krüger's series to the third power of
the flattening, error below a millimetre within 1,000 km) about the plane's own meridian, with scale 1. Lengths are true
to 0.01 % within 90 km east and west of it.
"""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pressbox.errors import BadInput

_A_M: Final = 6_378_137.0
_N: Final = 1 / 298.257223563 / (2 - 1 / 298.257223563)
_RADIUS_M: Final = _A_M / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_ALPHA: Final = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16,
    13 * _N**2 / 48 - 3 * _N**3 / 5,
    61 * _N**3 / 240,
)
_ECCENTRICITY: Final = 2 * math.sqrt(_N) / (1 + _N)
_CORNERS: Final = 4
_LATITUDE_MAX: Final = 89.9


class Plane:
    """A plane with its origin at (*longitude*, *latitude*); x points *turn* radians to the left of east."""

    def __init__(self, longitude: float, latitude: float, turn: float = 0.0) -> None:
        """Touch the ellipsoid at that point."""
        self._meridian = longitude
        self._north_m = _projected(0.0, latitude)[1]
        self._cos, self._sin = math.cos(turn), math.sin(turn)

    def place(self, longitude: float, latitude: float) -> tuple[float, float]:
        """
        Return (x, y) in metres.

        Raises:
            ValueError: no such place lies on the plane.
        """
        if not (-180 <= longitude <= 360 and -_LATITUDE_MAX <= latitude <= _LATITUDE_MAX):  # noqa: PLR2004 - degrees
            raise ValueError(f"longitude {longitude}, latitude {latitude} is no place on a field")
        away = (longitude - self._meridian + 180) % 360 - 180
        if abs(away) > 45:  # noqa: PLR2004 - degrees; the series ends to be good
            raise ValueError(f"longitude {longitude} is a quarter of the world away")
        east_m, north_m = _projected(away, latitude)
        north_m -= self._north_m
        return east_m * self._cos + north_m * self._sin, north_m * self._cos - east_m * self._sin


def read_pitch(path: Path) -> Plane:
    """
    Return the plane of the field whose corners *path* lists: origin in the middle, x along the length.

    Raises:
        BadInput: it has not four corners with longitude and latitude.
    """
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        corners = [_corner(row) for row in rows]
    except (OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
        raise BadInput(f"{path}: not the corners of a field, longitude,latitude in degrees: {error}") from error
    if len(corners) > _CORNERS and corners[0] == corners[-1]:
        corners.pop()
    if len(corners) != _CORNERS:
        raise BadInput(f"{path}: {len(corners)} corners where a field has four")
    return _field(corners)


def _corner(row: dict[str, str]) -> tuple[float, float]:
    values = {(name or "").strip().lower()[:3]: value for name, value in row.items()}
    if "lon" not in values or "lat" not in values:
        raise ValueError("columns longitude and latitude are missing")
    longitude, latitude = float(values["lon"]), float(values["lat"])
    if not (abs(longitude) <= 180 and abs(latitude) <= _LATITUDE_MAX):  # noqa: PLR2004 - degrees
        raise ValueError(f"{longitude}, {latitude} is no place")
    return longitude, latitude


def _field(corners: Sequence[tuple[float, float]]) -> Plane:
    middle = (sum(corner[0] for corner in corners) / _CORNERS, sum(corner[1] for corner in corners) / _CORNERS)
    flat = Plane(*middle)
    places = [flat.place(*corner) for corner in corners]
    by_angle = sorted(places, key=lambda place: math.atan2(place[1], place[0]))
    sides = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(by_angle, [*by_angle[1:], by_angle[0]], strict=True)]
    east_m, north_m = max(sides, key=lambda side: math.hypot(*side))
    return Plane(*middle, turn=math.atan2(north_m, east_m))


def _projected(longitude: float, latitude: float) -> tuple[float, float]:
    sine = math.sin(math.radians(latitude))
    t = math.sinh(math.atanh(sine) - _ECCENTRICITY * math.atanh(_ECCENTRICITY * sine))
    away = math.radians(longitude)
    xi, eta = math.atan2(t, math.cos(away)), math.asinh(math.sin(away) / math.hypot(t, math.cos(away)))
    east, north = eta, xi
    for power, alpha in enumerate(_ALPHA, start=1):
        east += alpha * math.cos(2 * power * xi) * math.sinh(2 * power * eta)
        north += alpha * math.sin(2 * power * xi) * math.cosh(2 * power * eta)
    return _RADIUS_M * east, _RADIUS_M * north
