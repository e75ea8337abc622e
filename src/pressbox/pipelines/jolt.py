"""Player load: the summed change of acceleration on three axes."""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import TypeAlias

from pressbox.model.effort import Jolt
from pressbox.pipelines.gauge import Gauge

Axes: TypeAlias = tuple[int, int, int, int]
"""(time, x, y, z), accelerations in 10⁻⁴ g."""


def jolt_of(readings: Sequence[Axes], gauge: Gauge) -> Jolt:
    """
    Return the load of *readings*: Σ √(Δx² + Δy² + Δz²) / 100, accelerations in g.

    Boyd, Ball and Aughey, Int J Sports Physiol Perform 6:311 (2011). With 10⁻⁴ g the root is the load in 10⁻⁶ units.
    """
    load_e6, gap_ms = 0, gauge.gap_ms
    for (before, x_before, y_before, z_before), (time, x, y, z) in pairwise(readings):
        if time - before <= gap_ms:
            dx, dy, dz = x - x_before, y - y_before, z - z_before
            load_e6 += round(sqrt(dx * dx + dy * dy + dz * dz))
    return Jolt(readings[0], readings[-1], len(readings), load_e6)


def join_jolts(a: Jolt, b: Jolt, gauge: Gauge) -> Jolt:
    """Join *a* with *b*, which begins after *a* ends; the change between them counts unless there is a gap."""
    between = jolt_of((a.last, b.first), gauge).load_e6
    return Jolt(a.first, b.last, a.count + b.count, a.load_e6 + between + b.load_e6)
