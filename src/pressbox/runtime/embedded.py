"""
The embedded engine: one thread folds a topic in this process.

Order is everything: input durable, then results durable, then anything stored about them. At start the topic is folded
again, from the beginning or from the checkpoints of its states, silently up to the last result its target topics hold,
and nothing at or below that mark is appended a second time.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from pressbox.errors import RejectedRecord, Unavailable
from pressbox.runtime.states import States
from pressbox.stream.clock import Clock
from pressbox.stream.fold import HasMark, KeyedFold
from pressbox.stream.log import Log
from pressbox.stream.meter import Meter, Stopwatch
from pressbox.stream.record import NewRecord, Record
from pressbox.stream.revision import BEFORE_ALL, Mark, revision_of

S = TypeVar("S")
I_ = TypeVar("I_")
O_ = TypeVar("O_", bound=HasMark)

_RECORDS_A_BATCH: Final = 500
_WAIT_S: Final = 0.5

_LOGGER: Final = logging.getLogger(__name__)


class _Mark(Struct):
    revision: int
    index: int


_decode_mark = msgspec.json.Decoder(_Mark).decode


class Moved(Struct, Generic[S]):
    """A state that a batch changed, when the log got the newest record of its key, and that record's revision."""

    state: S
    time_ms: int
    revision: int


class _Unstored(Struct, Generic[S]):
    """Results of a folded batch on their way to the log, and where the next batch begins."""

    groups: dict[str, list[NewRecord]]
    moved: dict[str, Moved[S]]
    times_ms: list[int]
    next_offset: int


class Recovery(Struct, frozen=True):
    """What folding the log again at start did: the records it read, the results it appended, and how long it took."""

    records: int = 0
    results: int = 0
    took_s: float = 0.0


class EmbeddedRunner(Generic[S, I_, O_]):
    """
    Runs one fold over all partitions of its topic, and keeps its states in *states*.

    *reject* makes the result that tells of a record the fold could not take, given its revision and the reason. *moved*
    is called after each batch with the states that changed, by key, once the log has their results. *idle* is called
    when there is nothing to fold, and returns how long it may wait for something.
    """

    def __init__(
        self,
        fold: KeyedFold[S, I_, O_],
        log: Log,
        clock: Clock,
        *,
        reject: Callable[[Record, int, str], O_],
        states: States[S],
        moved: Callable[[Mapping[str, Moved[S]]], None],
        idle: Callable[[], float] = lambda: _WAIT_S,
    ) -> None:
        self._fold = fold
        self._log = log
        self._clock = clock
        self._reject = reject
        self._observe: Callable[[str, I_], None] | None = None
        self._moved = moved
        self._idle = idle
        self._states = states
        self._generation = log.generation(fold.source)
        self._partitions = range(log.partitions(fold.source))
        self._next = dict.fromkeys(self._partitions, 0)
        self._stored: dict[tuple[str, int], Mark] = {}
        self._unstored: dict[int, _Unstored[S]] = {}
        self.meter = Meter(clock)
        self.stopwatch = Stopwatch(clock)
        self.recovery = Recovery()
        self.problem = ""

    def recover(self, observe: Callable[[str, I_], None]) -> None:
        """
        Fold everything the log holds, appending only the results that a crash kept from their topics.

        *observe* is called with the key and value of every record, in order.

        Raises:
            Corrupted: the log is damaged.
            Unavailable: the log cannot take a result now.
        """
        self._observe = observe
        began_s, stored_before, records = self._clock.monotonic_s(), self._ends_of_targets(), 0
        for partition in self._partitions:
            for topic in self._fold.targets:
                self._stored[topic, partition] = self._last_mark(topic, partition)
            self._next[partition] = self._states.begin(partition)
            while folded := self.step(partition):
                records += folded
        self._observe = None
        results = self._ends_of_targets() - stored_before
        self.recovery = Recovery(records, results, self._clock.monotonic_s() - began_s)

    def run(self, stopping: threading.Event) -> None:
        """Fold what comes until *stopping* is set."""
        while not stopping.is_set():
            try:
                busy = sum(self.step(partition) for partition in self._partitions) > 0
            except Unavailable as error:
                self.problem = str(error)
                _LOGGER.warning("fold %s waits: %s", self._fold.name, error)
                stopping.wait(error.retry_after_s)
                continue
            self.problem = ""
            if not busy:
                self._states.rest()
                wait_s = self._idle()
                if len(self._partitions) > 1:  # waiting on the first only is enough, if the others are looked at often
                    wait_s = min(wait_s, _WAIT_S / 100)
                self._log.wait(self._fold.source, 0, self._next[0], timeout_s=wait_s)

    def step(self, partition: int) -> int:
        """
        Fold one batch of *partition*, append its results, and return how many records it had.

        Raises:
            Unavailable: the log cannot take the results now; they are kept, and the next call begins with them.
        """
        self._store(partition)
        records = self._log.read(self._fold.source, partition, self._next[partition], records_max=_RECORDS_A_BATCH)
        if not records:
            return 0
        times_ms = [record.time_ms for record in records]
        groups: dict[str, list[NewRecord]] = {topic: [] for topic in self._fold.targets}
        unstored: _Unstored[S] = _Unstored(groups, {}, times_ms, records[-1].offset + 1)
        for record in records:
            self._fold_one(record, partition, unstored)
        self._unstored[partition] = unstored
        self._store(partition)
        return len(records)

    def _store(self, partition: int) -> None:
        unstored = self._unstored.get(partition)
        if unstored is None:
            return
        for topic, group in unstored.groups.items():
            if group:
                self._log.append(topic, partition, group)
                group.clear()
        self._moved(unstored.moved)
        self._next[partition] = unstored.next_offset
        del self._unstored[partition]
        self._states.stored(partition, unstored.next_offset)
        if self._observe is None:
            self.meter.count(len(unstored.times_ms))
            self.stopwatch.passed(unstored.times_ms)

    def lag(self) -> int:
        """Return the number of records that wait to be folded."""
        return sum(self._log.end(self._fold.source, one) - self._next[one] for one in self._partitions)

    def cursors(self) -> dict[int, int]:
        """Return the next offset to fold, by partition."""
        return dict(self._next)

    def needed(self) -> dict[int, int]:
        """Return, by partition, the offset from which a restart has to fold."""
        return self._states.needed(dict(self._next))

    def settled(self) -> dict[int, int]:
        """Return, by partition, the next offset to fold, of those whose states are no further than their results."""
        return {one: offset for one, offset in self._next.items() if one not in self._unstored}

    def _fold_one(self, record: Record, partition: int, unstored: _Unstored[S]) -> None:
        if self._states.covers(partition, record):
            return
        revision = revision_of(self._generation, record.offset)
        silent = revision <= self._stored[self._fold.targets[-1], partition][0]
        outcome: Sequence[O_]
        try:
            decoded = self._fold.decode(record.value)
            state, outcome = self._fold.apply(self._states.before(partition, record), revision, decoded, silent=silent)
            if self._observe is not None:
                self._observe(record.key, decoded)
            if state is not None:
                self._states.put(partition, record, state)
                unstored.moved[record.key] = Moved(state, record.time_ms, revision)
        except (RejectedRecord, msgspec.DecodeError) as error:
            outcome = () if silent else (self._reject(record, revision, str(error)),)
        now_ms = self._clock.now_ms()
        for result in outcome:
            topic = self._fold.topic_of(result)
            if (result.revision, result.index) > self._stored[topic, partition]:
                unstored.groups[topic].append(NewRecord(record.key, self._fold.encode(result), now_ms))

    def _ends_of_targets(self) -> int:
        return sum(self._log.end(topic, partition) for topic in self._fold.targets for partition in self._partitions)

    def _last_mark(self, topic: str, partition: int) -> Mark:
        end = self._log.end(topic, partition)
        if end == self._log.start(topic, partition):
            return BEFORE_ALL
        (last,) = self._log.read(topic, partition, end - 1, records_max=1)
        mark = _decode_mark(last.value)
        return (mark.revision, mark.index)
