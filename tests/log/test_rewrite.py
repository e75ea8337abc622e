"""Rewriting the log: values change and nothing else does, whoever is killed when."""

import shutil
from pathlib import Path

import pytest

from pressbox.errors import BadSettings
from pressbox.log.disk import Disk
from pressbox.log.rewrite import Rewrite, log_at_rest
from pressbox.log.segments import SegmentLog
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord, Record
from tests.runtime.memory_log import Crash

TOPICS = [Topic("samples", 2), Topic("load-medical", 2)]


def opened(folder: Path) -> SegmentLog:
    return SegmentLog(folder, TOPICS, now_ms=lambda: 1, segment_bytes=4096)


def filled(folder: Path) -> Path:
    log = opened(folder)
    for number in range(120):
        who = "ann" if number % 3 else "bob"
        group = [NewRecord(f"k{number % 5}", f"{who} {number} {one} {'x' * 90}".encode(), number) for one in range(3)]
        log.append("samples", number % 2, group)
        log.append("load-medical", number % 2, group[:1])
    log.close()
    return folder


def records(folder: Path) -> list[Record]:
    log, found = opened(folder), list[Record]()
    for topic in TOPICS:
        for lane in range(topic.partitions):
            offset = 0
            while some := log.read(topic.name, lane, offset, records_max=500):
                found += some
                offset = some[-1].offset + 1
    log.close()
    return found


def rewrite_log(folder: Path, rewrite: Rewrite, disk: Disk | None = None) -> int:
    with log_at_rest(folder, disk=disk) as log:
        return log.rewrite([topic.name for topic in TOPICS], rewrite)


def forget(topic: str, record: Record) -> bytes:
    del topic
    return b"erased" if record.value.startswith(b"ann") else record.value


def forgotten(some: list[Record]) -> list[Record]:
    return [Record(one.offset, one.key, forget("", one), one.time_ms) for one in some]


def test_values_change_and_offsets_keys_and_times_stay(tmp_path: Path) -> None:
    before = records(filled(tmp_path))
    assert len(list(tmp_path.glob("samples/0/*.log"))) > 2
    assert rewrite_log(tmp_path, forget) == sum(one.value.startswith(b"ann") for one in before)
    assert records(tmp_path) == forgotten(before)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"ann" in path.read_bytes()]
    assert rewrite_log(tmp_path, forget) == 0


def test_a_log_rewritten_takes_records_as_before(tmp_path: Path) -> None:
    before = records(filled(tmp_path))
    rewrite_log(tmp_path, forget)
    log = opened(tmp_path)
    offset = log.append("samples", 0, [NewRecord("k", b"new", 1)])
    assert (offset, [one.value for one in log.read("samples", 0, offset, records_max=5)]) == (180, [b"new"])
    assert not log.cuts
    log.close()
    assert len(records(tmp_path)) == len(before) + 1


def test_a_segment_in_which_nothing_changes_is_not_touched(tmp_path: Path) -> None:
    filled(tmp_path)
    before = {path: path.stat().st_ino for path in tmp_path.rglob("*.log")}
    assert rewrite_log(tmp_path, lambda _, record: record.value) == 0
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*.log")} == before


def test_a_topic_that_is_not_named_is_not_touched(tmp_path: Path) -> None:
    filled(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.glob("load-medical/*/*.log")}
    with log_at_rest(tmp_path) as log:
        assert log.rewrite(["samples"], forget)
    assert {path: path.read_bytes() for path in tmp_path.glob("load-medical/*/*.log")} == before


def test_what_was_never_acknowledged_goes_with_its_side_files(tmp_path: Path) -> None:
    before = records(filled(tmp_path))
    last = max(tmp_path.glob("samples/0/*.log"))
    end = len(last.read_bytes().rstrip(b"\0"))
    with last.open("r+b") as file:
        file.seek(end)
        file.write(b"PBgr half a group of ann")
    last.with_suffix(".cut").write_bytes(b"an earlier one, of ann")
    rewrite_log(tmp_path, forget)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"ann" in path.read_bytes()]
    assert records(tmp_path) == forgotten(before)


def test_a_log_that_is_being_written_is_refused(tmp_path: Path) -> None:
    log = opened(filled(tmp_path))
    with pytest.raises(BadSettings, match="stop that one"):
        rewrite_log(tmp_path, forget)
    log.close()


class Killed(Disk):
    """Ends the process at the step number *left*."""

    def __init__(self, left: int) -> None:
        self._left = left

    def _step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Crash

    def write(self, descriptor: int, position: int, data: bytes) -> None:
        if self._left == 0:
            super().write(descriptor, position, data[: len(data) // 2])
        self._step()
        super().write(descriptor, position, data)

    def sync(self, descriptor: int) -> None:
        self._step()
        super().sync(descriptor)

    def rename(self, path: Path, target: Path) -> None:
        self._step()
        super().rename(path, target)

    def sync_folder(self, folder: Path) -> None:
        self._step()
        super().sync_folder(folder)

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)


def test_a_kill_at_any_step_leaves_each_record_old_or_new_and_a_second_time_finishes(tmp_path: Path) -> None:
    before = records(filled(tmp_path / "full"))
    after, steps = forgotten(before), 0
    while True:
        folder = tmp_path / str(steps)
        shutil.copytree(tmp_path / "full", folder)
        try:
            rewrite_log(folder, forget, disk=Killed(steps))
        except Crash:
            shutil.copytree(folder, tmp_path / "found")
            assert all(one in pair for one, *pair in zip(records(tmp_path / "found"), before, after, strict=True))
            rewrite_log(folder, forget)
            assert records(folder) == after
            assert not [path for path in folder.rglob("*") if path.is_file() and b"ann" in path.read_bytes()]
            shutil.rmtree(tmp_path / "found")
            shutil.rmtree(folder)
            steps += 7
        else:
            break
    assert steps > 20
