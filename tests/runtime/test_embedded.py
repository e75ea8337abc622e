"""The embedded engine: what it writes is what a straight run writes, whatever happens to it."""

import threading
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.errors import Unavailable
from pressbox.stream.record import NewRecord
from pressbox.stream.revision import revision_of
from tests.runtime.memory_log import Crash, MemoryLog, Moment, crash_at, disk_full
from tests.runtime.tally import DONE_S, NUMBERS, REFUSED, SUMS, Bench, Number, Said, add, new_log, results
from tests.sources.fake_objects import FakeClock

numbers = st.builds(Number, st.sampled_from("abc"), st.integers(-2, 60), st.integers(1, 3))
groups = st.lists(st.lists(numbers, min_size=1, max_size=4), max_size=6)
crashes = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(("before", "after"))), max_size=8)


def straight(batches: list[list[Number]]) -> MemoryLog:
    """Return the log after one run over everything, record by record."""
    log = new_log()
    bench = Bench(log)
    bench.recover()
    for number in (number for batch in batches for number in batch):
        add(log, number)
        bench.run()
    return log


@given(groups, crashes)
def test_any_cut_with_a_crash_at_any_append_gives_each_result_once_and_in_order(
    batches: list[list[Number]], troubles: list[tuple[int, Moment]]
) -> None:
    log, left = new_log(), list(troubles)
    for batch in batches:
        log = log.reopened()
        add(log, *batch)
        if left:
            log.trouble = crash_at(*left.pop())
            with suppress(Crash):
                bench = Bench(log)
                bench.recover()
                bench.run()
    log = log.reopened()
    bench = Bench(log)
    bench.recover()
    expected = straight(batches)
    assert results(log) == results(expected)
    assert results(log, REFUSED) == results(expected, REFUSED)


@given(groups, st.data())
def test_a_log_that_takes_nothing_for_a_while_gets_each_result_once(
    batches: list[list[Number]], data: st.DataObject
) -> None:
    log = new_log()
    bench = Bench(log)
    bench.recover()
    for batch in batches:
        add(log, *batch)
        refuse_at(log, data.draw(st.integers(0, 2)))
        with suppress(Unavailable):
            bench.run()
        log.trouble = lambda _moment: None
    bench.run()
    expected = straight(batches)
    assert results(log) == results(expected)
    assert results(log, REFUSED) == results(expected, REFUSED)


def refuse_at(log: MemoryLog, append: int) -> None:
    """Let the log refuse every append from this one on."""
    taken = append

    def trouble(moment: Moment) -> None:
        nonlocal taken
        if moment == "before":
            taken -= 1
            if taken < 0:
                disk_full(moment)

    log.trouble = trouble


@given(groups, st.lists(st.sampled_from((0.0, DONE_S + 1)), max_size=6))
def test_states_that_left_memory_are_folded_again_when_another_record_comes(
    batches: list[list[Number]], pauses: list[float]
) -> None:
    log, left = new_log(), list(pauses)
    bench = Bench(log)
    bench.recover()
    for batch in batches:
        add(log, *batch)
        bench.run()
        bench.states.rest()
        bench.clock.go(left.pop() if left else 0.0)
        bench.states.rest()
    assert results(log) == results(straight(batches))


def test_a_done_state_leaves_memory_after_its_time_and_no_other_does() -> None:
    log = new_log()
    bench = Bench(log)
    bench.recover()
    add(log, Number("done", 100), Number("open", 1))
    bench.run()
    bench.states.rest()
    bench.clock.go(DONE_S)
    assert set(bench.states._states) == {(0, "done"), (0, "open")}
    bench.states.rest()
    assert set(bench.states._states) == {(0, "open")}


def test_a_state_is_folded_again_past_records_that_were_refused() -> None:
    log = new_log()
    bench = Bench(log)
    bench.recover()
    add(log, Number("a", 60), Number("a", -1))
    log.append(NUMBERS, 0, [NewRecord("a", b"no JSON", 0)])
    add(log, Number("a", 60))
    bench.run()
    bench.states.rest()
    bench.clock.go(DONE_S)
    bench.states.rest()
    add(log, Number("a", 1))
    bench.run()
    assert results(log)[-1].sum == 121


def test_a_record_that_is_refused_gives_its_reason_and_stops_nothing() -> None:
    log = new_log()
    add(log, Number("a", 1), Number("a", -1), Number("a", 2))
    log.append(NUMBERS, 0, [NewRecord("b", b"no JSON", 0)])
    Bench(log).recover()
    assert [said.sum for said in results(log)] == [1, 3]
    first, second = results(log, REFUSED)
    assert (first.reason, second.key) == ("-1 is below zero", "b")


def test_results_carry_the_revision_of_their_record_and_generation() -> None:
    log = new_log(generation=2)
    add(log, Number("a", 1), Number("b", 2, times=2))
    Bench(log).recover()
    second = revision_of(2, 1)
    assert results(log) == [Said(revision_of(2, 0), 0, "a", 1), Said(second, 0, "b", 2), Said(second, 1, "b", 2)]


def test_every_partition_is_folded_for_itself() -> None:
    log = new_log(partitions=2)
    add(log, Number("a", 1))
    add(log, Number("b", 2), Number("b", 2), partition=1)
    bench = Bench(log)
    bench.recover()
    assert [[said.sum for said in results(log, SUMS, one)] for one in (0, 1)] == [[1], [2, 4]]
    assert bench.runner.lag() == 0


def test_what_the_log_holds_is_shown_once_at_start_in_order() -> None:
    log = new_log()
    add(log, Number("a", 1), Number("b", 2))
    bench = Bench(log)
    bench.recover()
    add(log, Number("a", 3))
    bench.run()
    assert bench.observed == [("a", 1), ("b", 2)]


def test_moved_states_are_told_before_nothing_lags_any_more() -> None:
    log = new_log()
    bench = Bench(log)
    bench.recover()
    add(log, Number("a", 1))
    bench.run()
    assert bench.sums == {"a": 1}
    assert bench.lag_when_told == [1]


def test_moved_states_say_when_the_log_got_their_newest_record() -> None:
    log = new_log()
    records = [(Number("a", 1), 1000), (Number("b", 1), 2000), (Number("a", 2), 3000)]
    log.append(NUMBERS, 0, [NewRecord(one.key, msgspec.json.encode(one), time_ms) for one, time_ms in records])
    bench = Bench(log)
    bench.recover()
    assert bench.times_ms == {"a": 3000, "b": 2000}


def test_a_running_fold_waits_for_the_log_and_says_why() -> None:
    log = new_log()
    bench = Bench(log, FakeClock())
    bench.recover()
    told, stopping = threading.Event(), threading.Event()

    def trouble(moment: Moment) -> None:
        if moment == "before" and not told.is_set():
            told.set()
            raise Unavailable("the disk is full", retry_after_s=0.001)

    add(log, Number("a", 1))
    log.trouble = trouble
    running = threading.Thread(target=bench.runner.run, args=(stopping,))
    running.start()
    assert log.wait(SUMS, 0, 0, timeout_s=30)
    stopping.set()
    running.join()
    assert told.is_set()
    assert [said.sum for said in results(log)] == [1]


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_running_fold_takes_what_comes_in_any_partition(partitions: int) -> None:
    log = new_log(partitions)
    bench = Bench(log)
    bench.recover()
    stopping = threading.Event()
    running = threading.Thread(target=bench.runner.run, args=(stopping,))
    running.start()
    for partition in range(partitions):
        add(log, Number("a", 1), partition=partition)
        assert log.wait(SUMS, partition, 0, timeout_s=30)
    stopping.set()
    running.join()
