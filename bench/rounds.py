"""
Interleaved rounds: contenders take turns within one run, so that a busy machine slows all of them alike.

Rates are events per second of CPU time of this process, which other programs cannot use up; ratios compare the two
contenders of the same round.
"""

import gc
import sys
import time
from collections.abc import Callable, Mapping
from statistics import median

from msgspec import Struct

Work = Callable[[], int]
"""Does the work that is timed and returns how many events that were."""

Contender = Callable[[], Work]
"""Prepares one round, untimed, and returns its work."""


class Rates(Struct, frozen=True):
    """Events per CPU second by contender, one number a round."""

    by_contender: dict[str, list[float]]

    def events_per_s(self, contender: str) -> int:
        """Return the median rate of *contender*."""
        return round(median(self.by_contender[contender]))

    def ratio(self, contender: str, other: str) -> float:
        """Return how many times as fast *contender* is as *other*: the median of the rounds' own ratios."""
        pairs = zip(self.by_contender[contender], self.by_contender[other], strict=True)
        return significant(median(mine / theirs for mine, theirs in pairs))


def measure(name: str, contenders: Mapping[str, Contender], rounds: int) -> Rates:
    """Let all *contenders* work once in each of *rounds*, after one round that does not count."""
    rates: dict[str, list[float]] = {contender: [] for contender in contenders}
    for number in range(rounds + 1):
        tell(f"{name}: round {number} of {rounds}")
        for contender, prepare in contenders.items():
            rate = _rate(prepare())
            if number > 0:
                rates[contender].append(rate)
    return Rates(rates)


def percentile(values: list[float], percent: float) -> float:
    """Return the value that *percent* of *values* do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def significant(value: float) -> float:
    """Return *value* to three significant digits: more would pretend."""
    return float(f"{value:.3g}")


def tell(progress: str) -> None:
    """Show people how far the run is."""
    print(progress, file=sys.stderr, flush=True)


def _rate(work: Work) -> float:
    gc.collect()
    begun_s = time.process_time()
    events = work()
    return events / (time.process_time() - begun_s)
