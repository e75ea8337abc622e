"""From an effort to the figures people read: the only place where floats appear."""

from typing import Any

import msgspec

from pressbox.model.effort import Effort, Motion, Path, Pulse, Surge
from pressbox.model.metric import Medical, Metrics, Performance
from pressbox.model.session import AthleteProfile, Preset, Terms
from pressbox.pipelines.run import run_count
from pressbox.pipelines.trimp import banister, banister_integrated, edwards
from pressbox.pipelines.zone import (
    HEART_RATE_ZONES,
    ms_by_heart_rate_zone,
    speed_zone_names,
    sum_from,
    sums_by_speed_zone,
)


def shape(effort: Effort, athlete: AthleteProfile, terms: Terms) -> Metrics:
    """
    Return the figures of *effort*.

    They are those of the whole span: a run under way at its border counts as long as it is seen in it. The zones are
    those of the preset of *terms*, which may be others than those the effort was measured under.
    """
    return Metrics(_performance(effort, athlete, terms), _medical(effort, athlete))


def line_of(athlete: AthleteProfile, metrics: Metrics) -> dict[str, Any]:
    """Return all figures of *athlete* in one flat mapping, for a line of output."""
    performance = msgspec.structs.asdict(metrics.performance)
    return {"athlete": athlete.athlete, **performance, **msgspec.structs.asdict(metrics.medical)}


def _performance(effort: Effort, athlete: AthleteProfile, terms: Terms) -> Performance:
    motion, jolt = effort.motion, effort.jolt
    return Performance(
        samples=effort.samples,
        duration_s=(effort.last_ms - effort.first_ms) / 1e3,
        covered_s=effort.ms / 1e3,
        **_distance(effort.path, terms.preset),
        **_speed(motion, athlete, terms.preset),
        **_acceleration(motion.surge if motion else None, terms.preset),
        player_load=None if jolt is None else jolt.load_e6 / 1e6,
        speeds_refused=effort.refused.speed,
        steps_refused=effort.path.refused if effort.path else 0,
        accelerations_refused=motion.refused if motion else 0,
        loads_refused=effort.refused.acceleration,
    )


def _distance(path: Path | None, preset: Preset) -> dict[str, Any]:
    if path is None:
        return dict.fromkeys(
            ("distance_m", "distance_m_by_zone", "seconds_by_zone", "high_speed_distance_m", "sprint_distance_m")
        )
    names, bounds = speed_zone_names(preset.zones_dkmh), preset.zones_dkmh
    zones_um = sums_by_speed_zone(path.um_by_dkmh, bounds)
    zones_ms = sums_by_speed_zone(path.ms_by_dkmh, bounds)
    return {
        "distance_m": sum(path.um_by_dkmh.values()) / 1e6,
        "distance_m_by_zone": {name: um / 1e6 for name, um in zip(names, zones_um, strict=True)},
        "seconds_by_zone": {name: ms / 1e3 for name, ms in zip(names, zones_ms, strict=True)},
        "high_speed_distance_m": sum_from(path.um_by_dkmh, preset.high_speed_dkmh) / 1e6,
        "sprint_distance_m": sum_from(path.um_by_dkmh, preset.sprint_dkmh) / 1e6,
    }


def _speed(motion: Motion | None, athlete: AthleteProfile, preset: Preset) -> dict[str, Any]:
    if motion is None:
        return dict.fromkeys(("speed_kmh_max", "sprints", "exposures_90", "exposures_95"))
    sprints, *exposures = motion.runs
    known = athlete.speed_mm_s_top is not None and exposures
    return {
        "speed_kmh_max": motion.speed_mm_s_max * 36 / 1e4,
        "sprints": run_count(sprints, preset.sprint_ms_min),
        "exposures_90": run_count(exposures[0], preset.effort_ms_min) if known else None,
        "exposures_95": run_count(exposures[1], preset.effort_ms_min) if known else None,
    }


def _acceleration(surge: Surge | None, preset: Preset) -> dict[str, Any]:
    if surge is None:
        return dict.fromkeys(
            (
                "accelerations",
                "decelerations",
                "acceleration_m_s2_max",
                "deceleration_m_s2_max",
                "energy_j_kg",
                "metabolic_power_w_kg_mean",
                "high_power_s",
                "high_power_energy_j_kg",
                "high_power_distance_m",
            )
        )
    accelerations, decelerations = surge.runs
    return {
        "accelerations": run_count(accelerations, preset.effort_ms_min),
        "decelerations": run_count(decelerations, preset.effort_ms_min),
        "acceleration_m_s2_max": max(surge.acceleration_mm_s2_max, 0) / 1e3,
        "deceleration_m_s2_max": max(-surge.acceleration_mm_s2_min, 0) / 1e3,
        "energy_j_kg": surge.energy_mj_kg / 1e3,
        "metabolic_power_w_kg_mean": surge.energy_mj_kg / surge.ms,
        "high_power_s": surge.high_ms / 1e3,
        "high_power_energy_j_kg": surge.high_energy_mj_kg / 1e3,
        "high_power_distance_m": surge.high_um / 1e6,
    }


def _medical(effort: Effort, athlete: AthleteProfile) -> Medical:
    pulse = effort.pulse
    if pulse is None:
        return Medical(
            heart_rate_samples=0,
            heart_rate_s=0.0,
            heart_rate_bpm_mean=None,
            heart_rate_bpm_min=None,
            heart_rate_bpm_max=None,
            seconds_by_heart_rate_zone=None,
            trimp_edwards=None,
            trimp_banister=None,
            trimp_banister_integrated=None,
            heart_rates_refused=effort.refused.heart_rate,
        )
    samples = sum(pulse.samples_by_bpm.values())
    mean = sum(bpm * count for bpm, count in pulse.samples_by_bpm.items()) / samples
    return Medical(
        heart_rate_samples=samples,
        heart_rate_s=sum(pulse.ms_by_bpm.values()) / 1e3,
        heart_rate_bpm_mean=mean,
        heart_rate_bpm_min=min(pulse.samples_by_bpm),
        heart_rate_bpm_max=max(pulse.samples_by_bpm),
        seconds_by_heart_rate_zone=_heart_rate_zones(pulse, athlete),
        trimp_edwards=edwards(pulse.ms_by_bpm, athlete),
        trimp_banister=banister(effort.last_ms - effort.first_ms, mean, athlete),
        trimp_banister_integrated=banister_integrated(pulse.ms_by_bpm, athlete),
        heart_rates_refused=effort.refused.heart_rate,
    )


def _heart_rate_zones(pulse: Pulse, athlete: AthleteProfile) -> dict[str, float] | None:
    if athlete.heart_rate_bpm_max is None:
        return None
    zones_ms = ms_by_heart_rate_zone(pulse.ms_by_bpm, athlete.heart_rate_bpm_max)
    return {name: ms / 1e3 for name, ms in zip(HEART_RATE_ZONES, zones_ms, strict=True)}
