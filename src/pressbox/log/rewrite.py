"""
Rewriting what is in the log: the one way a value in it ever changes, for an athlete who is to be forgotten.

Offsets, keys, times and groups stay as they are. A segment is written anew beside the old one and takes its name when
it is whole and on disk: whoever is killed leaves each segment old or new, and rewriting again finishes the others.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
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


class LogAtRest:
    """The log in *folder*, which nobody else may write for as long as `log_at_rest` gives it."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder, self._disk = folder, disk

    def rewrite(self, topics: Collection[str], rewrite: Rewrite) -> int:
        """
        Give every record of *topics* the value *rewrite* says, and return how many changed.

        Segments in which nothing changes are not touched. What was never acknowledged goes: unfinished groups, and the
        side files in which earlier ones were kept.

        Raises:
            Corrupted: a segment is damaged; the message names it, and those before it are rewritten.
            Unavailable: the disk refused; call again to rewrite the rest.
        """
        changed = 0
        with disk_errors(f"rewriting the log in {self._folder}"):
            for topic in sorted(topics):
                for path in sorted((self._folder / topic).glob("[0-9]*/*.log")):
                    changed += _rewrite_segment(self._disk, path, rewrite)
                self._remove_side_files(self._folder / topic)
        return changed

    def _remove_side_files(self, topic: Path) -> None:
        for pattern in ("*.cut", "*.new"):
            for path in sorted(topic.glob(f"[0-9]*/{pattern}")):
                self._disk.remove(path)
                self._disk.sync_folder(path.parent)


@contextmanager
def log_at_rest(folder: Path, *, disk: Disk | None = None) -> Iterator[LogAtRest]:
    """
    Keep the log in *folder* to this process for as long as the block lasts.

    Raises:
        BadSettings: a process writes this log: stop it first.
        Unavailable: the disk refused.
    """
    disk = disk or Disk()
    with disk_errors(f"taking the lock of {folder}"):
        lock = take_lock(disk, folder)
    try:
        yield LogAtRest(folder, disk)
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
    if changed or found.unfinished_bytes:
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
