"""What a reader of a format hands over: rows in the units of physics, and a note of all it could not read."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from msgspec import Struct


class Row(NamedTuple):
    """
    One reading as a file has it, in m, m/s, g and degrees of WGS84. None: the file does not say.

    *athlete* is empty where the file is of one athlete and does not name him.
    """

    time_ms: int
    athlete: str = ""
    x_m: float | None = None
    y_m: float | None = None
    longitude: float | None = None
    latitude: float | None = None
    speed_m_s: float | None = None
    distance_m: float | None = None
    heart_rate_bpm: float | None = None
    acceleration_x_g: float | None = None
    acceleration_y_g: float | None = None
    acceleration_z_g: float | None = None


class Unread(Struct, frozen=True):
    """A part of a file that could not be read: where, and why."""

    file: str
    place: str
    reason: str

    def __str__(self) -> str:
        """Return it as a person is told."""
        return ": ".join(part for part in (self.file, self.place, self.reason) if part)


Note: TypeAlias = Callable[[str, str], None]
"""Takes (place, reason) of what cannot be read; the reader goes on with the rest."""
