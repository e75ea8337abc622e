"""A question in SQL, and its answer."""

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import Struct

from pressbox.model.action import ActionTable


class Answer(Struct, frozen=True):
    """The *columns* of an answer with their *types*, its *rows*, and whether there were more of them than asked for."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    is_cut: bool


class Inquiry(Protocol):
    """Answers questions over tables, and does nothing else."""

    def tables(self) -> Sequence[ActionTable]:
        """Return the tables there are, by name."""
        ...

    def ask(self, question: str) -> Answer:
        """
        Return the answer to *question*, one SELECT.

        Raises:
            BadInput: it is no such question, or took too long or too much memory.
            Unavailable: too many are asked at once.
        """
        ...

    def parquet(self, question: str) -> bytes:
        """Return the answer to *question* as a Parquet file; errors as in `ask`."""
        ...
