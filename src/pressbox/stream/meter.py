"""Meters: what passes is counted and timed where it passes, at a cost that does not grow with history."""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from pressbox.model.overview import LATENCY_BOUNDS_S, Flow, Latency
from pressbox.stream.clock import Clock

_SLOTS: Final = 60
_MINUTE_SLOT_S: Final = 1
_RECENT_SLOT_S: Final = 5


class Meter:
    """Counts what passes, in all and by time; one thread counts, any thread reads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._total = 0
        self._progressed_ms: int | None = None
        self._minute = _Ring(_MINUTE_SLOT_S)
        self._recent = _Ring(_RECENT_SLOT_S)
        self._turn = threading.Lock()

    def count(self, number: int) -> None:
        """Take note that *number* more have passed."""
        if number <= 0:
            return
        now_s = self._clock.monotonic_s()
        with self._turn:
            self._total += number
            self._progressed_ms = self._clock.now_ms()
            for ring in (self._minute, self._recent):
                ring.add(now_s, number)

    def flow(self) -> Flow:
        """Return what has passed so far."""
        now_s = self._clock.monotonic_s()
        with self._turn:
            minute, recent = tuple(self._minute.counts(now_s)), tuple(self._recent.counts(now_s))
            return Flow(self._total, sum(minute), recent, self._progressed_ms)


class Stopwatch:
    """
    Times how long things took to pass, in fixed buckets.

    Only what began since the watch was made is timed: what lay in a file or the log before says nothing of today.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun_ms = clock.now_ms()
        self._counts = [0] * (len(LATENCY_BOUNDS_S) + 1)
        self._sum_ms = 0
        self._turn = threading.Lock()

    def passed(self, begun_ms: Iterable[int | None]) -> None:
        """Take note that what began at *begun_ms* is through now; None is not timed."""
        now_ms = self._clock.now_ms()
        with self._turn:
            for one_ms in begun_ms:
                if one_ms is not None and one_ms >= self._begun_ms:
                    took_ms = max(0, now_ms - one_ms)
                    self._counts[bisect_left(LATENCY_BOUNDS_S, took_ms / 1000)] += 1
                    self._sum_ms += took_ms

    def latency(self) -> Latency:
        """Return what was timed so far."""
        with self._turn:
            return Latency(tuple(self._counts), self._sum_ms / 1000)


class _Ring:
    def __init__(self, slot_s: int) -> None:
        self._slot_s = slot_s
        self._counts = [0] * _SLOTS
        self._newest = -_SLOTS

    def add(self, now_s: float, number: int) -> None:
        self._turn_to(now_s)
        self._counts[self._newest % _SLOTS] += number

    def counts(self, now_s: float) -> Iterator[int]:
        # Oldest first; the newest slot is still under way.
        self._turn_to(now_s)
        return (self._counts[slot % _SLOTS] for slot in range(self._newest - _SLOTS + 1, self._newest + 1))

    def _turn_to(self, now_s: float) -> None:
        slot = max(self._newest, int(now_s // self._slot_s))
        for passed in range(max(self._newest + 1, slot - _SLOTS + 1), slot + 1):
            self._counts[passed % _SLOTS] = 0
        self._newest = slot
