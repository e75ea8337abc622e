"""What is damaged in a segment, found by looking at every byte of it."""

from pathlib import Path

from msgspec import Struct

from pressbox.errors import Corrupted
from pressbox.log.disk import Disk
from pressbox.log.finding import Damage
from pressbox.log.scan import Hole, scan_segment


class Extent(Struct, frozen=True):
    """
    A segment as its partition knows it: the records from *base* until before *end* are in it.

    *length* is how many of its bytes are acknowledged; None where it is sealed, so that nothing else may be in it.
    """

    topic: str
    partition: int
    path: Path
    base: int
    end: int
    length: int | None


def damages(disk: Disk, extent: Extent) -> list[Damage]:
    """Return what is damaged in *extent*, in the order of its offsets."""
    try:
        holes = _holes(disk, extent)
    except (Corrupted, FileNotFoundError):
        holes = [Hole(0, extent.base, extent.end)]  # nothing can be verified without the header
    return [Damage(extent.topic, extent.partition, hole.offset, hole.end, extent.path, hole.position) for hole in holes]


def damage_at(disk: Disk, extent: Extent, offset: int) -> Corrupted:
    """Return the error that says why the record at *offset* cannot be read from *extent*."""
    for damage in damages(disk, extent):
        if damage.end > offset:
            return Corrupted(str(damage))
    place = f"topic {extent.topic}, partition {extent.partition}: offset {offset}"
    return Corrupted(f"{place} could not be read from {extent.path}, and now it can: look at disk and memory")


def _holes(disk: Disk, extent: Extent) -> list[Hole]:
    found = scan_segment(disk, extent.path, extent.length)
    if found.end < extent.end or found.unfinished_bytes:
        return [*found.holes, Hole(found.index.end_position, found.end, extent.end)]
    return found.holes
