"""
A pump: carries the results of one topic to one store, from the store's own cursor.

A store that cannot be reached never stops the others: its pump waits and tries again, and catches up when it is back.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct

from pressbox.errors import BadSettings, PartlyRejected, Unavailable
from pressbox.stream.clock import Clock, SystemClock
from pressbox.stream.log import Log
from pressbox.stream.meter import Meter, Stopwatch
from pressbox.stream.record import Record
from pressbox.stream.store import Batch, Cursor, Refusal, Store

R = TypeVar("R")

_RESULTS_A_BATCH: Final = 500
_WAIT_S: Final = 0.5
_RETRY_S_MAX: Final = 30.0

_LOGGER: Final = logging.getLogger(__name__)


class PumpState(Struct, frozen=True):
    """
    Where a store stands: its *cursor* by partition, how many results wait, and what is wrong, if anything.

    While the store is away the cursor is the last one known.
    """

    store: str
    topic: str
    cursor: dict[int, int]
    lag: int
    problem: str


class Pump(Generic[R]):
    """
    Feeds *store* with the results of *topic*.

    With *rest_s* it rests after each batch, so that a store whose transactions cost much has fewer and larger ones.
    *refuse* keeps what the store refuses for good, before the store's cursor moves past it.
    """

    def __init__(
        self,
        store: Store[R],
        topic: str,
        decode: Callable[[bytes], R],
        log: Log,
        *,
        rest_s: float = 0.0,
        clock: Clock | None = None,
        refuse: Callable[[Refusal], None] = lambda _: None,
    ) -> None:
        self.store = store
        self.topic = topic
        self._decode = decode
        self._log = log
        self._rest_s = rest_s
        self._next: dict[int, int] | None = None
        self._known: dict[int, int] = {}
        self.meter = Meter(clock or SystemClock())
        self.stopwatch = Stopwatch(clock or SystemClock())
        self._refuse = refuse
        self._turn = threading.Lock()
        self._problem = ""

    def run(self, stopping: threading.Event) -> None:
        """Carry results until *stopping* is set."""
        retry_s = 0.0
        while not stopping.is_set():
            try:
                if not self.step():
                    self._wait()
                elif self._rest_s:
                    stopping.wait(self._rest_s)
                retry_s = 0.0
            except Unavailable as error:
                retry_s = min(max(error.retry_after_s, retry_s * 2), _RETRY_S_MAX)
                stopping.wait(retry_s)
            except BadSettings:  # somebody changed the store under way; it may be changed back
                stopping.wait(_RETRY_S_MAX)

    def drain(self) -> None:
        """Carry everything there is now; see `step`."""
        while self.step():
            pass

    def step(self) -> int:
        """
        Carry one batch of each partition and return how many results that were.

        Raises:
            Unavailable: the store cannot take them now; the next call opens it anew and begins with them.
            BadSettings: the store cannot take them as it is set.
        """
        try:
            with self._turn:
                carried = self._carry()
        except (Unavailable, BadSettings) as error:
            self._tell_once(str(error))
            self._next = None
            raise
        self._problem = ""
        return carried

    def replay(self, refusal: Refusal) -> None:
        """
        Give the store a result again that it refused.

        Raises:
            PartlyRejected: it refuses it still.
            Unavailable: the store cannot take it now.
            BadSettings: the store cannot take it as it is set.
        """
        with self._turn:
            cursor = Cursor(self._log.generation(self.topic), self._positions()[refusal.partition])
            self.store.write(self._batch(refusal.partition, [refusal.record], cursor))

    def _carry(self) -> int:
        positions = self._positions()
        carried = 0
        for partition, offset in positions.items():
            records = self._log.read(self.topic, partition, offset, records_max=_RESULTS_A_BATCH)
            if not records:
                continue
            cursor = Cursor(self._log.generation(self.topic), records[-1].offset + 1)
            self._write(partition, records, cursor)
            positions[partition] = cursor.offset
            carried += len(records)
            self.meter.count(len(records))
            self.stopwatch.passed([record.time_ms for record in records])
        return carried

    def _write(self, partition: int, records: Sequence[Record], cursor: Cursor) -> None:
        try:
            self.store.write(self._batch(partition, records, cursor))
        except PartlyRejected as error:
            for place, reason in error.reasons.items():
                _LOGGER.warning("store %s refuses %r: %s", self.store.name, records[place], reason)
                generation = self._log.generation(self.topic)
                self._refuse(Refusal(self.store.name, self.topic, generation, partition, records[place], reason))
            rest = [record for place, record in enumerate(records) if place not in error.reasons]
            self._write(partition, rest, cursor)

    def _batch(self, partition: int, records: Sequence[Record], cursor: Cursor) -> Batch[R]:
        results = [self._decode(record.value) for record in records]
        return Batch(partition, results, cursor, [record.time_ms for record in records])

    def state(self) -> PumpState:
        """Return where the store stands."""
        cursor = dict(self._next or self._known)
        starts = {one: self._log.start(self.topic, one) for one in self._partitions()}
        lag = sum(self._log.end(self.topic, one) - max(start, cursor.get(one, 0)) for one, start in starts.items())
        return PumpState(self.store.name, self.topic, cursor, lag, self._problem)

    def needed(self) -> dict[int, int]:
        """Return, by partition, the offset the store still needs; none while it is away, so that nothing may go."""
        return dict(self._next or {})

    def _positions(self) -> dict[int, int]:
        if self._next is None:
            self.store.open()
            self._known = self._next = {partition: self._first(partition) for partition in self._partitions()}
        return self._next

    def _first(self, partition: int) -> int:
        cursor = self.store.cursor(partition)
        if cursor is None or cursor.generation < self._log.generation(self.topic):
            return self._log.start(self.topic, partition)
        if (cursor.generation, cursor.offset) > (
            self._log.generation(self.topic),
            self._log.end(self.topic, partition),
        ):
            raise Unavailable(
                f"has taken {cursor.offset} results of {self.topic}, more than the log holds: the log was lost; "
                "start pressbox again to begin a new generation"
            )
        return cursor.offset

    def _partitions(self) -> range:
        return range(self._log.partitions(self.topic))

    def _wait(self) -> None:
        partitions = self._partitions()
        wait_s = _WAIT_S if len(partitions) == 1 else _WAIT_S / 100
        positions: dict[int, Any] = self._positions()
        self._log.wait(self.topic, 0, positions[0], timeout_s=wait_s)

    def _tell_once(self, problem: str) -> None:
        if problem != self._problem:
            _LOGGER.warning("store %s: %s", self.store.name, problem)
        self._problem = problem
