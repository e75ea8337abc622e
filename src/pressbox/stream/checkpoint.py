"""The checkpoint port: where a fold with much to remember leaves its states, so that a restart folds little again."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct


class Checkpoint(Struct, frozen=True):
    """The encoded *state* of a key after every record of the partition below offset *next*."""

    next: int
    state: bytes


class Checkpoints(Protocol):
    """
    Keeps one checkpoint a key, and the offset from which a partition is to be folded again.

    What is kept belongs to one generation of the topic and to one version of the fold; under any other it is forgotten.
    A checkpoint is only ever written once the results up to it are durable.
    """

    def begin(self, partition: int, generation: int, version: int) -> int:
        """
        Return the offset to fold *partition* from, 0 where nothing is kept of this *generation* and *version*.

        Raises:
            Unavailable: the checkpoints cannot be read or written now.
            BadSettings: they were written by a newer pressbox, or are damaged.
        """
        ...

    def read(self, partition: int, key: str) -> Checkpoint | None:
        """Return the checkpoint of *key*."""
        ...

    def write(self, partition: int, begin: int, checkpoints: Mapping[str, Checkpoint]) -> None:
        """
        Keep *checkpoints* by key, and *begin* as the offset to fold *partition* from; all of it or nothing.

        Raises:
            Unavailable: nothing was kept; the fold goes on, and a restart folds more again.
        """
        ...

    def close(self) -> None:
        """Let go of them."""
        ...
