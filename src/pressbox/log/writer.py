"""The one writer of a partition: groups at the end of its newest segment, each on disk before it is acknowledged."""

import errno
from collections.abc import Callable, Sequence

from pressbox.errors import BadInput, Unavailable
from pressbox.log.commit import GroupCommit
from pressbox.log.disk import Disk
from pressbox.log.frame import HEADER_BYTES, Batch, Group, batch_of, frame_of
from pressbox.log.partition import Partition
from pressbox.log.recovery import OpenSegment, recover
from pressbox.log.scan import Index
from pressbox.log.segment import FRAMES_AT, Header, create_segment, new_salt
from pressbox.stream.record import NewRecord

_FULL = {errno.ENOSPC, errno.EDQUOT}
_GROUP_BYTES_MAX = 64 * 1024 * 1024
_ZEROES_BYTES = 512 * 1024
_BROKEN_RETRY_AFTER_S = 60.0


class Writer:
    """
    Appends to *partition*, which must not have another writer.

    A full disk refuses a group and takes the next one when there is room again. After any other failure nobody knows
    what of the group is on disk, and another sync may report success for pages the kernel has given up: so the writer
    refuses everything until the log is opened again, which looks at the file and writes its last group anew.
    """

    def __init__(self, partition: Partition, disk: Disk, *, segment_bytes: int, now_ms: Callable[[], int]) -> None:
        self._partition, self._disk = partition, disk
        self._segment_bytes, self._now_ms = segment_bytes, now_ms
        self._commit = GroupCommit(self._write)
        self._segment = recover(partition, disk)
        self._spoiled_end = self._zeroed_end = 0
        self._broken = ""

    def append(self, records: Sequence[NewRecord]) -> int:
        """
        Store *records* in one group, maybe together with those of other callers, and return the first offset.

        Raises:
            Unavailable: nothing was acknowledged.
            BadInput: they are more than a group can hold.
        """
        if not records:
            return self._partition.end  # an empty group would say that the log was closed
        batch = batch_of(records)
        if len(batch.data) > _GROUP_BYTES_MAX:
            limit = f"a group holds {_GROUP_BYTES_MAX} bytes"
            raise BadInput(f"{self._partition.name}: {len(batch.data)} bytes at once, {limit}: append fewer records")
        return self._commit.append(batch)

    def close(self) -> None:
        """Serve who waits, mark the end as clean where something was written, and let go of the file."""
        self._commit.close()
        if self._segment is None:
            return
        try:
            if self._partition.last and self._partition.last.count and not self._broken:
                self._write(())
        finally:
            self._disk.close(self._segment.descriptor)
            self._segment = None

    def _write(self, batches: Sequence[Batch]) -> int:
        if self._broken:
            raise Unavailable(self._broken, retry_after_s=_BROKEN_RETRY_AFTER_S)
        base = self._partition.end
        try:
            self._mend()
            length = HEADER_BYTES + sum([len(batch.data) for batch in batches])
            mark = HEADER_BYTES if batches else 0  # room stays for that of a clean close, even on a full disk
            self._store(self._with_room(length + mark), batches, length)
        except OSError as error:
            if error.errno not in _FULL:
                self._refuse_from_now_on(error)
            raise self._unavailable(error) from error
        return base

    def _mend(self) -> None:
        # A write that failed half-way left something behind the last group: nothing of it may come back.
        if self._segment and self._spoiled_end:
            position = self._segment.index.end_position
            self._disk.write(self._segment.descriptor, position, bytes(self._spoiled_end - position))
            self._sync(self._segment)
            self._spoiled_end = 0

    def _with_room(self, length: int) -> OpenSegment:
        full = self._segment
        if full and full.index.end_position + length <= full.size:
            return full
        header = Header(self._partition.end, new_salt(), self._now_ms())
        size = max(self._segment_bytes, FRAMES_AT + length)
        descriptor = create_segment(self._disk, self._partition.folder, header, size)
        self._segment, self._zeroed_end = OpenSegment(descriptor, size, Index(header)), 0
        self._partition.begin_segment(self._segment.index)
        if full:
            self._disk.close(full.descriptor)
        return self._segment

    def _store(self, segment: OpenSegment, batches: Sequence[Batch], length: int) -> None:
        base, position = self._partition.end, segment.index.end_position
        group = Group(base, sum([batch.count for batch in batches]), position, position + length)
        zeroes = self._zeroes_after(group, segment.size)
        frame = frame_of(batches, position=position, base=base, salt=segment.index.header.salt, zeroes=zeroes)
        self._spoiled_end = group.end_position
        self._disk.write(segment.descriptor, position, frame)
        self._sync(segment)
        self._partition.advance(segment.index, group)
        self._spoiled_end = 0

    def _zeroes_after(self, group: Group, size: int) -> int:
        # The first sync of a block that is only reserved has to store metadata too, which takes as long again: so now
        # and then a group brings zeroes for the blocks of the next ones, and one sync does it for all.
        if group.end_position <= self._zeroed_end:
            return 0
        self._zeroed_end = min(group.end_position + _ZEROES_BYTES, size)
        return self._zeroed_end - group.end_position

    def _sync(self, segment: OpenSegment) -> None:
        try:
            self._disk.sync(segment.descriptor)
        except OSError as error:
            self._refuse_from_now_on(error)
            raise

    def _refuse_from_now_on(self, error: OSError) -> None:
        self._broken = (
            f"{self._partition.name}: the disk failed to store a group ({error.strerror}), nothing more is appended to"
            f" {self._partition.folder}: look at the disk, then start pressbox again"
        )

    def _unavailable(self, error: OSError) -> Unavailable:
        if self._broken:
            return Unavailable(self._broken, retry_after_s=_BROKEN_RETRY_AFTER_S)
        return Unavailable(
            f"{self._partition.name}: nothing was appended to {self._partition.folder} ({error.strerror}): make room, it"
            " goes on by itself"
        )
