"""
Rewriting what is in the log: the one way a value in it ever changes, for an athlete who is to be forgotten.

Offsets, keys, times and groups stay as they are. A segment is written anew beside the old one and takes its name when
it is whole and on disk: whoever is killed leaves each segment old or new, and rewriting again finishes the others.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from pressbox.errors import Corrupted
from pressbox.log.disk import Disk, disk_errors, reading
from pressbox.log.frame import Group, batch_of, frame_of, group_at, records_of
from pressbox.log.lock import take_lock
from pressbox.log.scan import scan
from pressbox.log.segment import FRAMES_AT, Header, create_segment, new_salt, read_header
from pressbox.stream.record import NewRecord, Record

Rewrite: TypeAlias = Callable[[str, Record], bytes]
"""Gives the value a record of a topic is to have; the same one where it stays."""


def rewrite_log(folder: Path, rewrite: Rewrite, *, disk: Disk | None = None) -> int:
    """
    Give every record of the log in *folder* the value *rewrite* says, and return how many changed.

    Nobody may write the log meanwhile. Segments in which nothing changes are not touched.

    Raises:
        BadSettings: a process writes this log: stop it first.
        Corrupted: a segment is damaged; the message names it, and those before it are rewritten.
        Unavailable: the disk refused; call again to rewrite the rest.
    """
    disk = disk or Disk()
    with disk_errors(f"rewriting the log in {folder}"):
        lock = take_lock(disk, folder)
        try:
            paths = sorted(folder.glob("*/[0-9]*/*.log"))
            return sum(_rewrite_segment(disk, path, rewrite) for path in paths)
        finally:
            disk.close(lock)


def _rewrite_segment(disk: Disk, path: Path, rewrite: Rewrite) -> int:
    with reading(disk, path) as descriptor:
        header = read_header(disk, descriptor, path)
        data = disk.read(descriptor, 0, disk.size(descriptor))
    found = scan(data, header)
    if found.holes:
        raise Corrupted(f"{path}: damaged at byte {found.holes[0].position}: restore that file from a copy")
    topic, changed, groups = path.parent.parent.name, 0, list[list[NewRecord]]()
    for group in _groups(data, header, found.index.end_position):
        records: list[NewRecord] = []
        for record in records_of(memoryview(data)[group.position :], group, offset=group.base):
            value = rewrite(topic, record)
            changed += value != record.value
            records.append(NewRecord(record.key, value, record.time_ms))
        groups.append(records)
    if changed:
        _replace(disk, path, Header(header.base, new_salt(), header.created_ms), groups, len(data))
    return changed


def _groups(data: bytes, header: Header, end_position: int) -> Iterator[Group]:
    position = FRAMES_AT
    while position < end_position and (group := group_at(data, position, position=position, salt=header.salt)):
        yield group
        position = group.end_position


def _replace(disk: Disk, path: Path, header: Header, groups: list[list[NewRecord]], size: int) -> None:
    position, base, frames = FRAMES_AT, header.base, list[bytes]()
    for records in groups:  # one without records is the mark of a clean close
        batches = [batch_of(records)] if records else []
        frames.append(frame_of(batches, position=position, base=base, salt=header.salt))
        position, base = position + len(frames[-1]), base + len(records)
    disk.close(create_segment(disk, path.parent, header, max(size, position), b"".join(frames)))
