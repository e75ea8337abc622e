"""
Acute against chronic workload, from an athlete's load of each day.

Whether these ratios tell of injuries is disputed (Impellizzeri et al., Int J Sports Physiol Perform 2020;15:907): they
describe how load changed, and predict nothing.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

ACUTE_DAYS: Final = 7
CHRONIC_DAYS: Final = 28


class WorkloadRatios(Struct, frozen=True):
    """
    The last week's mean load a day as a multiple of the chronic one. None: there are too few days, or no load in them.

    *coupled* has the last 28 days as chronic, the week among them (Gabbett, Br J Sports Med 2016;50:273); *uncoupled*
    the three weeks before it (Lolli et al., Br J Sports Med 2019;53:921); *weighted* is of exponentially weighted means
    (Williams et al., Br J Sports Med 2017;51:209).
    """

    coupled: float | None
    uncoupled: float | None
    weighted: float | None


def workload_ratios(loads: Sequence[float]) -> WorkloadRatios:
    """Return the ratios on the last day of *loads*, one for each day in their order, 0 where there was no session."""
    if len(loads) < CHRONIC_DAYS:
        return WorkloadRatios(None, None, None)
    acute = _mean(loads[-ACUTE_DAYS:])
    return WorkloadRatios(
        _ratio(acute, _mean(loads[-CHRONIC_DAYS:])),
        _ratio(acute, _mean(loads[-CHRONIC_DAYS:-ACUTE_DAYS])),
        _ratio(_weighted(loads, ACUTE_DAYS), _weighted(loads, CHRONIC_DAYS)),
    )


def _mean(loads: Sequence[float]) -> float:
    return sum(loads) / len(loads)


def _weighted(loads: Sequence[float], days: int) -> float:
    """Return the exponentially weighted mean, in which a day weighs 2 / (days + 1); it begins with the first load."""
    share, mean = 2 / (days + 1), loads[0]
    for load in loads[1:]:
        mean += share * (load - mean)
    return mean


def _ratio(acute: float, chronic: float) -> float | None:
    return acute / chronic if chronic > 0 else None
