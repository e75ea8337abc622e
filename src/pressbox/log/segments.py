"""The embedded log: framed, checksummed, preallocated segment files with group commit."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace as changed

from pressbox.errors import BadInput
from pressbox.log.cursor import Cursors
from pressbox.log.disk import Disk, disk_errors
from pressbox.log.finding import Unfinished
from pressbox.log.lock import take_lock
from pressbox.log.reader import SegmentReader
from pressbox.log.retention import Held, Retained, Retention, expired, gaps
from pressbox.log.topic import make_topic, store_topic
from pressbox.log.writer import Writer
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord

SEGMENT_BYTES = 8 * 1024 * 1024


class SegmentLog(SegmentReader):
    """
    The log in *folder*, with the one writer it may have.

    Opening it reads each partition's newest segment only. An unfinished last group is cut there and kept in a side
    file, see `cuts`; damage before it is never cut: it is named when it is read, or by `verify`. *cursors* are those of
    readers that have no store of their own. *was_clean* tells whether it had been closed, and nothing written since.
    """

    def __init__(
        self,
        folder: Path,
        topics: Sequence[Topic],
        *,
        now_ms: Callable[[], int],
        segment_bytes: int = SEGMENT_BYTES,
        disk: Disk | None = None,
    ) -> None:
        """
        Open the log and make the *topics* it does not have yet.

        Raises:
            BadSettings: another process writes it, a newer version of pressbox wrote it, or a topic in it has
                another number of partitions.
            Corrupted: what is needed to know where a partition ends is damaged.
        """
        self._wanted, self._now_ms, self._segment_bytes = topics, now_ms, segment_bytes
        self._writers: dict[tuple[str, int], Writer] = {}
        self._closing = ExitStack()
        disk = disk or Disk()
        with disk_errors(f"making the folder {folder} of the log"):
            disk.make_folder(folder)
        self.cursors = Cursors(folder / "cursors", disk=disk)
        super().__init__(folder, disk=disk)

    @property
    def cuts(self) -> list[Unfinished]:
        """The unfinished groups that were cut when the log was opened."""
        return [partition.unfinished for partition in self._partitions.values() if partition.unfinished]

    def append(self, topic: str, partition: int, records: Sequence[NewRecord]) -> int:
        """
        Store *records* as one group, whole or absent even through a crash, and return the offset of the first.

        Appends that come while another one is being stored share the next group.

        Raises:
            Unavailable: the disk is full or failing; nothing was acknowledged, the same call may succeed later.
            BadInput: there is no such partition, or the records are more than a group can hold.
        """
        place = self._partition(topic, partition)
        return self._writers[topic, place.number].append(records)

    def wait(self, topic: str, partition: int, offset: int, *, timeout_s: float) -> bool:
        """Wait until the end has passed *offset* or *timeout_s* is over; return whether it has."""
        return self._partition(topic, partition).wait(offset, timeout_s)

    def advance_generation(self, topic: str) -> int:
        """
        Begin the next generation of *topic*, as when its log was lost and its offsets begin again; return its number.

        Raises:
            BadInput: it holds records, or held some.
            Unavailable: the disk is full or failing; the generation is the old one.
        """
        file = self._file(topic)
        if any(self.end(topic, partition) for partition in range(file.partitions)):
            raise BadInput(f"topic {topic} in {self._folder} has records: a generation begins in an empty topic only")
        advanced = changed(file, generation=file.generation + 1)
        with disk_errors(f"beginning a generation of topic {topic} in {self._folder}"):
            store_topic(self._disk, self._folder / topic, advanced)
        self._files[topic] = advanced
        return advanced.generation

    def retain(self, topic: str, retention: Retention, *, held: Held) -> Retained:
        """
        Remove the segments of *topic* that *retention* no longer keeps, and return what went.

        Nothing goes that a store or checkpoint of *held* still needs, except at the limit on disk; then the gaps say
        who missed what. The segment that is being written always stays.

        Raises:
            Unavailable: the disk refused; what was not removed goes next time.
        """
        partitions = [self._partition(topic, number) for number in range(self.partitions(topic))]
        with disk_errors(f"removing old segments of topic {topic} from {self._folder}"):
            sealed = [segment for partition in partitions for segment in partition.sealed()]
            total_bytes = sum(partition.length_bytes for partition in partitions)
            removed = expired(sealed, total_bytes, retention, now_ms=self._now_ms(), held=held)
            for segment in removed:
                partitions[segment.partition].remove_oldest()
        return Retained(removed, gaps(topic, removed, held))

    def close(self) -> None:
        """Finish what is under way and let go of the log; appending afterwards is an error."""
        self._closing.close()

    def _open(self) -> None:
        with ExitStack() as opened:
            opened.callback(self._disk.close, take_lock(self._disk, self._folder))
            for topic in self._wanted:
                self._add(topic.name, make_topic(self._disk, self._folder / topic.name, topic))
            for place, partition in self._partitions.items():
                self._writers[place] = Writer(
                    partition, self._disk, segment_bytes=self._segment_bytes, now_ms=self._now_ms
                )
                opened.callback(self._writers[place].close)
            ended = [one.last is None or not one.last.count for one in self._partitions.values()]
            self.was_clean = all(ended) and not self.cuts
            self._closing = opened.pop_all()
