"""
The segment: one file of a partition, a header and then frames; zeroes mean nothing yet.

The file's name is the offset of its first record. It is made whole under another name and renamed, so a segment
without a valid header was damaged, never half made.
"""

import os
import struct
import zlib
from array import array
from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from pressbox.errors import BadSettings, Corrupted
from pressbox.log.disk import Disk
from pressbox.log.frame import MAGIC, Group, group_at

VERSION = 1
FRAMES_AT = 64
_MAGIC = b"PRESSBOX"
_HEADER = struct.Struct("<8sIIQQ")
_CHECKSUM = struct.Struct("<I")
_HEADER_BYTES = _HEADER.size + _CHECKSUM.size
_INDEX_INTERVAL_BYTES = 16 * 1024
_REGION_BYTES = 256 * 1024


class Header(NamedTuple):
    """What a segment says of itself: its first offset, the salt of its checksums, and when it was begun."""

    base: int
    salt: int
    created_ms: int


class Region(NamedTuple):
    """A stretch of a segment that begins with the group of the record at *offset*, if nothing is damaged."""

    offset: int
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
        self._offsets = array("Q")
        self._positions = array("Q")

    def add(self, group: Group) -> None:
        """Take note of *group*, which begins where the last one ended."""
        if not self._positions or group.position - self._positions[-1] >= _INDEX_INTERVAL_BYTES:
            self.mark(group.base, group.position)
        self.end_position = group.end_position

    def mark(self, offset: int, position: int) -> None:
        """Begin a span at *position*, where the record at *offset* is expected."""
        self._offsets.append(offset)
        self._positions.append(position)

    def region(self, offset: int) -> Region:
        """Return where to read for the record at *offset*: from its entry on, 256 KiB or a little more."""
        first = bisect_right(self._offsets, offset) - 1
        position = self._positions[first]
        following = bisect_left(self._positions, position + _REGION_BYTES, lo=first + 1)
        whole = following == len(self._positions)
        return Region(self._offsets[first], position, self.end_position if whole else self._positions[following])


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


class OpenSegment(Struct, frozen=True):
    """The segment that is being written: its file, how much of it was made, and its index."""

    descriptor: int
    size: int
    index: Index


def segment_path(folder: Path, base: int) -> Path:
    """Return the path of the segment in *folder* whose first record has the offset *base*."""
    return folder / f"{base:020d}.log"


def create_segment(disk: Disk, folder: Path, header: Header, size: int) -> OpenSegment:
    """
    Make the segment *header* describes in *folder*, with *size* bytes of it on disk already.

    The zeroes are written and not only reserved: a sync into written blocks has no metadata to store beside the data,
    which halves the time of each group.
    """
    path = segment_path(folder, header.base)
    new = path.with_suffix(".new")
    descriptor = disk.open_to_write(new)
    try:
        disk.allocate(descriptor, size)
        disk.write(descriptor, 0, _header_bytes(header) + bytes(size - FRAMES_AT))
        disk.sync(descriptor)
        disk.rename(new, path)
        disk.sync_folder(folder)
    except BaseException:
        disk.close(descriptor)
        disk.remove(new)
        raise
    return OpenSegment(descriptor, size, Index(header))


def read_header(disk: Disk, descriptor: int, path: Path) -> Header:
    """
    Return the header of the segment at *path*.

    Raises:
        Corrupted: it is not what was written, so nothing in the file can be verified.
        BadSettings: a newer version of pressbox wrote it.
    """
    data = disk.read(descriptor, 0, _HEADER_BYTES)
    if len(data) < _HEADER_BYTES or _CHECKSUM.pack(zlib.crc32(data[: _HEADER.size])) != data[_HEADER.size :]:
        raise Corrupted(f"{path}: the segment's header is damaged at byte 0: restore that file from a copy")
    _, version, salt, base, created_ms = _HEADER.unpack_from(data)
    if version > VERSION:
        raise BadSettings(f"{path} has format {version} and this pressbox knows {VERSION}: use the newer pressbox")
    return Header(base, salt, created_ms)


def new_salt() -> int:
    """Return a salt for a new segment, different from every other one's but for a chance of 1 in 2**32."""
    return int.from_bytes(os.urandom(4))


def scan(data: bytes, header: Header) -> Scan:
    """Walk all frames in *data*, the content of a whole segment, over damaged ones to the next valid one."""
    index, holes, last = Index(header), list[Hole](), None
    offset = header.base
    while group := _next_group(data, index.end_position, offset, header.salt):
        if group.position > index.end_position or group.base > offset:
            holes.append(Hole(index.end_position, offset, group.base))
            index.mark(offset, index.end_position)
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


def _header_bytes(header: Header) -> bytes:
    data = _HEADER.pack(_MAGIC, VERSION, header.salt, header.base, header.created_ms)
    return (data + _CHECKSUM.pack(zlib.crc32(data))).ljust(FRAMES_AT, b"\0")
