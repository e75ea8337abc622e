"""
A recorded session played once more: each athlete's samples become the messages of a device.

What is sent quantises to the very integers that were recorded, so what a live session makes of it equals what is made
of the recording.
"""

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from operator import attrgetter
from typing import Final

from msgspec import Struct

from pressbox.codec.sensor_message import SAMPLES_MAX, VERSION, SensorMessage, SensorSample
from pressbox.errors import BadInput
from pressbox.model.sample import Sample
from pressbox.simulate.sending import Sending

_HEART_RATE_MAX: Final = 1000
_METRES_MAX: Final = 1e9
_QUANTITY_MAX: Final = 1e6
_SECOND_MS: Final = 1000

Recorded = Mapping[str, Sequence[Sample]]


class Playing(Struct, frozen=True, kw_only=True):
    """
    How a recording is played: as *session*, its times moved by *shift_ms*, in batches of *batch_ms*.

    *boot* tells this playing from any other by the same devices. With *interval_ms* samples closer than that are left
    out.
    """

    session: str
    boot: int
    shift_ms: int
    batch_ms: int = 200
    interval_ms: int = 0


def shift_to(recorded: Recorded, now_ms: int, speed: float) -> int:
    """
    Return by how much times are to be moved for a playing that begins at *now_ms*.

    At the speed of life the first sample is now. Played faster, the last one is of the moment it is played, and those
    before it are older: a sample of the future does not count. It is whole seconds, so windows keep their borders.
    """
    first_ms, last_ms = _span_ms(recorded)
    last_now_ms = now_ms + (last_ms - first_ms) / speed
    shift_ms = min(now_ms - first_ms, int(last_now_ms) - last_ms)
    return shift_ms - shift_ms % _SECOND_MS


def duration_s(recorded: Recorded) -> float:
    """Return how long the recording lasts."""
    first_ms, last_ms = _span_ms(recorded)
    return (last_ms - first_ms) / 1e3


def sendings(recorded: Recorded, playing: Playing) -> Iterator[Sending]:
    """
    Yield what the devices, by whose names *recorded* has the samples in order, send; in the order they are due.

    Raises:
        BadInput: a time would lie before 1970.
    """
    first_ms, _ = _span_ms(recorded)
    if first_ms + playing.shift_ms < 0:
        raise BadInput("the recording has times before 1970, which no device can send: play it without --keep-times")
    streams = [_of_device(device, samples, first_ms, playing) for device, samples in recorded.items()]
    return merge(*streams, key=attrgetter("due_ms"))


def _span_ms(recorded: Recorded) -> tuple[int, int]:
    spans = [(samples[0].time_ms, samples[-1].time_ms) for samples in recorded.values() if samples]
    if not spans:
        raise BadInput("the recording has no samples: nothing to play")
    return min(first for first, _ in spans), max(last for _, last in spans)


def _of_device(device: str, samples: Sequence[Sample], first_ms: int, playing: Playing) -> Iterator[Sending]:
    batch: list[SensorSample] = []
    until_ms = first_ms
    earlier_ms: float = float("-inf")
    for sequence, sample in enumerate(samples):
        if batch and (sample.time_ms >= until_ms or len(batch) == SAMPLES_MAX):
            yield _sending(device, batch, first_ms, playing)
            batch = []
        if sample.time_ms >= until_ms:
            until_ms = sample.time_ms - (sample.time_ms - first_ms) % playing.batch_ms + playing.batch_ms
        if sample.time_ms != earlier_ms and sample.time_ms - earlier_ms < playing.interval_ms:
            continue
        earlier_ms = sample.time_ms
        batch.append(_read(sample, sequence, sample.time_ms + playing.shift_ms))
    if batch:
        yield _sending(device, batch, first_ms, playing)


def _sending(device: str, batch: Sequence[SensorSample], first_ms: int, playing: Playing) -> Sending:
    due_ms = batch[-1].time_ms - playing.shift_ms - first_ms
    message = SensorMessage(version=VERSION, device=device, boot=playing.boot, samples=tuple(batch))
    return Sending(due_ms, playing.session, message)


def _read(sample: Sample, sequence: int, time_ms: int) -> SensorSample:
    x_mm, y_mm, bpm = sample.x_mm, sample.y_mm, sample.heart_rate_bpm
    return SensorSample(
        sequence=sequence,
        time_ms=time_ms,
        position_m=None if x_mm is None or y_mm is None else (_metres(x_mm), _metres(y_mm)),
        speed_m_s=None if sample.speed_mm_s is None else _quantity(sample.speed_mm_s / 1e3),
        distance_m=None if sample.distance_mm is None else _metres(sample.distance_mm),
        heart_rate_bpm=None if bpm is None else min(max(bpm, 0), _HEART_RATE_MAX),
        acceleration_g=_axes(sample),
    )


def _axes(sample: Sample) -> tuple[float, float, float] | None:
    ax_e4g, ay_e4g, az_e4g = sample.ax_e4g, sample.ay_e4g, sample.az_e4g
    if ax_e4g is None or ay_e4g is None or az_e4g is None:
        return None
    return _quantity(ax_e4g / 1e4), _quantity(ay_e4g / 1e4), _quantity(az_e4g / 1e4)


# What is beyond a message's limits is far beyond what an athlete can do: at the limit it is cleaned and counted as well.
def _metres(mm: int) -> float:
    return min(max(mm / 1e3, -_METRES_MAX), _METRES_MAX)


def _quantity(value: float) -> float:
    return min(max(value, -_QUANTITY_MAX), _QUANTITY_MAX)
