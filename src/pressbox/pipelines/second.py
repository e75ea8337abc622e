"""
One span of samples as an effort, whatever order they came in and however often.

The result is a pure function of the set of samples: they are put in order by time, then sequence. Distance, speed and
load are of moments: what was read in one millisecond is one. Heart rates are counted sample by sample.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter, lt, sub
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from pressbox.model.effort import Effort, Refused
from pressbox.model.sample import Sample
from pressbox.pipelines.gauge import (
    ACCELERATION_E4G_MAX,
    HEART_RATE_BPM_MAX,
    HEART_RATE_BPM_MIN,
    SPEED_MM_S_MAX,
    Gauge,
)
from pressbox.pipelines.jolt import Axes, jolt_of
from pressbox.pipelines.motion import motion_of
from pressbox.pipelines.path import Place, path_of
from pressbox.pipelines.pulse import pulse_of

Reading: TypeAlias = tuple[int, int]

NOTHING: Final = Effort(0, 0, 0, 0)

_TOGETHER: Final = (
    ("x_mm", "y_mm"),
    ("speed_mm_s",),
    ("distance_mm",),
    ("heart_rate_bpm",),
    ("ax_e4g", "ay_e4g", "az_e4g"),
)

_time = attrgetter("time_ms")
_identity = attrgetter("time_ms", "sequence", "boot", "device")
_content = msgspec.json.Encoder().encode


def effort_of(samples: Iterable[Sample], gauge: Gauge) -> Effort:
    """Return the effort of the set of *samples*; `NOTHING` where it is empty."""
    ordered = distinct(samples)
    if not ordered:
        return NOTHING
    moments = moments_of(ordered)
    places = _places(moments, gauge)
    path, step_speeds = path_of(places, gauge) if places else (None, [])
    speeds, heart_rates = _possible_speeds(moments), _possible_heart_rates(ordered)
    all_axes = _axes(moments) if gauge.loads else []
    axes = _possible_axes(all_axes)
    return Effort(
        moments[0].time_ms,
        moments[-1].time_ms,
        len(ordered),
        _covered_ms(moments, gauge.gap_ms),
        path,
        motion_of(speeds if gauge.speed_from == "device" else step_speeds, gauge),
        pulse_of(heart_rates, gauge) if heart_rates else None,
        jolt_of(axes, gauge) if axes else None,
        Refused(
            heart_rate=_reported(ordered, "heart_rate_bpm") - len(heart_rates),
            speed=_reported(moments, "speed_mm_s") - len(speeds),
            acceleration=len(all_axes) - len(axes),
        ),
    )


def _covered_ms(moments: Sequence[Sample], gap_ms: int) -> int:
    times: list[int] = list(map(_time, moments))
    steps_ms = list(map(sub, times[1:], times))
    if not steps_ms or max(steps_ms) <= gap_ms:
        return times[-1] - times[0]
    return sum(ms for ms in steps_ms if ms <= gap_ms)


def _reported(moments: Sequence[Sample], name: str) -> int:
    return len(moments) - list(map(attrgetter(name), moments)).count(None)


def distinct(samples: Iterable[Sample]) -> Sequence[Sample]:
    """Return *samples* in the order of their identities, each once, however often it was sent."""
    ordered = list(samples)
    if _ascends(ordered):
        return ordered
    ordered.sort(key=_identity)
    groups = (list(group) for _, group in groupby(ordered, _identity))
    return [group[0] if len(group) == 1 else min(group, key=_content) for group in groups]


def moments_of(samples: Sequence[Sample]) -> Sequence[Sample]:
    """
    Return distinct *samples* as one a millisecond, with the values reported first in it, by sequence, boot, device.

    So what two devices say of one moment stands together.
    """
    if _ascends(samples):
        return samples
    return [_moment(list(group)) for _, group in groupby(samples, _time)]


def _ascends(samples: Sequence[Sample]) -> bool:
    times = list(map(_time, samples))
    return all(map(lt, times, times[1:]))


def _moment(samples: list[Sample]) -> Sample:
    first = samples[0]
    if len(samples) == 1:
        return first
    values: dict[str, int | None] = {}
    for names in _TOGETHER:
        read = (tuple(getattr(sample, name) for name in names) for sample in samples)
        whole = next((found for found in read if None not in found), ())
        values.update(zip(names, whole, strict=False))
    return replace(Sample(first.time_ms, sequence=first.sequence, boot=first.boot, device=first.device), **values)


def _places(moments: Sequence[Sample], gauge: Gauge) -> list[Place]:
    if gauge.distance_from == "position":
        return [
            (
                moment.time_ms,
                x,
                y,
                speed if (speed := moment.speed_mm_s) is not None and 0 <= speed <= SPEED_MM_S_MAX else None,
            )
            for moment in moments
            if (x := moment.x_mm) is not None and (y := moment.y_mm) is not None
        ]
    if gauge.distance_from == "device":
        return [
            (moment.time_ms, moment.distance_mm, 0, _possible_speed(moment))
            for moment in moments
            if moment.distance_mm is not None
        ]
    return [(time, speed, 0, speed) for time, speed in _possible_speeds(moments)]


def _possible_speed(moment: Sample) -> int | None:
    speed = moment.speed_mm_s
    return speed if speed is not None and 0 <= speed <= SPEED_MM_S_MAX else None


def _possible_speeds(moments: Sequence[Sample]) -> list[Reading]:
    return [
        (moment.time_ms, speed)
        for moment in moments
        if (speed := moment.speed_mm_s) is not None and 0 <= speed <= SPEED_MM_S_MAX
    ]


def _possible_heart_rates(moments: Sequence[Sample]) -> list[Reading]:
    return [
        (moment.time_ms, bpm)
        for moment in moments
        if (bpm := moment.heart_rate_bpm) is not None and HEART_RATE_BPM_MIN <= bpm <= HEART_RATE_BPM_MAX
    ]


def _axes(moments: Sequence[Sample]) -> list[Axes]:
    return [
        (moment.time_ms, moment.ax_e4g, moment.ay_e4g, moment.az_e4g)
        for moment in moments
        if moment.ax_e4g is not None and moment.ay_e4g is not None and moment.az_e4g is not None
    ]


def _possible_axes(readings: Sequence[Axes]) -> list[Axes]:
    return [
        reading
        for reading in readings
        if max(reading[1:]) <= ACCELERATION_E4G_MAX and min(reading[1:]) >= -ACCELERATION_E4G_MAX
    ]
