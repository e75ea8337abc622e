"""The story of a game: every play written down, and what was corrected since, as its records tell it."""

from typing import Literal, TypeAlias

from msgspec import Struct

from pressbox.model.box_score import PlayLine

CorrectionKind: TypeAlias = Literal[
    "corrected", "amended", "voided", "confirmed", "mended", "roster amended", "finished"
]
"""Who said so: `corrected` the feed itself, everything else an operator."""


class Change(Struct, frozen=True):
    """One play before and after a correction; None where it was not there before, or is no more."""

    event_id: int
    before: PlayLine | None
    after: PlayLine | None


class Correction(Struct, frozen=True):
    """One record that changed the past: its *revision*, when the log got it, and the plays that differ by it."""

    revision: int
    time_ms: int
    kind: CorrectionKind
    changes: tuple[Change, ...]


class Story(Struct, frozen=True):
    """
    All plays of a run in the order they were written down, and its corrections, oldest first.

    *event_id* and *revision* name the moment: the document whose plays these are. *logged_ms* is when the log got the
    record at *revision*, *changed_ms* when its feed was written, where the feed's store tells.
    """

    game: str
    run: int
    event_id: int
    revision: int
    logged_ms: int
    changed_ms: int | None
    plays: tuple[PlayLine, ...]
    corrections: tuple[Correction, ...]
