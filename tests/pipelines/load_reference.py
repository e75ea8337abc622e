"""
The figures of a session, computed once more: the whole session at once, from the definitions, with nothing merged.

Written for reading, not for speed. It shares no code with the pipeline; only what is to be rounded, and when, is the
same, because that is part of the definitions.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

from pressbox.model.sample import Sample
from pressbox.model.session import AthleteProfile, Terms

Series = list[tuple[int, Any]]


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def moments(samples: list[Sample]) -> list[dict[str, Any]]:
    """One mapping a millisecond; the first sample of it that reports something has the word on that."""
    by_time: dict[int, list[Sample]] = {}
    for sample in set(samples):
        by_time.setdefault(sample.time_ms, []).append(sample)
    found = []
    for time in sorted(by_time):
        moment: dict[str, Any] = {"time": time, "place": None, "speed": None, "distance": None, "bpm": None, "g": None}
        for sample in sorted(by_time[time], key=lambda one: (one.sequence, one.boot, one.device)):
            said = {
                "place": (sample.x_mm, sample.y_mm),
                "speed": sample.speed_mm_s,
                "distance": sample.distance_mm,
                "bpm": sample.heart_rate_bpm,
                "g": (sample.ax_e4g, sample.ay_e4g, sample.az_e4g),
            }
            for name, value in said.items():
                missing = value is None or (isinstance(value, tuple) and None in value)
                if moment[name] is None and not missing:
                    moment[name] = value
        found.append(moment)
    return found


def series(found: list[dict[str, Any]], name: str) -> Series:
    return [(moment["time"], moment[name]) for moment in found if moment[name] is not None]


def steps(found: list[dict[str, Any]], terms: Terms) -> tuple[list[tuple[int, int, int, int]], int]:
    """(time, µm, ms, speed of the step) for every step, and how many were impossible."""
    place = {"position": "place", "device": "distance", "speed": "speed"}[terms.distance_from]
    readings = series(found, place)
    made, refused = [], 0
    for (before, old), (time, new) in pairwise(readings):
        ms = time - before
        if ms > terms.gap_ms:
            continue
        if terms.distance_from == "position":
            um = round(math.sqrt((new[0] - old[0]) ** 2 + (new[1] - old[1]) ** 2) * 1000)
        elif terms.distance_from == "device":
            um = (new - old) * 1000
        else:
            um = new * ms
        if um < 0 or Fraction(um, ms) > 12_500:
            refused += 1
        else:
            made.append((time, um, ms, half_up(Fraction(um, ms))))
    return made, refused


def accelerations(speeds: Series, gap_ms: int) -> tuple[list[tuple[int, int, int, int]], int]:
    """(time, speed, acceleration, ms) for every speed that has an unbroken half second behind it."""
    found, refused = [], 0
    for at, (time, speed) in enumerate(speeds):
        start = at
        while start > 0 and speeds[start][0] > time - 500 and speeds[start][0] - speeds[start - 1][0] <= gap_ms:
            start -= 1
        then, slower = speeds[start]
        if then > time - 500:
            continue
        acceleration = half_up(Fraction(1000 * (speed - slower), time - then))
        if abs(acceleration) > 15_000:
            refused += 1
        else:
            found.append((time, speed, acceleration, time - speeds[at - 1][0]))
    return found, refused


def runs(readings: Series, value_min: int, ms_min: int, gap_ms: int) -> int:
    lengths: list[int] = []
    inside, before = False, 0
    for time, value in readings:
        beyond = value >= value_min
        if beyond and inside and time - before <= gap_ms:
            lengths[-1] += time - before
        elif beyond:
            lengths.append(0)
        inside, before = beyond, time
    return sum(length >= ms_min for length in lengths)


def power(speed: int, acceleration: int) -> float:
    slope = max(-0.45, min(0.45, acceleration / 9806.65))
    cost = ((((155.4 * slope - 30.4) * slope - 43.3) * slope + 46.3) * slope + 19.5) * slope + 3.6
    return cost * math.sqrt(slope * slope + 1) * 1.29 * speed


def figures(samples: list[Sample], athlete: AthleteProfile, terms: Terms) -> dict[str, Any]:
    found = moments(samples)
    speeds_reported = len(series(found, "speed"))
    for moment in found:
        if moment["speed"] is not None and not 0 <= moment["speed"] <= 12_500:
            moment["speed"] = None
    line: dict[str, Any] = {"athlete": athlete.athlete, "samples": len(set(samples))}
    times = [moment["time"] for moment in found]
    line["duration_s"] = (times[-1] - times[0]) / 1000 if times else 0.0
    steps_ms = [later - sooner for sooner, later in pairwise(times)]
    line["covered_s"] = sum(ms for ms in steps_ms if ms <= terms.gap_ms) / 1000
    line["speeds_refused"] = speeds_reported - len(series(found, "speed"))
    return (
        line
        | performance(found, athlete, terms)
        | load(found, terms)
        | medical(samples, athlete, terms, line["duration_s"])
    )


def performance(found: list[dict[str, Any]], athlete: AthleteProfile, terms: Terms) -> dict[str, Any]:
    preset = terms.preset
    made, refused = steps(found, terms)
    own_speed = dict(series(found, "speed")) if terms.speed_from == "device" else {}
    zoned = [(own_speed.get(time, speed), um, ms) for time, um, ms, speed in made]
    line: dict[str, Any] = {"steps_refused": refused}
    place = {"position": "place", "device": "distance", "speed": "speed"}[terms.distance_from]
    names = [f"{low / 10:g}-{high / 10:g}" for low, high in pairwise(preset.zones_dkmh)]
    names.append(f"{preset.zones_dkmh[-1] / 10:g}+")
    bounds = [Fraction(bound * 1000, 36) for bound in preset.zones_dkmh] + [Fraction(10**9)]
    zones = list(zip(names, bounds, bounds[1:], strict=False))
    if series(found, place):
        line["distance_m"] = sum(um for _, um, _ in zoned) / 10**6
        line["distance_m_by_zone"] = {
            name: sum(um for speed, um, _ in zoned if low <= speed < high) / 10**6 for name, low, high in zones
        }
        line["seconds_by_zone"] = {
            name: sum(ms for speed, _, ms in zoned if low <= speed < high) / 1000 for name, low, high in zones
        }
        line["high_speed_distance_m"] = sum(um for speed, um, _ in zoned if speed >= 5500) / 10**6
        line["sprint_distance_m"] = sum(um for speed, um, _ in zoned if speed >= 7000) / 10**6
    speeds = series(found, "speed") if terms.speed_from == "device" else [(time, v) for time, _, _, v in made]
    gap_ms, top = terms.gap_ms, athlete.speed_mm_s_top
    if speeds:
        line["speed_kmh_max"] = max(speed for _, speed in speeds) * 36 / 10**4
        line["sprints"] = runs(speeds, 7000, 1000, gap_ms)
        for percent in (90, 95) if top else ():
            line[f"exposures_{percent}"] = runs(speeds, math.ceil(Fraction(percent * (top or 0), 100)), 300, gap_ms)
    changes, line["accelerations_refused"] = accelerations(speeds, gap_ms)
    if changes:
        line |= energy(changes)
        line["accelerations"] = runs([(time, a) for time, _, a, _ in changes], 3000, 300, gap_ms)
        line["decelerations"] = runs([(time, -a) for time, _, a, _ in changes], 3000, 300, gap_ms)
        line["acceleration_m_s2_max"] = max(0, *(a for _, _, a, _ in changes)) / 1000
        line["deceleration_m_s2_max"] = max(0, *(-a for _, _, a, _ in changes)) / 1000
    return line


def energy(changes: list[tuple[int, int, int, int]]) -> dict[str, Any]:
    spent = [(power(v, a) >= 20_000, round(power(v, a) * ms / 1000), ms, v * ms) for _, v, a, ms in changes]
    return {
        "energy_j_kg": sum(mj for _, mj, _, _ in spent) / 1000,
        "metabolic_power_w_kg_mean": sum(mj for _, mj, _, _ in spent) / sum(ms for _, _, ms, _ in spent),
        "high_power_s": sum(ms for high, _, ms, _ in spent if high) / 1000,
        "high_power_energy_j_kg": sum(mj for high, mj, _, _ in spent if high) / 1000,
        "high_power_distance_m": sum(um for high, _, _, um in spent if high) / 10**6,
    }


def load(found: list[dict[str, Any]], terms: Terms) -> dict[str, Any]:
    reported = series(found, "g") if terms.interval_ms == 10 else []
    axes = [(time, g) for time, g in reported if all(abs(axis) <= 320_000 for axis in g)]
    total = 0
    for (before, old), (time, new) in pairwise(axes):
        if time - before <= terms.gap_ms:
            total += round(math.sqrt(sum((b - a) ** 2 for a, b in zip(old, new, strict=True))))
    return {"loads_refused": len(reported) - len(axes), "player_load": total / 10**6 if axes else None}


def medical(samples: list[Sample], athlete: AthleteProfile, terms: Terms, duration_s: float) -> dict[str, Any]:
    ordered = sorted(set(samples), key=lambda one: (one.time_ms, one.sequence, one.boot, one.device))
    reported = [(one.time_ms, one.heart_rate_bpm) for one in ordered if one.heart_rate_bpm is not None]
    beats = [(time, bpm) for time, bpm in reported if 25 <= bpm <= 240]
    line: dict[str, Any] = {"heart_rates_refused": len(reported) - len(beats), "heart_rate_samples": len(beats)}
    lasting = [(bpm, min(after - time, terms.gap_ms)) for (time, bpm), (after, _) in pairwise(beats)]
    line["heart_rate_s"] = sum(ms for _, ms in lasting) / 1000
    rest, top, sex = athlete.heart_rate_bpm_rest, athlete.heart_rate_bpm_max, athlete.sex
    if not beats:
        return line
    mean = sum(bpm for _, bpm in beats) / len(beats)
    line["heart_rate_bpm_mean"] = mean
    line["heart_rate_bpm_min"] = min(bpm for _, bpm in beats)
    line["heart_rate_bpm_max"] = max(bpm for _, bpm in beats)
    if top:
        zones = [(0, 50), (50, 60), (60, 70), (70, 80), (80, 90), (90, 10_000)]
        inside = [sum(ms for bpm, ms in lasting if low * top <= 100 * bpm < high * top) for low, high in zones]
        line["seconds_by_heart_rate_zone"] = {
            f"{low}-{min(high, 100)}": ms / 1000 for (low, high), ms in zip(zones, inside, strict=True)
        }
        line["trimp_edwards"] = sum(times * ms for times, ms in enumerate(inside)) / 60_000
    if top and rest and sex:
        factor, exponent = (0.64, 1.92) if sex == "m" else (0.86, 1.67)

        def impulse(bpm: float, seconds: float) -> float:
            ratio = max(0.0, (bpm - rest) / (top - rest))
            return seconds / 60 * ratio * factor * math.exp(exponent * ratio)

        line["trimp_banister"] = impulse(mean, duration_s)
        line["trimp_banister_integrated"] = math.fsum(impulse(bpm, ms / 1000) for bpm, ms in lasting)
    return line
