"""What the writer does to a partition before it appends: cut an unfinished last group, write the last whole one anew."""

from msgspec import Struct
from msgspec.structs import replace as changed

from pressbox.log.disk import Disk, replace
from pressbox.log.finding import Unfinished
from pressbox.log.frame import Group
from pressbox.log.partition import Partition
from pressbox.log.scan import Index
from pressbox.log.segment import segment_path


class OpenSegment(Struct, frozen=True):
    """The segment that is being written: its file, how much of it was made, and its index."""

    descriptor: int
    size: int
    index: Index


def recover(partition: Partition, disk: Disk) -> OpenSegment | None:
    """
    Load *partition* and return its newest segment, ready to be appended to; None where there is no segment yet.

    Raises:
        Corrupted: the newest segment's header is damaged, so the end is not known.
        BadSettings: a newer version of pressbox wrote it.
    """
    for unmade in partition.folder.glob("*.new"):
        disk.remove(unmade)
    partition.load()
    if partition.newest is None:
        return None
    descriptor = disk.open_to_write(segment_path(partition.folder, partition.newest.header.base))
    try:
        if partition.unfinished:
            partition.unfinished = _cut(partition.unfinished, disk, descriptor)
        if partition.last:
            _write_anew(partition.last, disk, descriptor)
        disk.sync(descriptor)
    except BaseException:
        disk.close(descriptor)
        raise
    return OpenSegment(descriptor, disk.size(descriptor), partition.newest)


def _cut(unfinished: Unfinished, disk: Disk, descriptor: int) -> Unfinished:
    earlier = len(list(unfinished.file.parent.glob("*.cut")))
    side_file = unfinished.file.with_name(f"{unfinished.offset:020d}-{earlier}.cut")
    replace(disk, side_file, disk.read(descriptor, unfinished.byte, unfinished.length))
    disk.write(descriptor, unfinished.byte, bytes(unfinished.length))
    return changed(unfinished, kept_in=side_file)


def _write_anew(last: Group, disk: Disk, descriptor: int) -> None:
    # It was read from memory, maybe, and the sync that should have stored it may have failed.
    disk.write(descriptor, last.position, disk.read(descriptor, last.position, last.end_position - last.position))
