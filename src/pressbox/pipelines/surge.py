"""Acceleration readings: efforts beyond the threshold, and the metabolic energy running takes."""

from collections.abc import Sequence
from math import sqrt
from typing import Final, TypeAlias

from pressbox.model.effort import Surge
from pressbox.pipelines.gauge import Gauge
from pressbox.pipelines.run import NO_RUNS, join_runs, runs_of

AccelerationReading: TypeAlias = tuple[int, int, int, int]
"""(time, speed, acceleration, ms since the speed reading before)."""

GRAVITY_MM_S2: Final = 9806.65
SLOPE_MAX: Final = 0.45
GRASS: Final = 1.29
HIGH_POWER_MW_KG: Final = 20_000.0


def power_mw_kg(speed_mm_s: int, acceleration_mm_s2: int) -> float:
    """
    Return metabolic power in mW/kg.

    di Prampero et al., J Exp Biol 208:2809 (2005), as Osgnach et al., Med Sci Sports Exerc 42:170 (2010) apply it to
    football: accelerated running costs what running up the equivalent slope a/g costs, by the polynomial of Minetti et
    al., J Appl Physiol 93:1039 (2002), times the equivalent mass √(slope² + 1), times 1.29 for grass. Minetti measured
    slopes from -0.45 to 0.45; beyond them the nearest one measured counts.
    """
    slope = acceleration_mm_s2 / GRAVITY_MM_S2
    if slope > SLOPE_MAX:
        slope = SLOPE_MAX
    elif slope < -SLOPE_MAX:
        slope = -SLOPE_MAX
    cost = ((((155.4 * slope - 30.4) * slope - 43.3) * slope + 46.3) * slope + 19.5) * slope + 3.6
    return cost * sqrt(slope * slope + 1.0) * GRASS * speed_mm_s


def surge_of(readings: Sequence[AccelerationReading], gauge: Gauge) -> Surge | None:
    """Return what *readings* add up to; None where there are none. Energy is rounded to mJ/kg a reading."""
    if not readings:
        return None
    covered_ms = energy_mj_kg = high_energy_mj_kg = high_ms = high_um = 0
    for _, speed, acceleration, ms in readings:
        power = power_mw_kg(speed, acceleration)
        energy = round(power * ms / 1000.0)
        covered_ms += ms
        energy_mj_kg += energy
        if power >= HIGH_POWER_MW_KG:
            high_energy_mj_kg += energy
            high_ms += ms
            high_um += speed * ms
    accelerations = [reading[2] for reading in readings]
    highest, lowest = max(accelerations), min(accelerations)
    runs = (NO_RUNS, NO_RUNS)
    if highest >= gauge.acceleration[0] or -lowest >= gauge.acceleration[0]:
        times = [reading[0] for reading in readings]
        downwards = (-acceleration for acceleration in accelerations)
        runs = (
            runs_of(times, accelerations, gauge.acceleration, gauge.gap_ms),
            runs_of(times, downwards, gauge.acceleration, gauge.gap_ms),
        )
    return Surge(
        readings[0][0],
        readings[-1][0],
        highest,
        lowest,
        runs,
        covered_ms,
        energy_mj_kg,
        high_energy_mj_kg,
        high_ms,
        high_um,
    )


def join_surges(a: Surge | None, b: Surge | None, gauge: Gauge) -> Surge | None:
    """Join *a* with *b*, which begins after *a* ends."""
    if a is None or b is None:
        return a or b
    between_ms = b.first_ms - a.last_ms
    step_ms = between_ms if between_ms <= gauge.gap_ms else None
    ms_min = gauge.acceleration[1]
    return Surge(
        a.first_ms,
        b.last_ms,
        max(a.acceleration_mm_s2_max, b.acceleration_mm_s2_max),
        min(a.acceleration_mm_s2_min, b.acceleration_mm_s2_min),
        tuple(join_runs(one, other, step_ms, ms_min) for one, other in zip(a.runs, b.runs, strict=True)),
        a.ms + b.ms,
        a.energy_mj_kg + b.energy_mj_kg,
        a.high_energy_mj_kg + b.high_energy_mj_kg,
        a.high_ms + b.high_ms,
        a.high_um + b.high_um,
    )
