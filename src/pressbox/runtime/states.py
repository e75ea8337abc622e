"""
The states of a fold that are in memory, and how one that is not comes back.

Either it is folded again from the first record of its key, where that is quick, or from a checkpoint.
"""

import logging
from collections.abc import Callable
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
from msgspec import Struct

from pressbox.errors import RejectedRecord, Unavailable
from pressbox.stream.checkpoint import Checkpoint, Checkpoints
from pressbox.stream.clock import Clock
from pressbox.stream.fold import KeyedFold
from pressbox.stream.log import Log
from pressbox.stream.record import Record
from pressbox.stream.revision import revision_of

S = TypeVar("S")

_RECORDS_A_READ: Final = 500

_LOGGER: Final = logging.getLogger(__name__)


class States(Protocol[S]):
    """States by partition and key. The runner tells when the results that came with them are durable."""

    def begin(self, partition: int) -> int:
        """Return the offset to fold *partition* from."""
        ...

    def covers(self, partition: int, record: Record) -> bool:
        """Return whether *record* is in its state already, and its results are durable."""
        ...

    def before(self, partition: int, record: Record) -> S | None:
        """Return the state of the key of *record*, as the records before it left it."""
        ...

    def put(self, partition: int, record: Record, state: S) -> None:
        """Take the *state* that *record* led to; its results are not durable yet."""
        ...

    def stored(self, partition: int, next_offset: int) -> None:
        """Take note that the results of everything below *next_offset* are durable."""
        ...

    def rest(self) -> None:
        """Use a moment in which there is nothing to fold and all results are durable: let go of what nobody needs."""
        ...

    def needed(self, next_offsets: dict[int, int]) -> dict[int, int]:
        """Return, by partition, the offset a restart has to fold from."""
        ...


class RefoldedStates(Generic[S]):
    """
    States that are kept nowhere else: at start everything is folded again.

    One that *is_done* leaves memory after *done_state_s* and is folded again from its first record when another comes.
    """

    def __init__(
        self, fold: KeyedFold[S, Any, Any], log: Log, clock: Clock, *, is_done: Callable[[S], bool], done_state_s: float
    ) -> None:
        self._fold, self._log, self._clock = fold, log, clock
        self._is_done = is_done
        self._done_state_s = done_state_s
        self._generation = log.generation(fold.source)
        self._states: dict[tuple[int, str], S] = {}
        self._done_since_s: dict[tuple[int, str], float] = {}
        self._begun_at: dict[tuple[int, str], int] = {}

    def begin(self, partition: int) -> int:
        """Return the offset to fold *partition* from: the first there is."""
        del partition
        return 0

    def covers(self, partition: int, record: Record) -> bool:
        """Return False: nothing is kept that could hold it already."""
        del partition, record
        return False

    def before(self, partition: int, record: Record) -> S | None:
        """Return the state of the record's key, folded again from its beginning where it was let go."""
        place = partition, record.key
        state, begun_at = self._states.get(place), self._begun_at.get(place)
        if state is not None or begun_at is None:
            return state
        offset = begun_at
        while offset < record.offset:
            for earlier in self._log.read(self._fold.source, partition, offset, records_max=_RECORDS_A_READ):
                offset = earlier.offset + 1
                if earlier.key == record.key and earlier.offset < record.offset:
                    state = self._folded_again(state, earlier)
        return state

    def put(self, partition: int, record: Record, state: S) -> None:
        """Keep *state*."""
        self._states[partition, record.key] = state
        self._begun_at.setdefault((partition, record.key), record.offset)

    def stored(self, partition: int, next_offset: int) -> None:
        """Nothing to do: a restart folds everything again."""

    def rest(self) -> None:
        """Let go of states that have been done for a while, so that memory does not grow with the season."""
        now_s = self._clock.monotonic_s()
        for place, state in list(self._states.items()):
            if not self._is_done(state):
                self._done_since_s.pop(place, None)
            elif now_s - self._done_since_s.setdefault(place, now_s) >= self._done_state_s:
                del self._states[place], self._done_since_s[place]

    def needed(self, next_offsets: dict[int, int]) -> dict[int, int]:
        """Return, by partition, where the oldest state that is not done began."""
        needed = dict(next_offsets)
        for (partition, key), state in list(self._states.items()):
            if not self._is_done(state):
                needed[partition] = min(needed[partition], self._begun_at[partition, key])
        return needed

    def _folded_again(self, state: S | None, record: Record) -> S | None:
        try:
            decoded = self._fold.decode(record.value)
            state, _ = self._fold.apply(state, revision_of(self._generation, record.offset), decoded, silent=True)
        except (RejectedRecord, msgspec.DecodeError):
            return state  # it was rejected the first time, and told then
        return state


class _Kept(Struct, Generic[S]):
    """A state in memory: its checkpoint covers what is below *next*; *dirty_from* is its first record after that."""

    state: S | None
    next: int
    written_s: float
    dirty_from: int | None = None


class CheckpointedStates(Generic[S]):
    """
    States with checkpoints: a restart folds what came since, and a state nobody adds to leaves memory.

    Each state that changes is written every *every_s*, one at a time, so that the fold never stops for long. One that
    has been still for *still_s* is let go of, and comes back from its checkpoint.
    """

    def __init__(
        self,
        fold: KeyedFold[S, Any, Any],
        checkpoints: Checkpoints,
        clock: Clock,
        *,
        generation: int,
        every_s: float = 10.0,
        still_s: float = 600.0,
    ) -> None:
        if fold.freeze is None or fold.thaw is None:
            message = f"fold {fold.name} has states that cannot be written"
            raise ValueError(message)
        self._freeze, self._thaw, self._version = fold.freeze, fold.thaw, fold.version
        self._name = fold.name
        self._checkpoints, self._clock = checkpoints, clock
        self._generation = generation
        self._every_s, self._still_s = every_s, still_s
        self._kept: dict[int, dict[str, _Kept[S]]] = {}
        self._begin: dict[int, int] = {}
        self._next: dict[int, int] = {}
        self._looked_s = float("-inf")

    def begin(self, partition: int) -> int:
        """Return the offset to fold *partition* from: no state lacks anything before it."""
        self._kept[partition] = {}
        self._begin[partition] = self._checkpoints.begin(partition, self._generation, self._version)
        return self._begin[partition]

    def covers(self, partition: int, record: Record) -> bool:
        """Return whether the checkpoint of the record's key holds *record*."""
        return record.offset < self._of(partition, record.key).next

    def before(self, partition: int, record: Record) -> S | None:
        """Return the state of the record's key, from its checkpoint where it is not in memory."""
        return self._of(partition, record.key).state

    def put(self, partition: int, record: Record, state: S) -> None:
        """Keep *state*, to be written before long."""
        kept = self._of(partition, record.key)
        kept.state = state
        if kept.dirty_from is None:
            kept.dirty_from = record.offset

    def stored(self, partition: int, next_offset: int) -> None:
        """Write the state that has waited longest, if one has waited long enough."""
        self._next[partition] = next_offset
        self._write_due(partition, self._clock.monotonic_s())

    def look(self, partition: int, key: str) -> S | None:
        """Return the state of *key* without taking it into memory; safe from any thread that changes nothing of it."""
        kept = self._kept[partition].get(key)
        if kept is not None:
            return kept.state
        found = self._checkpoints.read(partition, key)
        return None if found is None else self._thaw(found.state)

    def rest(self) -> None:
        """Write a state that nothing more came for, and let go of those that have been still."""
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s < 1.0:
            return
        self._looked_s = now_s
        for partition, kept in self._kept.items():
            self._write_due(partition, now_s)
            for key in [key for key, one in kept.items() if one.dirty_from is None and self._is_still(one, now_s)]:
                del kept[key]

    def flush(self, next_offsets: dict[int, int]) -> None:
        """Write every state; all results below *next_offsets* are durable."""
        now_s = self._clock.monotonic_s()
        for partition, next_offset in next_offsets.items():
            dirty = [key for key, kept in self._kept[partition].items() if kept.dirty_from is not None]
            self._write(partition, next_offset, dirty, now_s)

    def needed(self, next_offsets: dict[int, int]) -> dict[int, int]:
        """Return the offset a restart folds from, by partition."""
        return {partition: self._begin.get(partition, 0) for partition in next_offsets}

    def _write_due(self, partition: int, now_s: float) -> None:
        due = [
            (kept.written_s, key)
            for key, kept in self._kept[partition].items()
            if kept.dirty_from is not None and now_s - kept.written_s >= self._every_s
        ]
        if due:
            _, key = min(due)
            self._write(partition, self._next[partition], [key], now_s)

    def _is_still(self, kept: _Kept[S], now_s: float) -> bool:
        return now_s - kept.written_s >= self._still_s

    def _of(self, partition: int, key: str) -> _Kept[S]:
        of_partition = self._kept[partition]
        kept = of_partition.get(key)
        if kept is None:
            found = self._checkpoints.read(partition, key)
            state = None if found is None else self._thaw(found.state)
            next_offset = 0 if found is None else found.next
            kept = of_partition[key] = _Kept(state, next_offset, self._clock.monotonic_s())
        return kept

    def _write(self, partition: int, next_offset: int, keys: list[str], now_s: float) -> None:
        of_partition = self._kept[partition]
        waiting = [
            one.dirty_from for key, one in of_partition.items() if one.dirty_from is not None and key not in keys
        ]
        begin = min(waiting, default=next_offset)
        written = {
            key: Checkpoint(next_offset, self._freeze(state))
            for key in keys
            if (state := of_partition[key].state) is not None
        }
        for key in keys:
            of_partition[key].written_s = now_s  # also where it fails: then it is tried again as late
        try:
            self._checkpoints.write(partition, begin, written)
        except Unavailable as error:
            _LOGGER.warning("fold %s goes on without a checkpoint: %s", self._name, error)
            return
        self._begin[partition] = begin
        for key in keys:
            of_partition[key].next = next_offset
            of_partition[key].dirty_from = None
