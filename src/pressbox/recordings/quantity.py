"""Rows in the units of physics to samples in integers: rounded once, here, half to even."""

from pressbox.model.sample import Sample
from pressbox.recordings.plane import Plane
from pressbox.recordings.row import Row

_E4G = 10_000


class Quantiser:
    """Takes rows to samples. Without a *plane*, positions in degrees lie on one that touches the first of them."""

    def __init__(self, plane: Plane | None) -> None:
        """Begin with no position seen."""
        self._plane = plane

    def sample(self, row: Row, sequence: int) -> Sample:
        """
        Return *row* as a sample, the *sequence*-th of its athlete.

        Raises:
            ValueError: its position is nowhere, or a value is beyond all bounds.
        """
        x_m, y_m = self._place(row)
        return Sample(
            row.time_ms,
            _thousandths(x_m),
            _thousandths(y_m),
            _thousandths(row.speed_m_s),
            _thousandths(row.distance_m),
            None if row.heart_rate_bpm is None else round(row.heart_rate_bpm),
            _e4g(row.acceleration_x_g),
            _e4g(row.acceleration_y_g),
            _e4g(row.acceleration_z_g),
            sequence,
        )

    def _place(self, row: Row) -> tuple[float | None, float | None]:
        if row.longitude is None or row.latitude is None:
            return row.x_m, row.y_m
        if self._plane is None:
            self._plane = Plane(row.longitude, row.latitude)
        return self._plane.place(row.longitude, row.latitude)


def _thousandths(value: float | None) -> int | None:
    return None if value is None else round(value * 1e3)


def _e4g(value: float | None) -> int | None:
    return None if value is None else round(value * _E4G)
