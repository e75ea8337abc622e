"""One partition as it is read: its segments from the oldest to the newest, and where the acknowledged records end."""

import sys
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path
from threading import Condition

from pressbox.errors import Corrupted
from pressbox.log.disk import Disk, reading
from pressbox.log.finding import Finding, Unfinished
from pressbox.log.frame import Group, group_at, records_of
from pressbox.log.retention import Sealed
from pressbox.log.scan import Index, scan_segment
from pressbox.log.segment import read_header, segment_path
from pressbox.log.verification import Extent, damage_at, damages
from pressbox.stream.record import Record

_SEALED_INDEXES_MAX = 8


class Partition:
    """
    The acknowledged records of one partition; readers in other threads look on while it grows.

    When it is opened only the newest segment is looked at, an older one when it is first read.
    """

    def __init__(self, disk: Disk, folder: Path, topic: str, number: int) -> None:
        self.folder, self.topic, self.number = folder, topic, number
        self.bases = sorted(int(path.stem) for path in folder.glob("*.log"))
        self.end = 0
        self.last: Group | None = None
        self.unfinished: Unfinished | None = None
        self._disk = disk
        self._moved = Condition()
        self.newest: Index | None = None
        self._sealed: OrderedDict[int, Index] = OrderedDict()
        self._sizes: dict[int, int] = {}

    @property
    def start(self) -> int:
        """The offset of the oldest record kept."""
        with self._moved:
            return self.bases[0] if self.bases else self.end

    @property
    def name(self) -> str:
        """How messages call the partition."""
        return f"topic {self.topic}, partition {self.number}"

    def load(self) -> None:
        """
        Look at the newest segment and learn where the records end.

        Raises:
            Corrupted: the newest segment's header is damaged, so the end is not known.
            BadSettings: a newer version of pressbox wrote it.
        """
        if not self.bases:
            return
        self.end = self.bases[-1]
        found = scan_segment(self._disk, self._path(self.end))
        with reading(self._disk, self._path(self.end)) as descriptor:
            self._disk.sync(descriptor)  # or a group could be shown now that a power loss takes back
        self.newest, self.last, self.end = found.index, found.last, found.end
        if found.unfinished_bytes:
            self.unfinished = Unfinished(
                topic=self.topic,
                partition=self.number,
                offset=found.end,
                file=self._path(self.bases[-1]),
                byte=found.index.end_position,
                length=found.unfinished_bytes,
            )

    def read(self, offset: int, records_max: int) -> list[Record]:
        """
        Return up to *records_max* records from *offset* on, or from the oldest one kept.

        Raises:
            Corrupted: the first of them is damaged.
        """
        with self._moved:
            offset = max(offset, self.bases[0] if self.bases else self.end)
            if offset >= self.end or records_max < 1:
                return []
            base = self.bases[bisect_right(self.bases, offset) - 1]
        try:
            return self._read(base, offset, records_max)
        except FileNotFoundError:
            if base not in self.bases:  # retention took it while we were about to read it
                return self.read(offset, records_max)
            raise Corrupted(f"{self._path(base)} is gone: if no retention took it, restore it from a copy") from None

    def wait(self, offset: int, timeout_s: float) -> bool:
        """Wait until the end has passed *offset* or *timeout_s* is over; return whether it has."""
        with self._moved:
            return self._moved.wait_for(lambda: self.end > offset, timeout_s)

    def advance(self, index: Index, group: Group) -> None:
        """Take *group* as the newest one, now that it is acknowledged; *index* is the newest segment's."""
        with self._moved:
            index.add(group)
            self.last, self.end = group, group.end
            self._moved.notify_all()

    def begin_segment(self, index: Index) -> None:
        """Go on in the new segment that *index* is for."""
        with self._moved:
            if self.newest:
                self._keep(self.newest)
            self.bases.append(index.header.base)
            self.newest = index

    @property
    def length_bytes(self) -> int:
        """How much of the disk the segments take; one that retention takes meanwhile counts nothing."""
        return sum(self._size(base) for base in list(self.bases))

    def sealed(self) -> Iterator[Sealed]:
        """Yield the segments before the newest one; one whose age cannot be read counts as new, and so do later ones."""
        ended_ms = 0
        for base, following in pairwise(list(self.bases)):
            ended_ms = max(ended_ms, self._created_ms(following))
            yield Sealed(self.number, base, following, self._size(base), ended_ms)

    def remove_oldest(self) -> None:
        """Remove the oldest segment; its name is gone from the disk before a younger one's can be."""
        with self._moved:
            base = self.bases.pop(0)
            self._sealed.pop(base, None)
            self._sizes.pop(base, None)
        self._disk.remove(self._path(base))
        self._disk.sync_folder(self.folder)

    def findings(self) -> Iterator[Finding]:
        """Look at every byte of every segment and yield what is not as it should be."""
        for base in list(self.bases):
            found = damages(self._disk, self._extent(base))
            if base in self.bases:  # retention may have taken it meanwhile
                yield from found
        if self.unfinished:
            yield self.unfinished

    def _read(self, base: int, offset: int, records_max: int) -> list[Record]:
        try:
            for find_index in (self._index, self._index_anew):  # damage after indexing may hide the groups behind it
                records = list(islice(self._records(find_index(base), offset), records_max))
                if records:
                    return records
        except Corrupted as error:
            raise damage_at(self._disk, self._extent(base), offset) from error
        raise damage_at(self._disk, self._extent(base), offset)

    def _records(self, index: Index, offset: int) -> Iterator[Record]:
        with self._moved:
            region = index.region(offset)
        with reading(self._disk, self._path(index.header.base)) as descriptor:
            data = self._disk.read(descriptor, region.position, region.end_position - region.position)
        at = 0
        while group := group_at(data, at, position=region.position + at, salt=index.header.salt):
            if group.base > offset:
                break  # records are missing before it
            if group.end > offset:
                yield from records_of(memoryview(data)[at:], group, offset=offset)
                offset = group.end
            at = group.end_position - region.position

    def _index(self, base: int) -> Index:
        with self._moved:
            if self.newest and self.newest.header.base == base:
                return self.newest
            if base in self._sealed:
                self._sealed.move_to_end(base)
                return self._sealed[base]
        return self._index_anew(base)

    def _index_anew(self, base: int) -> Index:
        extent = self._extent(base)
        found = scan_segment(self._disk, extent.path, extent.length)
        if extent.length is None:
            with self._moved:
                self._keep(found.index)
        return found.index

    def _keep(self, index: Index) -> None:
        self._sealed[index.header.base] = index
        if len(self._sealed) > _SEALED_INDEXES_MAX:
            self._sealed.popitem(last=False)

    def _extent(self, base: int) -> Extent:
        with self._moved:
            end = next((following for following in self.bases if following > base), self.end)
            length = self.newest.end_position if self.newest and self.newest.header.base == base else None
        return Extent(self.topic, self.number, self._path(base), base, end, length)

    def _path(self, base: int) -> Path:
        return segment_path(self.folder, base)

    def _size(self, base: int) -> int:
        size = self._sizes.get(base)  # a segment is made whole, so its size never changes
        if size is None:
            with suppress(FileNotFoundError), reading(self._disk, self._path(base)) as descriptor:
                size = self._sizes[base] = self._disk.size(descriptor)
        return size or 0

    def _created_ms(self, base: int) -> int:
        try:
            with reading(self._disk, self._path(base)) as descriptor:
                return read_header(self._disk, descriptor, self._path(base)).created_ms
        except Corrupted:
            return sys.maxsize
