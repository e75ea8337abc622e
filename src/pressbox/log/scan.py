"""Looking at a segment from its first byte to its last: its groups, what is damaged between them, what lies behind."""

from array import array
from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from pressbox.log.disk import Disk, reading
from pressbox.log.frame import MAGIC, Group, group_at
from pressbox.log.segment import FRAMES_AT, Header, read_header

_INDEX_INTERVAL_BYTES = 16 * 1024
_REGION_BYTES = 256 * 1024


class Region(NamedTuple):
    """A stretch of a segment that begins where a group does, if nothing is damaged."""

    position: int
    end_position: int


class Hole(NamedTuple):
    """Damaged bytes at *position*, where the records from *offset* up to *end* should be."""

    position: int
    offset: int
    end: int


class Index:
    """Where in a segment its groups begin: one entry every 16 KiB, so its size is bounded by the segment's."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.end_position = FRAMES_AT
        self._offsets = array("Q", [header.base])
        self._positions = array("Q", [FRAMES_AT])

    def add(self, group: Group) -> None:
        """Take note of *group*, which begins where the last one ended."""
        if group.position - self._positions[-1] >= _INDEX_INTERVAL_BYTES:
            self.mark(group.base, group.position)
        self.end_position = group.end_position

    def mark(self, offset: int, position: int) -> None:
        """Let a region begin at *position*, with the record at *offset*."""
        self._offsets.append(offset)
        self._positions.append(position)

    def region(self, offset: int) -> Region:
        """Return where to read for the record at *offset*: from its entry on, 256 KiB or a little more."""
        first = bisect_right(self._offsets, offset) - 1
        position = self._positions[first]
        following = bisect_left(self._positions, position + _REGION_BYTES, lo=first + 1)
        whole = following == len(self._positions)
        return Region(position, self.end_position if whole else self._positions[following])


class Scan(Struct, frozen=True):
    """A whole segment, looked at byte by byte."""

    index: Index
    holes: list[Hole]
    last: Group | None
    end: int
    used_bytes: int
    """Where the zeroes begin that nothing follows."""

    @property
    def unfinished_bytes(self) -> int:
        """How many bytes behind the last group are neither a group nor empty."""
        return max(0, self.used_bytes - self.index.end_position)


def scan_segment(disk: Disk, path: Path, length: int | None = None) -> Scan:
    """
    Look at the first *length* bytes of the segment at *path*, or at all of it.

    Raises:
        Corrupted: its header is damaged.
        BadSettings: a newer version of pressbox wrote it.
    """
    with reading(disk, path) as descriptor:
        header = read_header(disk, descriptor, path)
        return scan(disk.read(descriptor, 0, length or disk.size(descriptor)), header)


def scan(data: bytes, header: Header) -> Scan:
    """Walk all frames in *data*, the content of a whole segment, over damaged ones to the next valid one."""
    index, holes, last = Index(header), list[Hole](), None
    offset = header.base
    while group := _next_group(data, index.end_position, offset, header.salt):
        if group.position > index.end_position or group.base > offset:
            holes.append(Hole(index.end_position, offset, group.base))
            index.mark(group.base, group.position)
        index.add(group)
        last, offset = group, group.end
    return Scan(index, holes, last, offset, len(data.rstrip(b"\0")))


def _next_group(data: bytes, position: int, offset: int, salt: int) -> Group | None:
    while 0 <= position < len(data):
        group = group_at(data, position, position=position, salt=salt)
        if group and group.base >= offset:
            return group
        position = data.find(MAGIC, position + 1)
    return None
