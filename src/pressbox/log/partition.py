"""One partition as it is read: its segments from the oldest to the newest, and where the acknowledged records end."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import Condition

from pressbox.errors import Corrupted
from pressbox.log.disk import Disk
from pressbox.log.finding import Damage, Finding, Unfinished
from pressbox.log.frame import Group, group_at, records_of
from pressbox.log.segment import Hole, Index, Scan, read_header, scan, segment_path
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
        found = self._scan(self.end)
        self.newest, self.last, self.end = found.index, found.last, found.end
        if found.unfinished_bytes:
            self.unfinished = Unfinished(
                topic=self.topic,
                partition=self.number,
                offset=found.end,
                file=segment_path(self.folder, self.bases[-1]),
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
            records = list(islice(self._records(base, offset), records_max))
        except FileNotFoundError:
            if base not in self.bases:  # retention took it while we were about to read it
                return self.read(offset, records_max)
            raise Corrupted(f"{segment_path(self.folder, base)} is gone: restore that file from a copy") from None
        if not records:
            raise Corrupted(str(self._damage_at(base, offset)))
        return records

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
            self.bases.append(index.header.base)
            self.newest = index

    def forget_oldest(self) -> None:
        """Stop reading the oldest segment, which is about to be removed."""
        with self._moved:
            self._sealed.pop(self.bases.pop(0), None)

    def findings(self) -> Iterator[Finding]:
        """Look at every byte of every segment and yield what is not as it should be."""
        for base in list(self.bases):
            yield from self._damages(base)
        if self.unfinished:
            yield self.unfinished

    def _records(self, base: int, offset: int) -> Iterator[Record]:
        with self._open(base) as descriptor:
            index = self._index(base)
            with self._moved:
                region = index.region(offset)
            data = self._disk.read(descriptor, region.position, region.end_position - region.position)
        expected, at = region.offset, 0
        while group := group_at(data, at, position=region.position + at, salt=index.header.salt):
            if group.base != expected:
                break
            if group.end > offset:
                yield from records_of(memoryview(data)[at:], group, offset=offset)
            expected, at = group.end, group.end_position - region.position

    def _index(self, base: int) -> Index:
        with self._moved:
            if self.newest and self.newest.header.base == base:
                return self.newest
            if base in self._sealed:
                self._sealed.move_to_end(base)
                return self._sealed[base]
        found = self._scan(base)
        found.index.mark(found.end, found.index.end_position)  # a reader of what should follow ends there
        with self._moved:
            self._sealed[base] = found.index
            if len(self._sealed) > _SEALED_INDEXES_MAX:
                self._sealed.popitem(last=False)
        return found.index

    def _damages(self, base: int) -> Iterator[Damage]:
        with self._moved:
            newest = self.newest if self.newest and self.newest.header.base == base else None
            end = next((following for following in self.bases if following > base), self.end)
        try:
            holes = self._holes(base, end, newest.end_position if newest else None)
        except Corrupted:
            holes = [Hole(0, base, end)]  # nothing can be verified without the header
        for hole in holes:
            yield self._damage(base, hole)

    def _holes(self, base: int, end: int, length: int | None) -> list[Hole]:
        found = self._scan(base, length)
        if found.end < end or found.unfinished_bytes:
            return [*found.holes, Hole(found.index.end_position, found.end, end)]
        return found.holes

    def _damage_at(self, base: int, offset: int) -> Damage:
        found = (damage for damage in self._damages(base) if damage.end > offset)
        return next(found, self._damage(base, Hole(self._index(base).region(offset).position, offset, offset + 1)))

    def _damage(self, base: int, hole: Hole) -> Damage:
        return Damage(
            topic=self.topic,
            partition=self.number,
            offset=hole.offset,
            end=hole.end,
            file=segment_path(self.folder, base),
            byte=hole.position,
        )

    def _scan(self, base: int, length: int | None = None) -> Scan:
        with self._open(base) as descriptor:
            header = read_header(self._disk, descriptor, segment_path(self.folder, base))
            return scan(self._disk.read(descriptor, 0, length or self._disk.size(descriptor)), header)

    @contextmanager
    def _open(self, base: int) -> Iterator[int]:
        descriptor = self._disk.open_to_read(segment_path(self.folder, base))
        try:
            yield descriptor
        finally:
            self._disk.close(descriptor)
