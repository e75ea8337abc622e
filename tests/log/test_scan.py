from pathlib import Path

import pytest

from pressbox.errors import Corrupted
from pressbox.log.disk import Disk
from pressbox.log.frame import batch_of, frame_of
from pressbox.log.partition import Partition
from pressbox.log.scan import Hole, Scan, scan_segment
from pressbox.log.segment import FRAMES_AT, Header, create_segment, segment_path
from pressbox.stream.record import NewRecord

HEADER = Header(base=0, salt=7, created_ms=1)


def scan_of(folder: Path, *bases: int) -> Scan:
    """Scan a segment whose groups, of two records each, begin at *bases*, one behind the other."""
    disk = Disk()
    descriptor, position = create_segment(disk, folder, HEADER, 4096), FRAMES_AT
    for base in bases:
        frame = frame_of([batch_of([NewRecord("", b"", 1)] * 2)], position=position, base=base, salt=HEADER.salt)
        disk.write(descriptor, position, frame)
        position += len(frame)
    disk.close(descriptor)
    return scan_segment(disk, segment_path(folder, HEADER.base))


def test_groups_that_follow_each_other_leave_no_hole(tmp_path: Path) -> None:
    found = scan_of(tmp_path, 0, 2, 4)
    assert (found.end, found.holes, found.unfinished_bytes) == (6, [], 0)


def test_offsets_left_out_between_two_groups_are_a_hole_and_are_not_read_over(tmp_path: Path) -> None:
    found = scan_of(tmp_path, 0, 5)
    assert found.last is not None
    assert (found.end, found.holes) == (7, [Hole(found.last.position, 2, 5)])
    partition = Partition(Disk(), tmp_path, "games", 0)
    partition.load()
    assert [record.offset for record in partition.read(0, 10)] == [0, 1]
    with pytest.raises(Corrupted, match="offset 2 to 4"):
        partition.read(2, 10)
    assert [record.offset for record in partition.read(5, 10)] == [5, 6]


def test_a_group_that_repeats_offsets_is_none(tmp_path: Path) -> None:
    assert scan_of(tmp_path, 0, 2, 1).end == 4
