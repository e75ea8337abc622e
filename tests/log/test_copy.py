"""A log copied beside the writer that goes on appending to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from pressbox.errors import Corrupted, Unavailable
from pressbox.log.copy import CopiedPartition, copy_topic
from pressbox.log.disk import Disk
from pressbox.log.reader import SegmentReader
from pressbox.log.retention import Retention
from pressbox.log.segments import SegmentLog
from pressbox.stream.record import NewRecord
from tests.contracts.log import read_all, records_of, values_of
from tests.log.files import abandon_log, flip, groups, open_log, segments


def copied(folder: Path, target: Path, disk: Disk | None = None) -> CopiedPartition:
    """Copy "games" and make its segments as long as they were, as a restore does."""
    _, (partition,) = copy_topic(folder / "games", target / "games", disk)
    for segment in partition.segments:
        with segment.path.open("r+b") as file:
            file.truncate(segment.length_bytes)
    return partition


@contextmanager
def appending(log: SegmentLog, random: Random) -> Iterator[None]:
    """Append numbered records all the time, in groups of any size."""
    stopping = threading.Event()

    def work() -> None:
        number = log.end("games", 0)
        while not stopping.is_set():
            count = random.randrange(1, 5)
            values = [str(one).encode().ljust(random.randrange(1, 900), b".") for one in range(number, number + count)]
            log.append("games", 0, [NewRecord("key", value, 1) for value in values])
            number += count

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def numbers(reader: SegmentReader) -> list[int]:
    start = reader.start("games", 0)
    records = reader.read("games", 0, start, records_max=1)
    while more := reader.read("games", 0, start + len(records), records_max=1000):
        records += more
    return [int(record.value.rstrip(b".")) for record in records]


@pytest.mark.parametrize("seed", range(25))
def test_a_copy_beside_a_writer_is_whole_and_holds_what_was_acknowledged_before(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    with open_log(tmp_path / "log") as log, appending(log, Random(seed)):
        for turn in range(4):
            log.wait("games", 0, random.randrange(1, 60) * (turn + 1), timeout_s=30)
            acknowledged = log.end("games", 0)
            partition = copied(tmp_path / "log", tmp_path / str(turn))
            with SegmentReader(tmp_path / str(turn)) as reader:
                assert list(reader.verify()) == []
                assert (reader.start("games", 0), reader.end("games", 0)) == (0, partition.end)
                assert numbers(reader) == list(range(partition.end))
            assert acknowledged <= partition.end
            # The newest group may have been copied between its sync and its acknowledgement.
            assert log.wait("games", 0, partition.end - 1, timeout_s=30)


@pytest.mark.parametrize("seed", range(25))
def test_a_copy_beside_retention_is_the_end_of_the_log_without_a_gap(tmp_path: Path, seed: int) -> None:
    with open_log(tmp_path / "log") as log, appending(log, Random(seed)):
        stopping = threading.Event()

        def keep_house() -> None:
            while not stopping.is_set():
                log.retain("games", Retention(bytes_max=3 * 4096), held={})

        keeper = threading.Thread(target=keep_house)
        keeper.start()
        try:
            for turn in range(4):
                log.wait("games", 0, 50 * (turn + 1), timeout_s=30)
                acknowledged = log.end("games", 0)
                partition = copied(tmp_path / "log", tmp_path / str(turn))
                with SegmentReader(tmp_path / str(turn)) as reader:
                    assert list(reader.verify()) == []
                    assert numbers(reader) == list(range(partition.start, partition.end))
                assert partition.end >= acknowledged
        finally:
            stopping.set()
            keeper.join()


@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_a_copy_can_be_appended_to(tmp_path: Path, count: int) -> None:
    with open_log(tmp_path / "log") as log:
        for number in range(count):
            log.append("games", 0, [NewRecord("key", str(number).encode().ljust(700), 1)])
    copied(tmp_path / "log", tmp_path / "copy")
    with open_log(tmp_path / "copy") as log:
        log.append("games", 0, records_of("more"))
        assert [value.strip() for value in values_of(read_all(log, "games", 0))] == [*map(str, range(count)), "more"]


def test_an_unfinished_group_is_left_out(tmp_path: Path) -> None:
    segment = abandon_log(tmp_path / "log", records_of("a"), records_of("b"))
    flip(segment, groups(segment)[-1].end_position - 1)
    assert copied(tmp_path / "log", tmp_path / "copy").end == 1
    with SegmentReader(tmp_path / "copy") as reader:
        assert list(reader.verify()) == []
        assert values_of(read_all(reader, "games", 0)) == ["a"]


def test_damage_is_named_and_not_copied(tmp_path: Path) -> None:
    segment = abandon_log(tmp_path / "log", records_of("a"), records_of("b"), records_of("c"))
    flip(segment, groups(segment)[1].position + 40)
    with pytest.raises(Corrupted, match="partition 0: the records from offset 1 to 1 are damaged"):
        copied(tmp_path / "log", tmp_path / "copy")


def test_a_segment_that_is_gone_from_the_middle_is_named(tmp_path: Path) -> None:
    with open_log(tmp_path / "log") as log:
        for _ in range(3):
            log.append("games", 0, [NewRecord("key", bytes(3000), 1)])
    segments(tmp_path / "log")[1].unlink()
    with pytest.raises(Corrupted, match="the records from offset 1 to 1 are damaged"):
        copied(tmp_path / "log", tmp_path / "copy")


class TornRead(Disk):
    """Shows the first group as half-written the first time, as a read that overlaps two writes may."""

    shown = False

    def read(self, descriptor: int, position: int, length: int) -> bytes:
        data = super().read(descriptor, position, length)
        if self.shown or length < 4096:
            return data
        self.shown = True
        return data[:64] + bytes(20) + data[84:]


def test_a_group_read_while_it_was_written_is_not_taken_for_damage(tmp_path: Path) -> None:
    abandon_log(tmp_path / "log", records_of("a"), records_of("b"))
    copied(tmp_path / "log", tmp_path / "copy", TornRead())
    with SegmentReader(tmp_path / "copy") as reader:
        assert values_of(read_all(reader, "games", 0)) == ["a", "b"]


def test_a_log_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no topic any more"):
        copied(tmp_path / "log", tmp_path / "copy")
