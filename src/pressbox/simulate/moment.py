"""A moment of a feed: what its object holds from one event to the next."""

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct


class Moment(Struct, frozen=True):
    """
    The whole object as it stands *elapsed_s* seconds of play into the game.

    *clock* is the feed's own clock then, for people.
    """

    elapsed_s: int
    clock: str
    body: bytes


Moments: TypeAlias = Iterator[Moment]
"""A feed's moments in the order of play, made one at a time: a game of them is megabytes."""
