"""
Load over days: the acute to chronic workload ratio, in the three ways it is told.

Each takes the totals of consecutive days in order, today last, a day without a session as 0. Shown together with its
dispute: the ratio has no causal evidence as a predictor of injury (Impellizzeri et al., Int J Sports Physiol Perform
15:907, 2020), and the coupled one is related to itself by arithmetic (Lolli et al., Br J Sports Med 53:921, 2019).
"""

from collections.abc import Sequence
from typing import Final

ACUTE_DAYS: Final = 7
CHRONIC_DAYS: Final = 28


def acwr_coupled(loads: Sequence[float]) -> float | None:
    """Return the mean of 7 days over that of 28, the 7 among them; None before day 28 or without any load.

    Gabbett, Br J Sports Med 50:273 (2016).
    """
    if len(loads) < CHRONIC_DAYS:
        return None
    return _ratio(_mean(loads[-ACUTE_DAYS:]), _mean(loads[-CHRONIC_DAYS:]))


def acwr_uncoupled(loads: Sequence[float]) -> float | None:
    """Return the mean of 7 days over that of the 21 before them; None before day 28 or where those had no load.

    Windt and Gabbett, Br J Sports Med 53:988 (2019).
    """
    if len(loads) < CHRONIC_DAYS:
        return None
    return _ratio(_mean(loads[-ACUTE_DAYS:]), _mean(loads[-CHRONIC_DAYS:-ACUTE_DAYS]))


def acwr_ewma(loads: Sequence[float]) -> float | None:
    """Return the weighted mean of 7 days over that of 28; None before day 28 or without any load.

    Williams et al., Br J Sports Med 51:209 (2017).
    """
    if len(loads) < CHRONIC_DAYS:
        return None
    return _ratio(ewma(loads, ACUTE_DAYS), ewma(loads, CHRONIC_DAYS))


def ewma(loads: Sequence[float], days: int) -> float:
    """
    Return the exponentially weighted moving average of *loads*: λ = 2 / (days + 1), begun with the first day's load.

    Raises:
        ValueError: there are no days.
    """
    if not loads:
        raise ValueError("no days to average")
    weight = 2 / (days + 1)
    average = loads[0]
    for load in loads[1:]:
        average = weight * load + (1 - weight) * average
    return average


def _mean(loads: Sequence[float]) -> float:
    return sum(loads) / len(loads)


def _ratio(acute: float, chronic: float) -> float | None:
    return acute / chronic if chronic else None
