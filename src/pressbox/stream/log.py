"""The log port: named topics of ordered partitions whose acknowledged records are on disk."""

import zlib
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from pressbox.stream.record import NewRecord, Record


class Topic(Struct, frozen=True):
    """A topic to have: its number of partitions is fixed when it is made."""

    name: str
    partitions: int = 1


class Log(Protocol):
    """
    Durable, ordered, append-only.

    `append` returns only when its records are on disk, all of them or none. Records of one partition are read in the
    order of their offsets, without gaps, and only once they are acknowledged.
    """

    def generation(self, topic: str) -> int:
        """Return the generation of *topic*: 0, and one more each time its offsets began again."""
        ...

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of *topic*."""
        ...

    def append(self, topic: str, partition: int, records: Sequence[NewRecord]) -> int:
        """
        Store *records* as one group, whole or absent even through a crash, and return the offset of the first.

        Raises:
            Unavailable: the disk is full or failing; nothing was acknowledged, the same call may succeed later.
        """
        ...

    def read(self, topic: str, partition: int, offset: int, *, records_max: int) -> list[Record]:
        """
        Return up to *records_max* acknowledged records from *offset* on; an empty list at the end.

        A reader that asks below `start` gets the records from `start` on and sees the gap in their offsets.

        Raises:
            Corrupted: the stored bytes are damaged; the message names topic, partition and offset.
        """
        ...

    def start(self, topic: str, partition: int) -> int:
        """Return the offset of the oldest record kept."""
        ...

    def end(self, topic: str, partition: int) -> int:
        """Return the offset the next record will get."""
        ...

    def wait(self, topic: str, partition: int, offset: int, *, timeout_s: float) -> bool:
        """Wait until the end has passed *offset* or *timeout_s* is over; return whether it has."""
        ...

    def close(self) -> None:
        """Finish what is under way and let go of the log; appending afterwards is an error."""
        ...


def partition_of(key: str, partitions: int) -> int:
    """Return the partition all records of *key* lie in: a checksum, so that it is the same in every process."""
    return zlib.crc32(key.encode()) % partitions
