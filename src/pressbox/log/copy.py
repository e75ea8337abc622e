"""
Copying a topic beside its writer, which is not asked and not held up.

What is copied of a partition was acknowledged at one moment: all up to the last valid frame of its newest segment. A
frame that was read while it was being written is told from damage by reading it again, since the valid one behind it
proves that it is on disk by now.
"""

from pathlib import Path

from msgspec import Struct

from pressbox.errors import Corrupted, Unavailable
from pressbox.log.disk import Disk, disk_errors, reading
from pressbox.log.finding import Damage
from pressbox.log.scan import Scan, scan
from pressbox.log.segment import read_header, segment_path
from pressbox.log.topic import TopicFile, find_topic, store_topic

_LOOKS_MAX = 5


class CopiedSegment(Struct, frozen=True):
    """The copy of a segment at *path*: what was acknowledged of it, without the zeroes that made it *length_bytes*."""

    path: Path
    length_bytes: int


class CopiedPartition(Struct, frozen=True):
    """The copy of a partition holds the records from *start* until before *end*."""

    partition: int
    start: int
    end: int
    segments: list[CopiedSegment]


class _Found(Struct, frozen=True):
    """A segment as it was read; *length_bytes* is the whole file's."""

    data: bytes
    scan: Scan
    length_bytes: int


def copy_topic(folder: Path, target: Path, disk: Disk | None = None) -> tuple[TopicFile, list[CopiedPartition]]:
    """
    Copy the topic in *folder* into *target*, which is made; return what it says of itself and what was copied.

    Raises:
        Corrupted: records that should be there are damaged or gone; the message names them.
        BadSettings: a newer version of pressbox wrote it.
        Unavailable: the disk refused, or the log was removed meanwhile.
    """
    disk = disk or Disk()
    with disk_errors(f"copying {folder}"):
        file = find_topic(folder)
        if file is None:
            raise Unavailable(f"{folder} is no topic any more: the log was removed while it was copied")
        copied = [_copy_partition(disk, folder, number, target) for number in range(file.partitions)]
        store_topic(disk, target, file)
    return file, copied


def _copy_partition(disk: Disk, topic: Path, number: int, target: Path) -> CopiedPartition:
    disk.make_folder(target / str(number))
    for _ in range(_LOOKS_MAX - 1):
        try:
            return _copied(disk, topic, number, target)
        except (FileNotFoundError, Corrupted):  # a segment begun or removed while we looked: look again
            for half in (target / str(number)).glob("*.log"):
                disk.remove(half)
    try:
        return _copied(disk, topic, number, target)
    except FileNotFoundError as error:
        raise Corrupted(f"{error.filename} is gone: if no retention took it, restore it from a copy") from None


def _copied(disk: Disk, topic: Path, number: int, target: Path) -> CopiedPartition:
    """Copy the newest segment first, then the older ones as far as retention leaves them."""
    folder = topic / str(number)
    bases = sorted((int(path.stem) for path in folder.glob("*.log")), reverse=True)
    segments: list[CopiedSegment] = []
    start = end = following = None
    for base in bases:
        try:
            found = _read(disk, segment_path(folder, base), topic.name, number)
        except FileNotFoundError:
            if following is None or any(int(path.stem) < following for path in folder.glob("*.log")):
                raise
            break  # retention takes the oldest first: nothing older is left
        if following not in (None, found.scan.end):
            raise Corrupted(str(_damage(found, segment_path(folder, base), topic.name, number, following or 0)))
        end = found.scan.end if end is None else end
        start = following = base
        segments.append(_write(disk, segment_path(target / str(number), base), found))
    return CopiedPartition(number, start or 0, end or 0, segments[::-1])


def _read(disk: Disk, path: Path, topic: str, number: int) -> _Found:
    with reading(disk, path) as descriptor:
        header = read_header(disk, descriptor, path)
        length = disk.size(descriptor)
        data = disk.read(descriptor, 0, length)
        found = scan(data, header)
        if found.holes:
            data = disk.read(descriptor, 0, found.index.end_position)
            found = scan(data, header)
    if found.holes:
        hole = found.holes[0]
        raise Corrupted(str(Damage(topic, number, hole.offset, hole.end, path, hole.position)))
    return _Found(data[: found.index.end_position], found, length)


def _damage(found: _Found, path: Path, topic: str, number: int, end: int) -> Damage:
    return Damage(topic, number, found.scan.end, end, path, found.scan.index.end_position)


def _write(disk: Disk, path: Path, found: _Found) -> CopiedSegment:
    descriptor = disk.open_to_write(path)
    try:
        disk.write(descriptor, 0, found.data)
    finally:
        disk.close(descriptor)
    return CopiedSegment(path, found.length_bytes)
