"""What a look at the log's files can find, each with the place it was found at."""

from pathlib import Path
from typing import TypeAlias

from msgspec import Struct


class Damage(Struct, frozen=True):
    """
    Acknowledged bytes that are not what was written: the records from *offset* up to *end* cannot be returned.

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
            f"topic {self.topic}, partition {self.partition}: the records from offset {self.offset} up to {self.end} are"
            f" damaged at byte {self.byte} of {self.file}; nothing was cut: restore that file from a copy"
        )


class Unfinished(Struct, frozen=True):
    """
    A last group that was never acknowledged, as a crash in the middle of a write leaves it.

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


Finding: TypeAlias = Damage | Unfinished
