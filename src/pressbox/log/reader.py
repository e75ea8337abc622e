"""The embedded log as it can be looked at without writing: by commands, and beside a running process."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from pressbox.errors import BadInput, Corrupted
from pressbox.log.disk import Disk, disk_errors
from pressbox.log.finding import Finding
from pressbox.log.partition import Partition
from pressbox.log.topic import TopicFile, find_topic
from pressbox.stream.log import Topic
from pressbox.stream.record import Record


class SegmentReader:
    """
    The log in *folder* as it was when it was opened; it takes no lock and changes nothing.

    It may stand beside a running `SegmentLog`; what that one appends afterwards is seen by opening again.
    """

    def __init__(self, folder: Path, *, disk: Disk | None = None) -> None:
        """
        Open every topic found in *folder*.

        Raises:
            BadInput: there is no log.
            BadSettings: a newer version of pressbox wrote it.
        """
        if not folder.is_dir():
            raise BadInput(f"there is no log in {folder}: name the folder the settings give as the log's")
        self._folder, self._disk = folder, disk or Disk()
        self._files: dict[str, TopicFile] = {}
        self._partitions: dict[tuple[str, int], Partition] = {}
        with disk_errors(f"opening the log in {folder}"):
            self._open()

    @property
    def topics(self) -> list[Topic]:
        """The topics of the log, by name."""
        return [Topic(name, file.partitions) for name, file in sorted(self._files.items())]

    def generation(self, topic: str) -> int:
        """Return the generation of *topic*: 0, and one more each time its offsets began again."""
        return self._file(topic).generation

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of *topic*."""
        return self._file(topic).partitions

    def read(self, topic: str, partition: int, offset: int, *, records_max: int) -> list[Record]:
        """
        Return up to *records_max* acknowledged records from *offset* on; an empty list at the end.

        A reader that asks below `start` gets the records from `start` on and sees the gap in their offsets.

        Raises:
            Corrupted: the stored bytes are damaged; the message names topic, partition and offset.
        """
        return self._partition(topic, partition).read(offset, records_max)

    def start(self, topic: str, partition: int) -> int:
        """Return the offset of the oldest record kept."""
        return self._partition(topic, partition).start

    def end(self, topic: str, partition: int) -> int:
        """Return the offset the next record will get."""
        return self._partition(topic, partition).end

    def length_bytes(self, topic: str, partition: int) -> int:
        """Return how much of the disk the segments of the partition take."""
        return self._partition(topic, partition).length_bytes

    def verify(self) -> Iterator[Finding]:
        """Look at every byte of every segment and yield what is not as it should be."""
        for partition in self._partitions.values():
            yield from partition.findings()

    def close(self) -> None:
        """Let go of the log."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        for folder in sorted(path.parent for path in self._folder.glob("*/topic.json")):
            file = find_topic(folder)
            if file:
                self._add(folder.name, file)
        for partition in self._partitions.values():
            with suppress(Corrupted):  # to be named by whoever reads there, and by verify
                partition.load()

    def _add(self, topic: str, file: TopicFile) -> None:
        self._files[topic] = file
        for number in range(file.partitions):
            folder = self._folder / topic / str(number)
            self._partitions[topic, number] = Partition(self._disk, folder, topic, number)

    def _file(self, topic: str) -> TopicFile:
        if topic not in self._files:
            raise BadInput(f"the log in {self._folder} has no topic {topic!r}; it has {', '.join(sorted(self._files))}")
        return self._files[topic]

    def _partition(self, topic: str, number: int) -> Partition:
        count = self._file(topic).partitions
        if not 0 <= number < count:
            raise BadInput(f"topic {topic} has no partition {number}: its partitions are 0 to {count - 1}")
        return self._partitions[topic, number]
