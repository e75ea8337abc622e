"""Events on their way into the log: one thread stores what all clients sent meanwhile as one group a partition."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from msgspec import Struct

from pressbox.errors import Unavailable
from pressbox.pipelines.game_play import EVENTS
from pressbox.stream.clock import Clock
from pressbox.stream.log import Log, partition_of
from pressbox.stream.meter import Meter, Stopwatch
from pressbox.stream.record import NewRecord

_GROUP_RECORDS_MAX: Final = 20_000
_GROUP_BYTES_MAX: Final = 16 << 20
_WAITING_BYTES_MAX: Final = 64 << 20


class Stored(Struct, frozen=True):
    """Where a record lies in the log: its partition and offset; or why it does not, for now."""

    partition: int
    offset: int
    problem: str = ""


class _HandedIn(Struct):
    records: Sequence[NewRecord]
    bytes: int
    answer: Callable[[list[Stored]], None]


class EventIngest:
    """Appends events to *log*, see `run`; any thread hands them in."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._waiting: deque[_HandedIn] = deque()
        self._waiting_bytes = 0
        self._turn = threading.Condition()
        self._has_ended = False
        self.problem = ""
        self.events = Meter(clock)
        self.stopwatch = Stopwatch(clock)

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the disk that nobody should send more."""
        return self._waiting_bytes >= _WAITING_BYTES_MAX

    def hand_in(self, records: Sequence[NewRecord], answer: Callable[[list[Stored]], None]) -> None:
        """Take *records*; *answer* is called by another thread with where each lies, once they are on disk."""
        size = sum([len(record.value) for record in records])
        with self._turn:
            if not self._has_ended:
                self._waiting.append(_HandedIn(records, size, answer))
                self._waiting_bytes += size
                self._turn.notify()
                return
        answer([Stored(-1, -1, "pressbox is stopping")] * len(records))

    def run(self, stopping: threading.Event) -> None:
        """Store what is handed in until *stopping*; who waits then is told that it was not stored."""
        while not stopping.is_set():
            self._store(self._next_group())
        with self._turn:
            self._has_ended = True
        while group := self._next_group():
            for one in group:
                one.answer([Stored(-1, -1, "pressbox is stopping")] * len(one.records))

    def _next_group(self) -> list[_HandedIn]:
        with self._turn:
            if not self._has_ended:
                self._turn.wait_for(lambda: self._waiting, timeout=0.2)
            group: list[_HandedIn] = []
            records, size = 0, 0
            while self._waiting and records < _GROUP_RECORDS_MAX and size < _GROUP_BYTES_MAX:
                group.append(self._waiting.popleft())
                records += len(group[-1].records)
                size += group[-1].bytes
            self._waiting_bytes -= size
        return group

    def _store(self, group: list[_HandedIn]) -> None:
        if not group:
            return
        partitions = self._log.partitions(EVENTS)
        placed: dict[int, list[NewRecord]] = {}
        places: list[tuple[int, int]] = []
        for one in group:
            for record in one.records:
                partition = 0 if partitions == 1 else partition_of(record.key, partitions)
                records = placed.setdefault(partition, [])
                places.append((partition, len(records)))
                records.append(record)
        firsts = {partition: self._append(partition, records) for partition, records in placed.items()}
        place_of = iter(places)
        for one in group:
            own = islice(place_of, len(one.records))
            one.answer([_stored(firsts[partition], partition, place) for partition, place in own])

    def _append(self, partition: int, records: Sequence[NewRecord]) -> int | str:
        """Return the offset of the first of *records*, or why they are not stored."""
        try:
            first = self._log.append(EVENTS, partition, records)
        except Unavailable as error:
            self.problem = str(error)
            return self.problem
        self.problem = ""
        self.events.count(len(records))
        self.stopwatch.passed([record.time_ms for record in records])
        return first


def _stored(first: int | str, partition: int, place: int) -> Stored:
    return Stored(partition, -1, first) if isinstance(first, str) else Stored(partition, first + place)
