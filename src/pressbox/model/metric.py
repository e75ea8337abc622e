"""
The figures of a span, as people read them, in two parts: performance, and medical.

Medical is heart rate and whatever derives from it. The two parts leave the pipeline as two results with one key and one
revision, so that each has its own topic, its own store and its own readers. A figure that cannot be told is null.
"""

from msgspec import Struct


class Performance(Struct, frozen=True, kw_only=True):
    """
    What an athlete did in a span.

    *duration_s* is the time from the first sample to the last, *covered_s* the same without gaps. Zones are named by
    their borders in km/h. Where each figure comes from is told in `docs/athlete-load.md` and where it is computed.
    """

    samples: int
    duration_s: float
    covered_s: float
    distance_m: float | None
    distance_m_by_zone: dict[str, float] | None
    seconds_by_zone: dict[str, float] | None
    high_speed_distance_m: float | None
    sprint_distance_m: float | None
    speed_kmh_max: float | None
    sprints: int | None
    exposures_90: int | None
    exposures_95: int | None
    accelerations: int | None
    decelerations: int | None
    acceleration_m_s2_max: float | None
    deceleration_m_s2_max: float | None
    energy_j_kg: float | None
    metabolic_power_w_kg_mean: float | None
    high_power_s: float | None
    high_power_energy_j_kg: float | None
    high_power_distance_m: float | None
    player_load: float | None
    speeds_refused: int
    steps_refused: int
    accelerations_refused: int
    loads_refused: int


class Medical(Struct, frozen=True, kw_only=True):
    """What an athlete's heart did in a span. *heart_rate_samples* counts the samples that have a heart rate."""

    heart_rate_samples: int
    heart_rate_s: float
    heart_rate_bpm_mean: float | None
    heart_rate_bpm_min: int | None
    heart_rate_bpm_max: int | None
    seconds_by_heart_rate_zone: dict[str, float] | None
    trimp_edwards: float | None
    trimp_banister: float | None
    trimp_banister_integrated: float | None
    heart_rates_refused: int


class Metrics(Struct, frozen=True):
    """All figures of a span."""

    performance: Performance
    medical: Medical
