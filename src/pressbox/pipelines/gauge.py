"""
The gauge of one athlete in one session: the limits and thresholds samples are measured by, as integers.

Cleaning limits are wide on purpose: they take out what no athlete can do, not what is unlikely. What is taken out is
counted, and stays in the log and the archive as it was sent.
"""

from typing import Final, TypeAlias

from msgspec import Struct

from pressbox.model.session import LOAD_INTERVAL_MS, AthleteProfile, DistanceFrom, SpeedFrom, Terms

HEART_RATE_BPM_MIN: Final = 25
HEART_RATE_BPM_MAX: Final = 240
SPEED_MM_S_MAX: Final = 12_500
"""45 km/h: nobody was measured to run faster."""
ACCELERATION_MM_S2_MAX: Final = 15_000
"""Over 0.5 s: half as much again as sprinters do out of the blocks."""
ACCELERATION_E4G_MAX: Final = 320_000
"""32 g on one axis: twice the range of the usual 16 g sensor."""

Threshold: TypeAlias = tuple[int, int]
"""(value, ms): a run counts when its readings are at the value or beyond, and it lasts that long or longer."""


class Gauge(Struct, frozen=True):
    """
    What a session's samples are measured by, for one athlete.

    *speeds* are the thresholds of sprints and, where the athlete's top speed is known, of 90 % and 95 % of it;
    *accelerations* that of accelerations and decelerations alike.
    """

    gap_ms: int
    distance_from: DistanceFrom
    speed_from: SpeedFrom
    speeds: tuple[Threshold, ...]
    acceleration: Threshold
    loads: bool


def gauge_of(athlete: AthleteProfile, terms: Terms) -> Gauge:
    """Return the gauge of *athlete* under *terms*. Player load is defined at 100 Hz only, so other rates give none."""
    preset = terms.preset
    speeds = [(_mm_s(preset.sprint_dkmh), preset.sprint_ms_min)]
    if athlete.speed_mm_s_top is not None:
        speeds += [(-(-percent * athlete.speed_mm_s_top // 100), preset.effort_ms_min) for percent in (90, 95)]
    return Gauge(
        gap_ms=terms.gap_ms,
        distance_from=terms.distance_from,
        speed_from=terms.speed_from,
        speeds=tuple(speeds),
        acceleration=(preset.acceleration_mm_s2, preset.effort_ms_min),
        loads=terms.interval_ms == LOAD_INTERVAL_MS,
    )


def _mm_s(dkmh: int) -> int:
    """Return the lowest speed in mm/s that is not below *dkmh*."""
    return -(-dkmh * 1000 // 36)
