"""States with checkpoints: what a fold writes is what it writes without them, wherever it was cut off."""

from collections.abc import Mapping
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from pressbox.errors import Unavailable
from pressbox.runtime.states import CheckpointedStates
from pressbox.stream.checkpoint import Checkpoint
from tests.contracts.checkpoints import CheckpointsContract
from tests.runtime.memory_log import Crash, MemoryLog, Moment, crash_at
from tests.runtime.tally import REFUSED, TALLY, Bench, Number, Tally, add, new_log, results
from tests.sources.fake_objects import FakeClock

EVERY_S, STILL_S = 10.0, 100.0

numbers = st.builds(Number, st.sampled_from("abc"), st.integers(-2, 60), st.integers(1, 3))
groups = st.lists(st.lists(numbers, min_size=1, max_size=4), max_size=8)
pauses = st.lists(st.sampled_from((0.0, EVERY_S, STILL_S)), min_size=8, max_size=8)
crashes = st.lists(
    st.none() | st.tuples(st.integers(0, 4), st.sampled_from(("before", "after"))), min_size=8, max_size=8
)


class MemoryCheckpoints:
    """Checkpoints that outlive their runner and nothing else."""

    def __init__(self) -> None:
        self.kept: dict[int, dict[str, Checkpoint]] = {}
        self.begins: dict[int, tuple[int, int, int]] = {}
        self.away = False

    def begin(self, partition: int, generation: int, version: int) -> int:
        found = self.begins.get(partition)
        if found is None or found[:2] != (generation, version):
            self.begins[partition] = generation, version, 0
            self.kept[partition] = {}
        return self.begins[partition][2]

    def read(self, partition: int, key: str) -> Checkpoint | None:
        return self.kept.get(partition, {}).get(key)

    def write(self, partition: int, begin: int, checkpoints: Mapping[str, Checkpoint]) -> None:
        if self.away:
            raise Unavailable("away")
        self.begins[partition] = (*self.begins[partition][:2], begin)
        self.kept[partition].update(checkpoints)

    def close(self) -> None:
        """Nothing to let go of."""


class TestMemoryCheckpoints(CheckpointsContract):
    def setup_method(self) -> None:
        self.place = MemoryCheckpoints()

    def opened(self) -> MemoryCheckpoints:
        return self.place


class Kept:
    """A runner with checkpoints, which can be begun again over the same log."""

    def __init__(self, log: MemoryLog, clock: FakeClock, checkpoints: MemoryCheckpoints) -> None:
        self.states: CheckpointedStates[Tally] = CheckpointedStates(
            TALLY, checkpoints, clock, generation=0, every_s=EVERY_S, still_s=STILL_S
        )
        self.bench = Bench(log, clock, self.states)


def straight(batches: list[list[Number]]) -> MemoryLog:
    log = new_log()
    add(log, *(number for batch in batches for number in batch))
    Bench(log).recover()
    return log


@given(groups, crashes, pauses)
def test_any_cut_with_checkpoints_in_between_gives_each_result_once_and_in_order(
    batches: list[list[Number]], troubles: list[tuple[int, Moment] | None], waits: list[float]
) -> None:
    log, clock, checkpoints = new_log(), FakeClock(), MemoryCheckpoints()
    one = Kept(log, clock, checkpoints)
    one.bench.recover()
    for batch, trouble, wait_s in zip(batches, troubles, waits, strict=False):
        add(log, *batch)
        clock.go(wait_s)
        if trouble is None:
            one.bench.run()
            one.states.rest()
            continue
        log.trouble = crash_at(*trouble)
        with suppress(Crash):
            one.bench.run()
        log = log.reopened()
        one = Kept(log, clock, checkpoints)
        one.bench.recover()
    one.bench.run()
    expected = straight(batches)
    assert results(log) == results(expected)
    assert results(log, REFUSED) == results(expected, REFUSED)


def test_a_restart_folds_only_what_came_after_the_oldest_checkpoint() -> None:
    log, clock, checkpoints = new_log(), FakeClock(), MemoryCheckpoints()
    one = Kept(log, clock, checkpoints)
    one.bench.recover()
    add(log, Number("a", 1), Number("b", 1))
    one.bench.run()
    one.states.flush(one.bench.runner.settled())
    add(log, Number("a", 2))
    one.bench.run()
    again = Kept(log, clock, checkpoints)
    again.bench.recover()
    assert again.bench.runner.recovery.records == 1
    add(log, Number("a", 4), Number("b", 8))
    again.bench.run()
    assert [said.sum for said in results(log)] == [1, 1, 3, 7, 9]


def test_states_are_written_one_at_a_time_and_only_so_often() -> None:
    log, clock, checkpoints = new_log(), FakeClock(), MemoryCheckpoints()
    one = Kept(log, clock, checkpoints)
    one.bench.recover()
    for _ in range(2):
        add(log, Number("a", 1), Number("b", 1))
        one.bench.run()
    assert checkpoints.kept[0] == {}
    clock.go(EVERY_S)
    written = []
    for _ in range(3):
        add(log, Number("a", 1), Number("b", 1))
        one.bench.run()
        written.append(len(checkpoints.kept[0]))
    assert written == [1, 2, 2]


def test_a_still_state_leaves_memory_and_comes_back_from_its_checkpoint() -> None:
    log, clock, checkpoints = new_log(), FakeClock(), MemoryCheckpoints()
    one = Kept(log, clock, checkpoints)
    one.bench.recover()
    add(log, Number("a", 1))
    one.bench.run()
    one.states.flush(one.bench.runner.settled())
    clock.go(STILL_S)
    one.states.rest()
    assert one.states._kept[0] == {}
    add(log, Number("a", 1))
    one.bench.run()
    assert [said.sum for said in results(log)] == [1, 2]


def test_a_state_nothing_more_comes_for_is_written_and_let_go_of_as_well() -> None:
    log, clock, checkpoints = new_log(), FakeClock(), MemoryCheckpoints()
    one = Kept(log, clock, checkpoints)
    one.bench.recover()
    add(log, Number("a", 1))
    one.bench.run()
    clock.go(EVERY_S)
    one.states.rest()
    assert (checkpoints.kept[0]["a"].next, one.bench.runner.needed()) == (1, {0: 1})
    clock.go(STILL_S)
    one.states.rest()
    assert one.states._kept[0] == {}


def test_checkpoints_that_cannot_be_written_stop_nothing_and_follow_later() -> None:
    log, clock, checkpoints = new_log(), FakeClock(), MemoryCheckpoints()
    one = Kept(log, clock, checkpoints)
    one.bench.recover()
    checkpoints.away = True
    clock.go(EVERY_S)
    add(log, Number("a", 1))
    one.bench.run()
    assert (checkpoints.kept[0], one.bench.runner.needed()) == ({}, {0: 0})
    checkpoints.away = False
    clock.go(EVERY_S)
    add(log, Number("a", 1))
    one.bench.run()
    assert (checkpoints.kept[0]["a"].next, one.bench.runner.needed()) == (2, {0: 2})
