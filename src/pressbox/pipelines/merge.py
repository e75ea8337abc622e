"""The ordered merge of efforts: a minute from its seconds, a session from its minutes."""

from collections.abc import Iterable
from functools import reduce

from pressbox.model.effort import Effort, Jolt, Motion, Path, Pulse, Refused
from pressbox.pipelines.gauge import Gauge
from pressbox.pipelines.jolt import join_jolts
from pressbox.pipelines.motion import join_motions, motion_of
from pressbox.pipelines.path import SpeedReading, join_paths
from pressbox.pipelines.pulse import join_pulses
from pressbox.pipelines.second import NOTHING


def merge(a: Effort, b: Effort, gauge: Gauge) -> Effort:
    """
    Join *a* with *b*, which begins after *a* ends; the step between them counts unless the gap is too long.

    Associative, and not commutative: *a* has to lie wholly before *b*. Both were measured by the same *gauge*.
    """
    if not a.samples or not b.samples:
        return a if a.samples else b
    path, between = _join_paths(a.path, b.path, gauge)
    between_ms = b.first_ms - a.last_ms
    return Effort(
        a.first_ms,
        b.last_ms,
        a.samples + b.samples,
        a.ms + b.ms + (between_ms if between_ms <= gauge.gap_ms else 0),
        path,
        _join_motions(a.motion, between, b.motion, gauge),
        _join_pulses(a.pulse, b.pulse, gauge),
        _join_jolts(a.jolt, b.jolt, gauge),
        Refused(
            a.refused.heart_rate + b.refused.heart_rate,
            a.refused.speed + b.refused.speed,
            a.refused.acceleration + b.refused.acceleration,
        ),
    )


def merge_all(efforts: Iterable[Effort], gauge: Gauge) -> Effort:
    """Return *efforts*, given in order, as one; `NOTHING` where there are none."""
    return reduce(lambda a, b: merge(a, b, gauge), efforts, NOTHING)


def _join_paths(a: Path | None, b: Path | None, gauge: Gauge) -> tuple[Path | None, list[SpeedReading]]:
    if a is None or b is None:
        return a or b, []
    return join_paths(a, b, gauge)


def _join_motions(a: Motion | None, between: list[SpeedReading], b: Motion | None, gauge: Gauge) -> Motion | None:
    """Join *a* and *b*; where speeds are those of steps, the step between them is a reading of its own."""
    if gauge.speed_from == "step":
        a = join_motions(a, motion_of(between, gauge), gauge)
    return join_motions(a, b, gauge)


def _join_pulses(a: Pulse | None, b: Pulse | None, gauge: Gauge) -> Pulse | None:
    return a or b if a is None or b is None else join_pulses(a, b, gauge)


def _join_jolts(a: Jolt | None, b: Jolt | None, gauge: Gauge) -> Jolt | None:
    return a or b if a is None or b is None else join_jolts(a, b, gauge)
