"""Training impulse: how hard a session was for the heart. What cannot be told is None."""

from collections.abc import Mapping
from math import exp
from typing import Final

from pressbox.model.session import AthleteProfile, Sex
from pressbox.pipelines.zone import ms_by_heart_rate_zone

MS_A_MINUTE: Final = 60_000
WEIGHT: Final[Mapping[Sex, tuple[float, float]]] = {"m": (0.64, 1.92), "f": (0.86, 1.67)}


def edwards(ms_by_bpm: Mapping[int, int], athlete: AthleteProfile) -> float | None:
    """
    Return the summed heart-rate zone score: minutes in each zone times 1 to 5; below 50 % of the maximum counts nothing.

    Edwards, The Heart Rate Monitor Book (1993).
    """
    if athlete.heart_rate_bpm_max is None:
        return None
    zones_ms = ms_by_heart_rate_zone(ms_by_bpm, athlete.heart_rate_bpm_max)
    return sum(weight * ms for weight, ms in enumerate(zones_ms)) / MS_A_MINUTE


def banister(duration_ms: int, bpm_mean: float, athlete: AthleteProfile) -> float | None:
    """
    Return minutes × r × 0.64 e^(1.92 r) for men, 0.86 e^(1.67 r) for women; r is the mean heart rate's reserve ratio.

    Banister, in MacDougall et al. (eds), Physiological Testing of Elite Athletes (1991); Morton et al., J Appl Physiol
    69:1171 (1990). From the mean of the span, so it is computed from the whole and never added up.
    """
    return _impulse({bpm_mean: duration_ms}, athlete)


def banister_integrated(ms_by_bpm: Mapping[int, int], athlete: AthleteProfile) -> float | None:
    """Return the same with each heart rate weighted for the time it lasted, which can be added up."""
    return _impulse(ms_by_bpm, athlete)


def _impulse(ms_by_bpm: Mapping[int, int] | Mapping[float, int], athlete: AthleteProfile) -> float | None:
    rest, highest, sex = athlete.heart_rate_bpm_rest, athlete.heart_rate_bpm_max, athlete.sex
    if rest is None or highest is None or sex is None or highest <= rest:
        return None
    factor, exponent = WEIGHT[sex]
    impulse = 0.0
    for bpm, ms in sorted(ms_by_bpm.items()):
        ratio = max((bpm - rest) / (highest - rest), 0.0)
        impulse += ms / MS_A_MINUTE * ratio * factor * exp(exponent * ratio)
    return round(impulse, 6)
