import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pressbox.errors import BadInput, BadSettings
from pressbox.log.disk import Disk
from pressbox.log.retention import Retention
from pressbox.log.segments import SegmentLog
from pressbox.stream.log import Log, Topic
from pressbox.stream.record import NewRecord, Record
from tests.contracts.log import LogContract, read_all, records_of, values_of
from tests.log.files import open_log


class TestSegmentLog(LogContract):
    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[Log]:
        with open_log(tmp_path) as log:
            yield log


def test_a_log_opened_again_goes_on_where_it_was_closed(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append("games", 0, records_of("a", "b"))
    with open_log(tmp_path) as log:
        assert log.cuts == []
        assert log.append("games", 0, records_of("c")) == 2
        assert values_of(log.read("games", 0, 0, records_max=10)) == ["a", "b", "c"]


def test_a_second_writer_is_told_the_folder_and_the_process(tmp_path: Path) -> None:
    with open_log(tmp_path), pytest.raises(BadSettings, match=rf"{tmp_path}.*process {os.getpid()}"):
        open_log(tmp_path)
    open_log(tmp_path).close()


def test_another_number_of_partitions_is_refused_with_what_to_do(tmp_path: Path) -> None:
    open_log(tmp_path).close()
    with pytest.raises(BadSettings, match=r"made with 3 partitions.*set 3"):
        open_log(tmp_path, [Topic("samples", partitions=4)])


def test_a_generation_begins_in_an_empty_topic_only_and_lasts(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        assert log.advance_generation("games") == 1
    with open_log(tmp_path) as log:
        assert log.generation("games") == 1
        log.append("games", 0, records_of("a"))
        with pytest.raises(BadInput, match="empty topic only"):
            log.advance_generation("games")


def test_a_topic_name_that_is_no_folder_name_is_refused(tmp_path: Path) -> None:
    for name in ("../games", "Games", "cursors", ""):
        with pytest.raises(BadSettings, match="use small letters"):
            open_log(tmp_path, [Topic(name)])


def test_a_folder_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSettings, match="name a folder that pressbox may write"):
        open_log(tmp_path / "file" / "log")


def test_a_group_too_large_for_any_segment_is_refused_and_one_larger_than_most_is_not(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        assert log.append("games", 0, [NewRecord("large", bytes(100_000), 1)] * 2) == 0
        assert [len(record.value) for record in read_all(log, "games", 0)] == [100_000, 100_000]
        with pytest.raises(BadInput, match="append fewer records"):
            log.append("games", 0, [NewRecord("huge", bytes(65 * 1024 * 1024), 1)])


def test_readers_see_every_record_in_order_while_they_are_appended_and_old_ones_go(tmp_path: Path) -> None:
    total = 600

    def follow(log: SegmentLog) -> list[Record]:
        records: list[Record] = []
        while not records or records[-1].offset < total - 1:
            offset = records[-1].offset + 1 if records else 0
            assert log.wait("games", 0, offset, timeout_s=30)
            records += log.read("games", 0, offset, records_max=5)
        return records

    with open_log(tmp_path) as log, ThreadPoolExecutor(3) as pool:
        following = [pool.submit(follow, log) for _ in range(3)]
        for number in range(total):
            log.append("games", 0, [NewRecord(str(number), bytes(200), number)])
            if number % 50 == 0:
                log.retain("games", Retention(bytes_max=10 * 4096), held={})
        for future in following:
            records = future.result(30)
            offsets = [record.offset for record in records]
            assert offsets == sorted(set(offsets))
            assert all(record.key == str(record.offset) for record in records)


class CountingDisk(Disk):
    read_bytes = 0

    def read(self, descriptor: int, position: int, length: int) -> bytes:
        self.read_bytes += length
        return super().read(descriptor, position, length)


def test_a_reader_just_behind_a_new_segment_need_not_look_at_the_whole_one_before(tmp_path: Path) -> None:
    disk = CountingDisk()
    with SegmentLog(tmp_path, [Topic("games")], now_ms=lambda: 1, segment_bytes=100_000, disk=disk) as log:
        while log.append("games", 0, [NewRecord("key", bytes(5000), 1)]) < 19:
            pass
        disk.read_bytes = 0
        assert log.read("games", 0, 18, records_max=1)
        assert disk.read_bytes < 30_000


def test_what_is_remembered_of_old_segments_is_bounded(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        for _ in range(30):
            log.append("games", 0, [NewRecord("key", bytes(3000), 1)])
        assert len(read_all(log, "games", 0)) == 30
        assert len(log._partition("games", 0)._sealed) == 8
