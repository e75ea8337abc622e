"""What a look at the log's files can find, each with the place it was found at."""

from pathlib import Path
from typing import TypeAlias

from msgspec import Struct


class Damage(Struct, frozen=True):
    """
    Acknowledged bytes that are not what was written: the records from *offset* until before *end* cannot be returned.

    *end* equals *offset* where only bytes that carry no record are damaged.
    """

    topic: str
    partition: int
    offset: int
    end: int
    file: Path
    byte: int

    def __str__(self) -> str:
        return (
            f"topic {self.topic}, partition {self.partition}: {self._what} damaged at byte {self.byte} of {self.file};"
            " nothing was cut: restore that file from a copy"
        )

    @property
    def _what(self) -> str:
        if self.byte == 0:
            return f"the header of the segment with the records from offset {self.offset} on is"
        if self.end == self.offset:
            return f"bytes before offset {self.offset}, none of a record, are"
        return f"the records from offset {self.offset} to {self.end - 1} are"


class Unfinished(Struct, frozen=True):
    """
    A last group that was never acknowledged: a crash cut its write short, or it is being written just now.

    *kept_in* names the side file its bytes were moved to; None where the log was only looked at.
    """

    topic: str
    partition: int
    offset: int
    file: Path
    byte: int
    length: int
    kept_in: Path | None = None

    def __str__(self) -> str:
        fate = f"cut, and kept in {self.kept_in}" if self.kept_in else "to be cut when the log is next opened to write"
        return (
            f"topic {self.topic}, partition {self.partition}: an unfinished group of {self.length} bytes at offset"
            f" {self.offset}, byte {self.byte} of {self.file}, never acknowledged: {fate}"
        )


class Gap(Struct, frozen=True):
    """Records a store had not read when they had to make room, from *offset* until before *end*."""

    store: str
    topic: str
    partition: int
    offset: int
    end: int

    def __str__(self) -> str:
        return (
            f"store {self.store} had not read offsets {self.offset} to {self.end - 1} of topic {self.topic}, partition"
            f" {self.partition}, when the topic reached its limit on disk: they are gone"
        )


Finding: TypeAlias = Damage | Unfinished
