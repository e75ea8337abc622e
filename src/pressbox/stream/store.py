"""The store port: a plain consumer of a result topic that keeps its own cursor with what it stores."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from msgspec import Struct

from pressbox.stream.record import Record

R = TypeVar("R")


class Cursor(NamedTuple):
    """How far a reader has come: the next *offset* it wants of the log's *generation*."""

    generation: int
    offset: int


class Batch(Struct, Generic[R], frozen=True):
    """
    Results in the order of their offsets, and the *cursor* of the reader that has taken them all.

    *times_ms* says when the log took each of them; it is empty where nobody knows.
    """

    partition: int
    results: Sequence[R]
    cursor: Cursor
    times_ms: Sequence[int] = ()


class Refusal(Struct, frozen=True):
    """A result that *store* refuses for good: the record of *topic* it came as, and why it was refused."""

    store: str
    topic: str
    generation: int
    partition: int
    record: Record
    reason: str


class Store(Protocol[R]):
    """
    A place that takes results and gives its cursor back.

    The same batch may come twice, whole or in part, and must leave the same rows: a result whose mark is not above
    the one kept for its key is a repeat and changes nothing. Cursor and rows move together, or the cursor after.
    """

    name: str

    def open(self) -> None:
        """
        Make ready to write, creating what is missing.

        Raises:
            Unavailable: it cannot be reached now.
            BadSettings: it can be reached and cannot be used (wrong password, wrong version).
        """
        ...

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*, or None where nothing has been read yet."""
        ...

    def write(self, batch: Batch[R]) -> None:
        """
        Take *batch* and move the cursor to its end.

        Raises:
            Unavailable: nothing certain was stored; the same batch comes again later.
            PartlyRejected: nothing was stored; the batch comes again without the named results.
        """
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...
