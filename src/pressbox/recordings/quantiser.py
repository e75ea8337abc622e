"""Rows in the units of physics to samples in integers, by the codec that live sessions are quantised by."""

from collections.abc import Callable
from typing import Final

from pressbox.codec.sample import project, sample_of
from pressbox.model.sample import Sample
from pressbox.model.session import Plane
from pressbox.recordings.row import Row

_AWAY_DEG_MAX: Final = 5.0
_ABOUT_DEG: Final = 0.5
_LATITUDE_MAX: Final = 85.0


class Quantiser:
    """
    Takes rows to samples. Without a *plane*, positions in degrees lie on one that touches the first of them.

    With a plane, x and y are degrees if the first of them lie about it: a field's corners are of no use to metres.
    A position of 0 degrees, 0 degrees is what receivers say before they know; it counts as none.
    """

    def __init__(self, plane: Plane | None) -> None:
        """Begin with no position seen."""
        self._plane = plane
        self._in_degrees: bool | None = None if plane is not None else False

    def sample(self, row: Row, sequence: int, doubt: Callable[[str], None]) -> Sample:
        """Return *row* as the *sequence*-th sample of its athlete. *doubt* is told of a position that is left out."""
        ax, ay, az = row.acceleration_x_g, row.acceleration_y_g, row.acceleration_z_g
        return sample_of(
            row.time_ms,
            position_m=self._position_m(row, doubt),
            speed_m_s=row.speed_m_s,
            distance_m=row.distance_m,
            heart_rate_bpm=row.heart_rate_bpm,
            acceleration_g=None if ax is ay is az is None else (ax, ay, az),
            sequence=sequence,
        )

    def _position_m(self, row: Row, doubt: Callable[[str], None]) -> tuple[float, float] | None:
        longitude, latitude = row.longitude, row.latitude
        if longitude is None or latitude is None:
            if row.x_m is None or row.y_m is None:
                return None
            if not self._degrees(row.x_m, row.y_m):
                return row.x_m, row.y_m
            longitude, latitude = row.x_m, row.y_m
        return self._projected(longitude, latitude, doubt)

    def _degrees(self, x: float, y: float) -> bool:
        if self._in_degrees is None and self._plane is not None:
            self._in_degrees = (
                abs(x - self._plane.longitude_deg) <= _ABOUT_DEG and abs(y - self._plane.latitude_deg) <= _ABOUT_DEG
            )
        return bool(self._in_degrees)

    def _projected(self, longitude: float, latitude: float, doubt: Callable[[str], None]) -> tuple[float, float] | None:
        if longitude == latitude == 0:
            return None
        plane = self._plane
        away = 0.0 if plane is None else (longitude - plane.longitude_deg + 180) % 360 - 180
        if not (-180 <= longitude <= 360 and abs(latitude) <= _LATITUDE_MAX and abs(away) <= _AWAY_DEG_MAX):  # noqa: PLR2004
            doubt(f"longitude {longitude}, latitude {latitude} is no place near the others: left out")
            return None
        if plane is None:
            plane = self._plane = Plane(latitude_deg=latitude, longitude_deg=longitude)
        return project(latitude, longitude, plane)
