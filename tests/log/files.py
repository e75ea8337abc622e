"""Logs to lay hands on: left as a crash leaves them, and their bytes."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from pressbox.log.disk import Disk
from pressbox.log.frame import Group, group_at
from pressbox.log.segment import FRAMES_AT, read_header
from pressbox.log.segments import SegmentLog
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord
from tests.contracts.log import TOPICS
from tests.log.simulated_disk import SimulatedDisk


def open_log(folder: Path, topics: Sequence[Topic] = TOPICS, *, disk: Disk | None = None) -> SegmentLog:
    return SegmentLog(folder, topics, now_ms=lambda: 1, segment_bytes=4096, disk=disk)


def abandon_log(folder: Path, *batches: Sequence[NewRecord]) -> Path:
    """Append *batches* to "games" and end as `kill -9` does; return the newest segment."""
    disk = SimulatedDisk(Random(0))
    log = open_log(folder, disk=disk)
    for batch in batches:
        log.append("games", 0, batch)
    disk.kill()
    return segments(folder)[-1]


def segments(folder: Path) -> list[Path]:
    return sorted((folder / "games" / "0").glob("*.log"))


def groups(segment: Path) -> list[Group]:
    """Return the groups of *segment* up to the first bad one."""
    disk = Disk()
    descriptor = disk.open_to_read(segment)
    salt = read_header(disk, descriptor, segment).salt
    disk.close(descriptor)
    data, position, found = segment.read_bytes(), FRAMES_AT, list[Group]()
    while group := group_at(data, position, position=position, salt=salt):
        found.append(group)
        position = group.end_position
    return found


def overwrite(segment: Path, position: int, data: bytes) -> None:
    with segment.open("r+b") as file:
        file.seek(position)
        file.write(data)


def flip(segment: Path, position: int) -> None:
    overwrite(segment, position, bytes([segment.read_bytes()[position] ^ 0x10]))
