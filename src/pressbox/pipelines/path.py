"""Steps: what joins two consecutive readings of the place, and the distance and speed that follow."""

from collections.abc import Sequence
from math import sqrt
from typing import TypeAlias

from pressbox.model.effort import Fix, Path
from pressbox.pipelines.gauge import SPEED_MM_S_MAX, Gauge

Place: TypeAlias = tuple[int, int, int, int | None]
"""A fix on its way: (time, x, y, the device's speed); a distance stands for x, and y is 0."""
SpeedReading: TypeAlias = tuple[int, int]
"""(time, speed)."""


def dkmh_of(speed_mm_s: int) -> int:
    """Return the 0.1 km/h *speed_mm_s* falls into."""
    return speed_mm_s * 36 // 1000


def path_of(places: Sequence[Place], gauge: Gauge) -> tuple[Path, list[SpeedReading]]:
    """
    Return the path through *places*, and the speed of each step at its end.

    A step longer than the gap limit adds nothing; one no athlete can make is counted as refused and adds nothing.
    """
    um_by_dkmh: dict[int, int] = {}
    ms_by_dkmh: dict[int, int] = {}
    speeds: list[SpeedReading] = []
    refused = 0
    gap_ms, own_speed, planar = gauge.gap_ms, gauge.speed_from == "device", gauge.distance_from == "position"
    by_speed = gauge.distance_from == "speed"
    before, x_before, y_before, _ = places[0]
    for time, x, y, speed in places[1:]:
        ms = time - before
        if ms <= gap_ms:
            if planar:
                dx, dy = x - x_before, y - y_before
                um = round(sqrt(dx * dx + dy * dy) * 1000.0)
            else:
                um = x * ms if by_speed else (x - x_before) * 1000
            if 0 <= um <= SPEED_MM_S_MAX * ms:
                step_speed = (2 * um + ms) // (2 * ms)
                speeds.append((time, step_speed))
                dkmh = (speed if own_speed and speed is not None else step_speed) * 36 // 1000
                um_by_dkmh[dkmh] = um_by_dkmh.get(dkmh, 0) + um
                ms_by_dkmh[dkmh] = ms_by_dkmh.get(dkmh, 0) + ms
            else:
                refused += 1
        before, x_before, y_before = time, x, y
    path = Path(Fix(*places[0]), Fix(*places[-1]), len(places), um_by_dkmh, ms_by_dkmh, refused)
    return path, speeds


def join_paths(a: Path, b: Path, gauge: Gauge) -> tuple[Path, list[SpeedReading]]:
    """Join *a* with *b*, which begins after *a* ends; return also the speed of the step between, where there is one."""
    between, speeds = path_of((_place(a.last), _place(b.first)), gauge)
    return (
        Path(
            a.first,
            b.last,
            a.count + b.count,
            sum_by_key(a.um_by_dkmh, between.um_by_dkmh, b.um_by_dkmh),
            sum_by_key(a.ms_by_dkmh, between.ms_by_dkmh, b.ms_by_dkmh),
            a.refused + between.refused + b.refused,
        ),
        speeds,
    )


def _place(fix: Fix) -> Place:
    return fix.time_ms, fix.a, fix.b, fix.speed_mm_s


def sum_by_key(first: dict[int, int], *others: dict[int, int]) -> dict[int, int]:
    """Return the sums of the values that stand under one key."""
    sums = first.copy()
    for other in others:
        for key, value in other.items():
            sums[key] = sums.get(key, 0) + value
    return sums
