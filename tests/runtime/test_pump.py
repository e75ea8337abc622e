"""Pumps: each store gets every result in order, whatever happens to it or to the others."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.errors import BadSettings, PartlyRejected, PressboxError, Unavailable
from pressbox.runtime.pump import Pump
from pressbox.stream.record import NewRecord
from pressbox.stream.store import Batch, Cursor, Refusal
from tests.runtime.memory_log import Crash, MemoryLog
from tests.runtime.tally import SUMS, new_log


class Shelf:
    """
    A store that keeps what it was given, and its cursor afterwards.

    *trouble* is raised by the next calls that come: at `open`, before rows are kept, or between rows and cursor.
    """

    name = "shelf"

    def __init__(self) -> None:
        self.rows: dict[int, dict[int, str]] = {}
        self.cursors: dict[int, Cursor] = {}
        self.opening: list[BaseException] = []
        self.writing: list[BaseException] = []
        self.moving: list[BaseException] = []
        self.opened = 0
        self.given = threading.Condition()

    def open(self) -> None:
        self._stumble(self.opening)
        self.opened += 1

    def cursor(self, partition: int) -> Cursor | None:
        return self.cursors.get(partition)

    def write(self, batch: Batch[str]) -> None:
        self._stumble(self.writing)
        rows = self.rows.setdefault(batch.partition, {})
        first = batch.cursor.offset - len(batch.results)
        rows |= dict(enumerate(batch.results, first))
        self._stumble(self.moving)
        with self.given:
            self.cursors[batch.partition] = batch.cursor
            self.given.notify_all()

    def close(self) -> None: ...

    def has(self, rows: int) -> bool:
        """Wait until the first partition has so many."""
        with self.given:
            return self.given.wait_for(lambda: len(self.rows.get(0, {})) >= rows, 30)

    def _stumble(self, troubles: list[BaseException]) -> None:
        if troubles:
            raise troubles.pop(0)


def add(log: MemoryLog, *values: str, partition: int = 0) -> None:
    log.append(SUMS, partition, [NewRecord("key", msgspec.json.encode(value), 0) for value in values])


def pump_of(shelf: Shelf, log: MemoryLog, refuse: Callable[[Refusal], None] = lambda _: None) -> Pump[str]:
    return Pump(shelf, SUMS, msgspec.json.Decoder(str).decode, log, refuse=refuse)


@contextmanager
def running(*pumps: Pump[str]) -> Iterator[None]:
    stopping = threading.Event()
    with ExitStack() as ends:
        for pump in pumps:
            thread = threading.Thread(target=pump.run, args=(stopping,))
            thread.start()
            ends.callback(thread.join)
        ends.callback(stopping.set)
        yield


def soon() -> Unavailable:
    return Unavailable("away", retry_after_s=0.001)


def test_a_pump_goes_on_from_the_stores_own_cursor() -> None:
    shelf, log = Shelf(), new_log()
    add(log, "a", "b")
    pump_of(shelf, log).drain()
    add(log, "c")
    shelf.rows.clear()
    pump_of(shelf, log).drain()
    assert (shelf.rows, shelf.cursors) == ({0: {2: "c"}}, {0: Cursor(0, 3)})


def test_partitions_are_carried_side_by_side() -> None:
    shelf, log = Shelf(), new_log(partitions=2)
    add(log, "a", partition=0)
    add(log, "b", "c", partition=1)
    pump_of(shelf, log).drain()
    assert shelf.rows == {0: {0: "a"}, 1: {0: "b", 1: "c"}}


@given(st.lists(st.tuples(st.sampled_from(("open", "write", "move", "")), st.integers(0, 3)), max_size=8))
def test_any_crash_between_rows_and_cursor_ends_in_the_same_rows(turns: list[tuple[str, int]]) -> None:
    shelf, log, added = Shelf(), new_log(), 0
    for where, count in turns:
        add(log, *map(str, range(added, added + count)))
        added += count
        troubles = {"open": shelf.opening, "write": shelf.writing, "move": shelf.moving, "": []}
        troubles[where].append(Crash())
        with suppress(Crash):
            pump_of(shelf, log).drain()
    for troubles_left in (shelf.opening, shelf.writing, shelf.moving):
        troubles_left.clear()
    pump_of(shelf, log).drain()
    assert shelf.rows.get(0, {}) == {place: str(place) for place in range(added)}


def test_a_store_that_was_away_catches_up_and_the_others_never_waited() -> None:
    away, there, log = Shelf(), Shelf(), new_log()
    back = threading.Event()

    def open_when_back() -> None:
        if not back.is_set():
            raise soon()

    away.open = open_when_back  # type: ignore[method-assign]
    pumps = pump_of(away, log), pump_of(there, log)
    with running(*pumps):
        add(log, "a", "b")
        assert there.has(2)
        add(log, "c")
        assert there.has(3)
        assert away.rows == {}
        back.set()
        assert away.has(3)
    assert away.rows == there.rows


@pytest.mark.parametrize("error", [soon(), BadSettings("the password was changed")])
def test_a_store_that_fails_while_it_runs_is_opened_anew_and_the_same_batch_comes_again(
    error: PressboxError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressbox.runtime.pump._RETRY_S_MAX", 0.001)
    shelf, log = Shelf(), new_log()
    shelf.writing += [error]
    with running(pump_of(shelf, log)):
        add(log, "a")
        assert shelf.has(1)
    assert shelf.opened == 2


def test_what_is_wrong_with_a_store_is_told_until_it_works_again() -> None:
    shelf, log = Shelf(), new_log()
    add(log, "a", "b")
    pump = pump_of(shelf, log)
    shelf.opening += [soon()]
    with pytest.raises(Unavailable):
        pump.drain()
    assert (pump.state().problem, pump.state().lag) == ("away", 2)
    pump.drain()
    assert (pump.state().problem, pump.state().lag, pump.state().cursor) == ("", 0, {0: 2})


def test_a_result_the_store_refuses_for_good_is_kept_with_its_place_before_the_store_goes_on() -> None:
    shelf, log, kept = Shelf(), new_log(generation=1), list[Refusal]()
    add(log, "a", "b", "c")
    shelf.writing += [PartlyRejected({1: "too large"})]

    def refuse(refusal: Refusal) -> None:
        assert shelf.cursors == {}
        kept.append(refusal)

    pump_of(shelf, log, refuse).drain()
    assert sorted(shelf.rows[0].values()) == ["a", "c"]
    assert shelf.cursors == {0: Cursor(1, 3)}
    (record,) = log.read(SUMS, 0, 1, records_max=1)
    assert kept == [Refusal("shelf", SUMS, 1, 0, record, "too large")]


def test_a_store_does_not_go_on_while_what_it_refused_cannot_be_kept() -> None:
    shelf, log = Shelf(), new_log()
    add(log, "a", "b")
    shelf.writing += [PartlyRejected({0: "too large"})]

    def refuse(_: Refusal) -> None:
        raise soon()

    with pytest.raises(Unavailable):
        pump_of(shelf, log, refuse).drain()
    assert (shelf.rows, shelf.cursors) == ({}, {})


def test_a_refused_result_given_again_does_not_move_the_store_back() -> None:
    shelf, log, kept = Shelf(), new_log(), list[Refusal]()
    add(log, "a", "b")
    shelf.writing += [PartlyRejected({0: "too large"})]
    pump = pump_of(shelf, log, kept.append)
    pump.drain()
    shelf.rows.clear()
    shelf.writing += [PartlyRejected({0: "still"})]
    with pytest.raises(PartlyRejected):
        pump.replay(kept[0])
    pump.replay(kept[0])
    assert list(shelf.rows[0].values()) == ["a"]
    assert shelf.cursors == {0: Cursor(0, 2)}


def test_an_older_generations_cursor_begins_again() -> None:
    shelf, log = Shelf(), new_log(generation=1)
    shelf.cursors[0] = Cursor(0, 5)
    add(log, "a")
    pump_of(shelf, log).drain()
    assert (shelf.rows, shelf.cursors) == ({0: {0: "a"}}, {0: Cursor(1, 1)})


@pytest.mark.parametrize("cursor", [Cursor(0, 2), Cursor(1, 0)])
def test_a_store_that_has_more_than_the_log_waits_for_somebody(cursor: Cursor) -> None:
    shelf, log = Shelf(), new_log()
    add(log, "a")
    shelf.cursors[0] = cursor
    with pytest.raises(Unavailable, match="more than the log holds"):
        pump_of(shelf, log).drain()
    assert shelf.rows == {}


def test_a_store_that_went_away_is_known_by_its_last_cursor_and_lets_nothing_go() -> None:
    shelf, log = Shelf(), new_log()
    add(log, "a", "b")
    pump = pump_of(shelf, log)
    pump.drain()
    assert (pump.state().cursor, pump.needed()) == ({0: 2}, {0: 2})
    add(log, "c")
    shelf.writing.append(Unavailable("away"))
    with pytest.raises(Unavailable):
        pump.step()
    assert (pump.state().cursor, pump.state().lag, pump.needed()) == ({0: 2}, 1, {})
    pump.drain()
    assert (pump.state().lag, pump.needed(), pump.meter.flow().total) == (0, {0: 3}, 3)
