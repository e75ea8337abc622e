"""
Samples on their way into the log: whoever receives messages hands them in here, and is told once they are on disk.

What came while a group was being stored goes to disk as the next one, whichever device it is from. A message that
cannot be decoded becomes a dead letter, which is on disk as well before anybody is told.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Final, Protocol

from msgspec import Struct

from pressbox.codec.sensor_message import SensorMessage, decode_sensor_message
from pressbox.errors import BadSettings, RejectedRecord, Unavailable
from pressbox.model.sample_record import (
    DeviceAssigned,
    SamplesReceived,
    SamplesRejected,
    encode_sample_record,
    session_key,
)
from pressbox.stream.clock import Clock
from pressbox.stream.log import Log, partition_of
from pressbox.stream.meter import Meter, Stopwatch
from pressbox.stream.record import NewRecord

SAMPLES: Final = "samples"
SAMPLES_DEAD_LETTERS: Final = "samples-deadletters"

_GROUP_MESSAGES_MAX: Final = 2000
_GROUP_BYTES_MAX: Final = 8 << 20
_WAITING_BYTES_MAX: Final = 64 << 20
_ASSIGNMENTS_EVERY_S: Final = 1.0
_OFFSETS_MAX: Final = 10_000

_LOGGER: Final = logging.getLogger(__name__)


class Clocks(Protocol):
    """Remembers how far the clock of a device is off, and who wears what."""

    def clock_offset_ms(self, device: str, boot: int, estimate_ms: int) -> int:
        """Return what was estimated first for this *boot* of *device*: *estimate_ms*, where nothing was before."""
        ...

    def assignments_to_append(self) -> list[tuple[int, DeviceAssigned]]:
        """Return the assignments the log was not told of yet, each with its number."""
        ...

    def assignments_appended(self, numbers: Sequence[int]) -> None:
        """Take note that the log has the assignments of *numbers*."""
        ...


class Incoming(Struct, frozen=True):
    """
    A message as it came, from a device that may send it. *stored* is called once, from another thread.

    *refusal* says why it is to be a dead letter, whatever is in it.
    """

    stadium: str
    session: str
    device: str
    received_ms: int
    message: bytes
    stored: Callable[[], None]
    refusal: str = ""


class SensorIngest:
    """Appends messages to *log* in one thread, see `run`; any thread hands them in."""

    def __init__(self, log: Log, clock: Clock, clocks: Clocks) -> None:
        self._log, self._clock, self._clocks = log, clock, clocks
        self._waiting: deque[Incoming] = deque()
        self._waiting_bytes = 0
        self._turn = threading.Condition()
        self._offsets: dict[tuple[str, int], int] = {}
        self.problem = ""
        self.messages = Meter(clock)
        self.samples = Meter(clock)
        self.rejected = Meter(clock)
        self.stopwatch = Stopwatch(clock)

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the disk that nobody should read more."""
        return self._waiting_bytes >= _WAITING_BYTES_MAX

    def hand_in(self, incoming: Incoming) -> None:
        """Take *incoming*; it is not safe before its `stored` is called."""
        with self._turn:
            self._waiting.append(incoming)
            self._waiting_bytes += len(incoming.message)
            self._turn.notify()

    def store(self, incoming: Iterable[Incoming]) -> None:
        """
        Store *incoming* at once, by the thread that calls.

        Raises:
            Unavailable: the log cannot take all of it now; what it took was told.
        """
        self._store(list(incoming))

    def run(self, stopping: threading.Event) -> None:
        """Store what is handed in until *stopping*; what waits then was never acknowledged, so it is sent again."""
        looked_s = float("-inf")
        while not stopping.is_set():
            group = self._next_group()
            now_s = self._clock.monotonic_s()
            if now_s - looked_s >= _ASSIGNMENTS_EVERY_S:
                looked_s = now_s
                self._persist(self._append_assignments, stopping)
            if group:
                self._persist(partial(self._store, group), stopping)

    def _next_group(self) -> list[Incoming]:
        with self._turn:
            self._turn.wait_for(lambda: self._waiting, timeout=0.2)
            group: list[Incoming] = []
            size = 0
            while self._waiting and len(group) < _GROUP_MESSAGES_MAX and size < _GROUP_BYTES_MAX:
                group.append(self._waiting.popleft())
                size += len(group[-1].message)
            self._waiting_bytes -= size
        return group

    def _persist(self, work: Callable[[], None], stopping: threading.Event) -> None:
        # What is not on disk is not acknowledged: so nothing else can be done than to try the same again.
        while not stopping.is_set():
            try:
                work()
            except (Unavailable, BadSettings) as error:
                if self.problem != str(error):
                    _LOGGER.warning("samples wait: %s", error)
                self.problem = str(error)
                stopping.wait(getattr(error, "retry_after_s", 1.0))
            else:
                self.problem = ""
                return

    def _append_assignments(self) -> None:
        for number, assigned in self._clocks.assignments_to_append():
            key = session_key(assigned.stadium, assigned.session)
            record = NewRecord(key, encode_sample_record(assigned), self._clock.now_ms())
            self._log.append(SAMPLES, self._partition_of(SAMPLES, key), [record])
            self._clocks.assignments_appended([number])

    def _store(self, group: list[Incoming]) -> None:
        """Append *group*; what of it is stored leaves the list, also where the rest cannot be stored now."""
        placed = [self._placed(one) for one in group]
        order = sorted(range(len(placed)), key=lambda place: placed[place][:2])
        done: set[int] = set()
        try:
            for (topic, partition), members in groupby(order, key=lambda place: placed[place][:2]):
                places = list(members)
                self._log.append(topic, partition, [placed[place][2] for place in places])
                done.update(places)
                self._told(topic, [group[place] for place in places], sum(placed[place][3] for place in places))
        finally:
            group[:] = [one for place, one in enumerate(group) if place not in done]

    def _told(self, topic: str, stored: Sequence[Incoming], samples: int) -> None:
        if topic == SAMPLES:
            self.messages.count(len(stored))
            self.samples.count(samples)
        else:
            self.rejected.count(len(stored))
        self.stopwatch.passed(one.received_ms for one in stored)
        for one in stored:
            one.stored()

    def _placed(self, incoming: Incoming) -> tuple[str, int, NewRecord, int]:
        """Return topic, partition, record and number of samples of *incoming*."""
        key = session_key(incoming.stadium, incoming.session)
        origin = incoming.stadium, incoming.session, incoming.device, incoming.received_ms
        try:
            message = self._decoded(incoming)
        except RejectedRecord as refusal:
            letter = SamplesRejected(*origin, str(refusal), incoming.message)
            record = NewRecord(key, encode_sample_record(letter), incoming.received_ms)
            return SAMPLES_DEAD_LETTERS, self._partition_of(SAMPLES_DEAD_LETTERS, key), record, 0
        received = SamplesReceived(*origin, self._clock_offset_ms(message, incoming.received_ms), incoming.message)
        record = NewRecord(key, encode_sample_record(received), incoming.received_ms)
        return SAMPLES, self._partition_of(SAMPLES, key), record, len(message.samples)

    def _decoded(self, incoming: Incoming) -> SensorMessage:
        if incoming.refusal:
            raise RejectedRecord(incoming.refusal)
        message = decode_sensor_message(incoming.message)
        if message.device != incoming.device:
            raise RejectedRecord(f"sensor message of device {message.device}, sent by device {incoming.device}")
        return message

    def _clock_offset_ms(self, message: SensorMessage, received_ms: int) -> int:
        known = self._offsets.get((message.device, message.boot))
        if known is None:
            newest_ms = max(one.time_ms for one in message.samples) if message.sent_ms is None else message.sent_ms
            known = self._clocks.clock_offset_ms(message.device, message.boot, received_ms - newest_ms)
            if len(self._offsets) >= _OFFSETS_MAX:
                self._offsets.clear()  # the registry has them all
            self._offsets[message.device, message.boot] = known
        return known

    def _partition_of(self, topic: str, key: str) -> int:
        return partition_of(key, self._log.partitions(topic))
