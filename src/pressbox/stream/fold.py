"""
A keyed fold: the value a pipeline ends in and a runner executes.

A fold reads a topic and writes topics: `apply(state, revision, record) -> (state, results)`. It does no I/O, reads no
clock and draws no random numbers, so the same records always give the same results.
"""

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

S = TypeVar("S")
I_contra = TypeVar("I_contra", contravariant=True)
I_ = TypeVar("I_")


class HasMark(Protocol):
    """What every result tells of itself: the revision of its record, and its place among that record's results."""

    @property
    def revision(self) -> int:
        """The revision of the record it came from."""
        ...

    @property
    def index(self) -> int:
        """Its place among the results of that record, from 0."""
        ...


O_co = TypeVar("O_co", bound=HasMark, covariant=True)
O_ = TypeVar("O_", bound=HasMark)


class Apply(Protocol[S, I_contra, O_co]):
    """Move the state by one record. The state may be mutable: it belongs to whoever runs the fold."""

    def __call__(
        self, state: S | None, revision: int, record: I_contra, /, *, silent: bool = False
    ) -> tuple[S | None, Sequence[O_co]]:
        """
        Return the state after *record*, which stands at *revision*, and its results in order.

        Where *silent* the results are known to be stored already: the state moves and nothing is shaped.
        """
        ...


class KeyedFold(Struct, Generic[S, I_, O_], frozen=True):
    """
    A pipeline as a value.

    Records come from the topic *source*; `topic_of` tells into which of *targets* a result goes. Results carry
    `revision` and `index`; those of one record go into a topic in the order of their index. Targets are appended to in
    the order given, so what the last one holds of a record proves that the others hold theirs.

    A fold with much to remember tells how to *freeze* a state into bytes and *thaw* it again, so that it can go on from
    a checkpoint; *version* is raised when its states or results change.
    """

    name: str
    source: str
    targets: tuple[str, ...]
    decode: Callable[[bytes], I_]
    apply: Apply[S, I_, O_]
    encode: Callable[[O_], bytes]
    topic_of: Callable[[O_], str]
    freeze: Callable[[S], bytes] | None = None
    thaw: Callable[[bytes], S] | None = None
    version: int = 1
