"""Zones of speed and of heart rate, from the finest they are kept by; so zones are settable afterwards."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

HEART_RATE_ZONES: Final = ("0-50", "50-60", "60-70", "70-80", "80-90", "90-100")
"""Percent of the athlete's maximum; what is above 100 % belongs to the last one."""


def speed_zone_names(bounds_dkmh: Sequence[int]) -> list[str]:
    """Return the names of the zones that begin at *bounds_dkmh*, in km/h: 0-7, ..., 25+."""
    bounds = [f"{bound / 10:g}" for bound in bounds_dkmh]
    return [f"{low}-{high}" for low, high in pairwise(bounds)] + [f"{bounds[-1]}+"]


def sums_by_speed_zone(by_dkmh: Mapping[int, int], bounds_dkmh: Sequence[int]) -> list[int]:
    """Return the sum within each zone, [low, high); what is below the first bound belongs to no zone."""
    sums = [0] * len(bounds_dkmh)
    for dkmh, value in by_dkmh.items():
        zone = bisect_right(bounds_dkmh, dkmh) - 1
        if zone >= 0:
            sums[zone] += value
    return sums


def sum_from(by_dkmh: Mapping[int, int], bound_dkmh: int) -> int:
    """Return the sum at *bound_dkmh* and above."""
    return sum(value for dkmh, value in by_dkmh.items() if dkmh >= bound_dkmh)


def heart_rate_zone(bpm: int, bpm_max: int) -> int:
    """Return the zone of *bpm* among those of `ms_by_heart_rate_zone`, 0 to 5."""
    return min(max(bpm * 10 // bpm_max - 4, 0), len(HEART_RATE_ZONES) - 1)


def ms_by_heart_rate_zone(ms_by_bpm: Mapping[int, int], bpm_max: int) -> list[int]:
    """
    Return the time below 50 %, and in the five zones [50, 60) ... [90, 100] % of *bpm_max*.

    Edwards, The Heart Rate Monitor Book (1993); above 100 % counts as the fifth zone.
    """
    sums = [0] * len(HEART_RATE_ZONES)
    for bpm, ms in ms_by_bpm.items():
        sums[heart_rate_zone(bpm, bpm_max)] += ms
    return sums
