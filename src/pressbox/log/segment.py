"""
The segment: one file of a partition, a header and then frames; zeroes mean nothing yet.

The file's name is the offset of its first record. It is made whole under another name and renamed, so a segment
without a valid header was damaged, never half made.
"""

import os
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from pressbox.errors import BadSettings, Corrupted
from pressbox.log.disk import Disk

VERSION = 1
FRAMES_AT = 64
_MAGIC = b"PRESSBOX"
_HEADER = struct.Struct("<8sIIQQ")
_CHECKSUM = struct.Struct("<I")
_HEADER_BYTES = _HEADER.size + _CHECKSUM.size


class Header(NamedTuple):
    """What a segment says of itself: its first offset, the salt of its checksums, and when it was begun."""

    base: int
    salt: int
    created_ms: int


def segment_path(folder: Path, base: int) -> Path:
    """Return the path of the segment in *folder* whose first record has the offset *base*."""
    return folder / f"{base:020d}.log"


def create_segment(disk: Disk, folder: Path, header: Header, size: int, frames: bytes = b"") -> int:
    """
    Make the segment *header* describes in *folder*, *size* bytes reserved on disk, and return its descriptor.

    It begins with *frames*, and stands in place of one of its name.
    """
    path = segment_path(folder, header.base)
    new = path.with_suffix(".new")
    disk.remove(new)  # a crash may have left a longer one
    descriptor = disk.open_to_write(new)
    try:
        disk.allocate(descriptor, size)
        disk.write(descriptor, 0, _header_bytes(header) + frames)
        disk.sync(descriptor)
        disk.rename(new, path)
        disk.sync_folder(folder)
    except BaseException:
        disk.close(descriptor)
        disk.remove(new)
        raise
    return descriptor


def read_header(disk: Disk, descriptor: int, path: Path) -> Header:
    """
    Return the header of the segment at *path*.

    Raises:
        Corrupted: it is not what was written there, so nothing in the file can be verified.
        BadSettings: a newer version of pressbox wrote it.
    """
    data = disk.read(descriptor, 0, _HEADER_BYTES)
    if len(data) < _HEADER_BYTES or _CHECKSUM.pack(zlib.crc32(data[: _HEADER.size])) != data[_HEADER.size :]:
        raise Corrupted(f"{path}: the segment's header is damaged at byte 0: restore that file from a copy")
    _, version, salt, base, created_ms = _HEADER.unpack_from(data)
    if version > VERSION:
        raise BadSettings(f"{path} has format {version} and this pressbox knows {VERSION}: use the newer pressbox")
    if base != int(path.stem):
        raise Corrupted(f"{path}: the segment begins at offset {base}, so this is not its name: give it back its own")
    return Header(base, salt, created_ms)


def new_salt() -> int:
    """Return a salt for a new segment, different from every other one's but for a chance of 1 in 2**32."""
    return int.from_bytes(os.urandom(4))


def _header_bytes(header: Header) -> bytes:
    data = _HEADER.pack(_MAGIC, VERSION, header.salt, header.base, header.created_ms)
    return (data + _CHECKSUM.pack(zlib.crc32(data))).ljust(FRAMES_AT, b"\0")
