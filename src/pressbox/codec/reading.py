"""What a codec makes of one read of a feed."""

from msgspec import Struct

from pressbox.model.event import Entry
from pressbox.model.roster import Team


class Reading(Struct, frozen=True):
    """
    One read of a feed, decoded.

    *entries* are all entries in the feed's order, rejected ones included. *tail* is an unfinished last line: it waits
    for its rest and is no entry yet. *home* and *away* are the rosters of a feed that brings its own.
    """

    entries: tuple[Entry, ...]
    tail: Entry | None = None
    home: Team | None = None
    away: Team | None = None
