"""The log on a disk that loses power, tears writes, fills up and fails: what was acknowledged is there afterwards."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NoReturn

import pytest

from pressbox.errors import Unavailable
from pressbox.log.finding import Damage
from pressbox.log.segments import SegmentLog
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord, Record
from tests.log.simulated_disk import PowerLoss, SimulatedDisk

_ROUNDS = 12


class Machine:
    """A log on a simulated disk, and what a client of it knows: acknowledged records, and one append in doubt."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.disk = SimulatedDisk(self.random)
        self.folder = folder
        self.acknowledged: list[NewRecord] = []
        self.doubtful: list[NewRecord] = []
        self.log: SegmentLog | None = None

    def start(self) -> SegmentLog:
        self.log = SegmentLog(self.folder, [Topic("games")], now_ms=lambda: 1, segment_bytes=4096, disk=self.disk)
        return self.log

    def append(self, log: SegmentLog) -> None:
        self.doubtful = [self.record() for _ in range(self.random.randint(1, 5))]
        offset = log.append("games", 0, self.doubtful)
        assert offset == len(self.acknowledged)
        self.acknowledged += self.doubtful
        self.doubtful = []

    def record(self) -> NewRecord:
        zeroes = self.random.random() < 0.3  # a torn group may well begin or end with what looks like empty space
        length = self.random.randint(0, 900)
        return NewRecord(str(self.random.random()), bytes(length) if zeroes else self.random.randbytes(length), 1)

    def append_until_something_happens(self, log: SegmentLog) -> NoReturn:
        while True:
            self.append(log)

    def run(self) -> NoReturn:
        log = self.start()
        self.check(log)
        self.append_until_something_happens(log)

    def check(self, log: SegmentLog) -> None:
        """Compare what the log gives with what was acknowledged; what was in doubt is there whole, or not at all."""
        stored = read_all(log)
        assert [record.offset for record in stored] == list(range(len(stored)))
        records = [NewRecord(record.key, record.value, record.time_ms) for record in stored]
        assert records in (self.acknowledged, self.acknowledged + self.doubtful)
        assert not [finding for finding in log.verify() if isinstance(finding, Damage)]
        self.acknowledged, self.doubtful = records, []


def read_all(log: SegmentLog) -> list[Record]:
    records: list[Record] = []
    while more := log.read("games", 0, len(records), records_max=7):
        records += more
    return records


def run_until_the_power_fails(machine: Machine) -> None:
    """Start, check and append until the disk has taken a chosen number of steps, wherever that is."""
    machine.disk.steps_left = machine.random.randint(1, 60)
    with pytest.raises(PowerLoss):
        machine.run()


def run_and_be_killed(machine: Machine) -> None:
    log = machine.start()
    machine.check(log)
    for _ in range(machine.random.randint(0, 8)):
        machine.append(log)
    machine.disk.kill()


def run_and_close(machine: Machine) -> None:
    with machine.start() as log:
        machine.check(log)
        for _ in range(machine.random.randint(0, 8)):
            machine.append(log)


def run_into_a_full_disk(machine: Machine) -> None:
    with machine.start() as log:
        machine.check(log)
        machine.disk.is_full = True
        with pytest.raises(Unavailable, match="make room"):
            machine.append_until_something_happens(log)
        machine.doubtful = []  # refused for certain
        machine.disk.is_full = False
        machine.append(log)
        machine.check(log)


def run_into_a_failing_sync(machine: Machine) -> None:
    """The group is in memory and maybe not on disk; the log must not build on it, neither now nor when opened again."""
    log = machine.start()
    machine.check(log)
    machine.disk.syncs_fail = True
    with pytest.raises(Unavailable, match="start pressbox again"):
        machine.append(log)
    machine.disk.syncs_fail = False
    with pytest.raises(Unavailable, match="start pressbox again"):
        log.append("games", 0, [machine.record()])
    machine.disk.kill()


RUNS: list[Callable[[Machine], None]] = [
    run_until_the_power_fails,
    run_until_the_power_fails,
    run_and_be_killed,
    run_and_close,
    run_into_a_full_disk,
    run_into_a_failing_sync,
]


@pytest.mark.parametrize("seed", range(40))
def test_what_was_acknowledged_survives_any_row_of_faults(seed: int, tmp_path: Path) -> None:
    print(f"seed {seed}")  # noqa: T201 - so that a failure can be run again
    machine = Machine(tmp_path / "log", seed)
    for _ in range(_ROUNDS):
        run = machine.random.choice(RUNS)
        run(machine)
        if run is run_until_the_power_fails or machine.random.random() < 0.3:
            machine.disk.lose_power(tmp_path)
    machine.check(machine.start())
