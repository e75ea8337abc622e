"""Heart-rate readings: how many there are of each value, and how long each value lasted."""

from collections.abc import Sequence
from itertools import pairwise

from pressbox.model.effort import Pulse
from pressbox.pipelines.gauge import Gauge
from pressbox.pipelines.path import sum_by_key


def pulse_of(readings: Sequence[tuple[int, int]], gauge: Gauge) -> Pulse:
    """Return the pulse of *readings*, (time, bpm) in ascending time; the last one's length is not known yet."""
    samples_by_bpm: dict[int, int] = {}
    ms_by_bpm: dict[int, int] = {}
    gap_ms = gauge.gap_ms
    for _, bpm in readings:
        samples_by_bpm[bpm] = samples_by_bpm.get(bpm, 0) + 1
    for (time, bpm), (after, _) in pairwise(readings):
        ms_by_bpm[bpm] = ms_by_bpm.get(bpm, 0) + min(after - time, gap_ms)
    return Pulse(readings[0][0], *readings[-1], samples_by_bpm, ms_by_bpm)


def join_pulses(a: Pulse, b: Pulse, gauge: Gauge) -> Pulse:
    """Join *a* with *b*, which begins after *a* ends: the last reading of *a* lasts until the first of *b*."""
    between = {a.last_bpm: min(b.first_ms - a.last_ms, gauge.gap_ms)}
    return Pulse(
        a.first_ms,
        b.last_ms,
        b.last_bpm,
        sum_by_key(a.samples_by_bpm, b.samples_by_bpm),
        sum_by_key(a.ms_by_bpm, between, b.ms_by_bpm),
    )
