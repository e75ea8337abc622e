"""Speed readings: the fastest, sprints, and accelerations over a fixed lag of 0.5 s."""

from collections.abc import Sequence
from operator import sub
from typing import Final

from pressbox.model.effort import Motion
from pressbox.pipelines.gauge import ACCELERATION_MM_S2_MAX, Gauge
from pressbox.pipelines.path import SpeedReading
from pressbox.pipelines.run import NO_RUNS, join_runs, runs_of
from pressbox.pipelines.surge import AccelerationReading, join_surges, surge_of

LAG_MS: Final = 500


def motion_of(readings: Sequence[SpeedReading], gauge: Gauge) -> Motion | None:
    """Return the motion of *readings* in ascending time; None where there are none."""
    if not readings:
        return None
    times = [time for time, _ in readings]
    speeds = [speed for _, speed in readings]
    accelerations, refused = _accelerations(readings, 1, gauge.gap_ms)
    head, tail = _ends(times, gauge.gap_ms)
    fastest = max(speeds)
    return Motion(
        times[0],
        times[-1],
        fastest,
        head == len(times),
        tuple(reading for reading in readings[:head] if reading[0] < times[0] + LAG_MS),
        _looked_back_to(readings[tail:]),
        tuple(
            runs_of(times, speeds, threshold, gauge.gap_ms) if fastest >= threshold[0] else NO_RUNS
            for threshold in gauge.speeds
        ),
        surge_of(accelerations, gauge),
        refused,
    )


def _accelerations(readings: Sequence[SpeedReading], begin: int, gap_ms: int) -> tuple[list[AccelerationReading], int]:
    """
    Return the accelerations of the readings from *begin* on, and how many were impossible.

    Each is the change of speed since the latest reading at least 0.5 s before, by the time between the two; a reading
    with a gap since then has none.
    """
    found: list[AccelerationReading] = []
    refused = back = 0
    before = readings[begin - 1][0]
    for at in range(begin, len(readings)):
        time, speed = readings[at]
        ms, before = time - before, time
        if ms > gap_ms:
            back = at
            continue
        latest = time - LAG_MS
        if readings[back][0] > latest:
            continue
        while readings[back + 1][0] <= latest:
            back += 1
        then, speed_then = readings[back]
        lag_ms = time - then
        acceleration = (2000 * (speed - speed_then) + lag_ms) // (2 * lag_ms)
        if -ACCELERATION_MM_S2_MAX <= acceleration <= ACCELERATION_MM_S2_MAX:
            found.append((time, speed, acceleration, ms))
        else:
            refused += 1
    return found, refused


def _ends(times_ms: Sequence[int], gap_ms: int) -> tuple[int, int]:
    """Return where the first gap ends what is before it, and where what follows the last gap begins."""
    count = len(times_ms)
    steps_ms = list(map(sub, times_ms[1:], times_ms))
    if not steps_ms or max(steps_ms) <= gap_ms:
        return count, 0
    gaps = [at for at, ms in enumerate(steps_ms, start=1) if ms > gap_ms]
    return gaps[0], gaps[-1]


def _looked_back_to(readings: Sequence[SpeedReading]) -> tuple[SpeedReading, ...]:
    """Return the readings that one yet to come may find 0.5 s before it."""
    latest = readings[-1][0] - LAG_MS
    keep = len(readings) - 1
    while keep > 0 and readings[keep][0] > latest:
        keep -= 1
    return tuple(readings[keep:])


def join_motions(a: Motion | None, b: Motion | None, gauge: Gauge) -> Motion | None:
    """Join *a* with *b*, which begins after *a* ends: the first readings of *b* now have some before them."""
    if a is None or b is None:
        return a or b
    between_ms = b.first_ms - a.last_ms
    joined = between_ms <= gauge.gap_ms
    step_ms = between_ms if joined else None
    opening, closing, surge, refused = a.opening, b.closing, a.surge, 0
    if joined:
        readings = a.closing + b.opening
        accelerations, refused = _accelerations(readings, len(a.closing), gauge.gap_ms)
        surge = join_surges(surge, surge_of(accelerations, gauge), gauge)
        if a.unbroken:
            opening += tuple(reading for reading in b.opening if reading[0] < a.first_ms + LAG_MS)
        if b.unbroken:
            closing = _looked_back_to(a.closing + closing)
    return Motion(
        a.first_ms,
        b.last_ms,
        max(a.speed_mm_s_max, b.speed_mm_s_max),
        a.unbroken and b.unbroken and joined,
        opening,
        closing,
        tuple(
            join_runs(one, other, step_ms, threshold[1])
            for one, other, threshold in zip(a.runs, b.runs, gauge.speeds, strict=True)
        ),
        join_surges(surge, b.surge, gauge),
        a.refused + refused + b.refused,
    )
