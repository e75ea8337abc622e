"""
A revision: the one integer that tells which of two results is newer.

`generation * 2**40 + input offset`, so it stays below 2**53 and JSON, MongoDB and addresses carry it without loss.
Revisions are comparable within one key only. A record may give several results; they share its revision and are
told apart by their index, so every guard compares the pair (revision, index).
"""

from typing import TypeAlias

_OFFSET_BITS = 40
_GENERATIONS = 1 << 13


Mark: TypeAlias = tuple[int, int]
"""(revision, index): the place of one result in the history of its key; the higher one is the newer one."""

BEFORE_ALL: Mark = (-1, -1)


def revision_of(generation: int, offset: int) -> int:
    """
    Return the revision of the record at *offset* of the log's *generation*.

    Raises:
        ValueError: either is negative or too large to keep the revision below 2**53.
    """
    if not 0 <= generation < _GENERATIONS:
        message = f"generation {generation} is outside 0..{_GENERATIONS - 1}"
        raise ValueError(message)
    if not 0 <= offset < 1 << _OFFSET_BITS:
        message = f"offset {offset} is outside 0..2**{_OFFSET_BITS} - 1"
        raise ValueError(message)
    return generation << _OFFSET_BITS | offset


def generation_of(revision: int) -> int:
    """Return the log generation *revision* belongs to."""
    return revision >> _OFFSET_BITS


def offset_of(revision: int) -> int:
    """Return the input offset *revision* stands for."""
    return revision & ((1 << _OFFSET_BITS) - 1)
