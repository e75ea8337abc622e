from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.log.disk import Disk
from pressbox.log.finding import Gap
from pressbox.log.reader import SegmentReader
from pressbox.log.retention import Held, Retention, Sealed, expired, gaps
from pressbox.log.segments import SegmentLog
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord
from tests.log.files import segments
from tests.log.simulated_disk import PowerLoss, SimulatedDisk

RECORD = [NewRecord("key", bytes(3000), 1)]  # one fills a segment of 4096 bytes


def log_of(folder: Path, count: int, clock: Sequence[int] = ()) -> SegmentLog:
    """Return a log with *count* records, one a segment, the n-th begun when the *clock* shows its n-th time."""
    times = iter(clock)
    log = SegmentLog(folder, [Topic("games")], now_ms=lambda: next(times, 0), segment_bytes=4096)
    for _ in range(count):
        log.append("games", 0, RECORD)
    return log


def test_without_limits_everything_is_kept(tmp_path: Path) -> None:
    with log_of(tmp_path, 5) as log:
        assert log.retain("games", Retention(), held={}).removed == []
        assert log.start("games", 0) == 0


def test_segments_older_than_the_age_go_but_never_the_one_that_is_written(tmp_path: Path) -> None:
    with log_of(tmp_path, 4, clock=[0, 100, 200, 300, 310]) as log:
        assert [segment.end for segment in log.retain("games", Retention(age_ms=110), held={}).removed] == [1, 2]
    with log_of(tmp_path, 0, clock=[10**12]) as log:
        log.retain("games", Retention(age_ms=0), held={})
        assert (log.start("games", 0), log.end("games", 0)) == (3, 4)


def test_segments_beyond_the_size_go_oldest_first(tmp_path: Path) -> None:
    with log_of(tmp_path, 5) as log:
        log.retain("games", Retention(bytes_max=3 * 4096), held={})
        assert (log.start("games", 0), log.end("games", 0)) == (2, 5)
        assert [int(segment.stem) for segment in segments(tmp_path)] == [2, 3, 4]


def test_nothing_goes_that_the_slowest_reader_still_needs(tmp_path: Path) -> None:
    with log_of(tmp_path, 5) as log:
        held = {"fast": {0: 5}, "slow": {0: 1}}
        assert [segment.end for segment in log.retain("games", Retention(bytes_max=0), held=held).removed] == [1]


def test_a_reader_that_has_no_cursor_yet_needs_everything(tmp_path: Path) -> None:
    with log_of(tmp_path, 5) as log:
        assert log.retain("games", Retention(bytes_max=0), held={"new": {}}).removed == []


def test_at_the_limit_on_disk_even_what_is_needed_goes_and_the_gap_is_reported(tmp_path: Path) -> None:
    with log_of(tmp_path, 5) as log:
        kept = log.retain("games", Retention(disk_bytes_max=2 * 4096), held={"fast": {0: 5}, "slow": {0: 1}})
        assert kept.gaps == [Gap("slow", "games", 0, 1, 3)]
        assert str(kept.gaps[0]).startswith("store slow had not read offsets 1 to 2 of topic games, partition 0")
        assert log.start("games", 0) == 3


def test_a_reader_below_the_start_gets_what_is_kept_and_sees_the_gap_in_the_offsets(tmp_path: Path) -> None:
    with log_of(tmp_path, 5) as log:
        log.read("games", 0, 0, records_max=1)
        log.retain("games", Retention(bytes_max=2 * 4096), held={})
        assert [record.offset for record in log.read("games", 0, 0, records_max=1)] == [3]


def test_what_retention_removed_stays_removed_when_the_log_is_opened_again(tmp_path: Path) -> None:
    with log_of(tmp_path, 5) as log:
        log.retain("games", Retention(bytes_max=2 * 4096), held={})
    with log_of(tmp_path, 0) as log:
        assert (log.start("games", 0), log.end("games", 0)) == (3, 5)
        assert list(log.verify()) == []


def test_a_segment_whose_age_cannot_be_read_counts_as_new(tmp_path: Path) -> None:
    with log_of(tmp_path, 4, clock=[0, 1, 2, 3, 10**9]) as log:
        path = segments(tmp_path)[2]
        path.write_bytes(b"?" + path.read_bytes()[1:])
        assert [segment.end for segment in log.retain("games", Retention(age_ms=1), held={}).removed] == [1]


sizes = st.lists(st.integers(1, 50), min_size=1, max_size=6)
limits = st.none() | st.integers(0, 400)


@given(
    partitions=st.lists(sizes, min_size=1, max_size=3),
    retention=st.builds(Retention, age_ms=limits, bytes_max=limits, disk_bytes_max=limits),
    needed=st.lists(st.dictionaries(st.integers(0, 2), st.integers(0, 400)), max_size=3),
)
def test_the_laws_of_retention(partitions: list[list[int]], retention: Retention, needed: list[dict[int, int]]) -> None:
    sealed = [
        Sealed(number, sum(lengths[:place]), sum(lengths[: place + 1]), length, ended_ms=10 * place + number)
        for number, lengths in enumerate(partitions)
        for place, length in enumerate(lengths)
    ]
    total_bytes = sum(segment.length_bytes for segment in sealed)
    held: Held = {f"store {number}": offsets for number, offsets in enumerate(needed)}
    removed = expired(sealed, total_bytes, retention, now_ms=100, held=held)
    kept = [segment for segment in sealed if segment not in removed]

    for segment in kept:  # what goes is the beginning of its partition
        assert all(gone.end <= segment.base for gone in removed if gone.partition == segment.partition)
    if retention.disk_bytes_max is None:  # nobody misses anything below the limit on disk
        assert gaps("games", removed, held) == []
    elif kept:  # and at it there is no more on disk than it says
        assert sum(segment.length_bytes for segment in kept) <= retention.disk_bytes_max
    for gap in gaps("games", removed, held):
        assert held[gap.store].get(gap.partition, 0) <= gap.offset < gap.end


def test_at_the_limit_on_disk_what_nobody_needs_goes_before_what_somebody_needs() -> None:
    needed, free = Sealed(0, 0, 1, 100, ended_ms=1), Sealed(1, 0, 1, 100, ended_ms=2)
    held = {"slow": {0: 0, 1: 1}}
    assert expired([needed, free], 200, Retention(disk_bytes_max=100), now_ms=3, held=held) == [free]


class DiskWhereOthersAct(Disk):
    """Does something else just before a file is opened to be read."""

    def __init__(self) -> None:
        self.act: Callable[[], object] = bool

    def open_to_read(self, path: Path) -> int:
        act, self.act = self.act, bool
        act()
        return super().open_to_read(path)


def test_a_read_that_retention_overtakes_goes_on_at_what_is_kept(tmp_path: Path) -> None:
    disk = DiskWhereOthersAct()
    with SegmentLog(tmp_path, [Topic("games")], now_ms=lambda: 0, segment_bytes=4096, disk=disk) as log:
        for _ in range(4):
            log.append("games", 0, RECORD)
        disk.act = lambda: log.retain("games", Retention(bytes_max=2 * 4096), held={})
        assert [record.offset for record in log.read("games", 0, 0, records_max=5)] == [2]


def test_verifying_leaves_out_what_retention_takes_meanwhile(tmp_path: Path) -> None:
    disk = DiskWhereOthersAct()
    with SegmentLog(tmp_path, [Topic("games")], now_ms=lambda: 0, segment_bytes=4096, disk=disk) as log:
        for _ in range(4):
            log.append("games", 0, RECORD)
        disk.act = lambda: log.retain("games", Retention(bytes_max=2 * 4096), held={})
        assert list(log.verify()) == []


def test_no_power_loss_brings_back_a_segment_without_the_ones_after_it(tmp_path: Path) -> None:
    for seed in range(20):
        folder, disk = tmp_path / str(seed), SimulatedDisk(Random(seed))
        log = SegmentLog(folder, [Topic("games")], now_ms=lambda: 0, segment_bytes=4096, disk=disk)
        for _ in range(6):
            log.append("games", 0, RECORD)
        disk.steps_left = 1 + seed % 7
        with pytest.raises(PowerLoss):
            log.retain("games", Retention(bytes_max=0), held={})
        disk.lose_power(folder)
        with SegmentReader(folder) as reader:
            assert list(reader.verify()) == [], f"seed {seed}"
            assert reader.end("games", 0) == 6
