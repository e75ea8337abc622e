"""
What a source saw last of each game, and what a new read says about it. Pure.

The memory is a fold of the source's own records in the log, so a source keeps no position of its own: after a restart
it compares what the object says now with what the log says it said.
"""

from collections.abc import Sequence
from enum import Enum, auto

from msgspec import Struct, field

from pressbox.model.event import Entry, GameOver, Horn, Shot
from pressbox.model.game import Corrected, FeedFormat, Finished, GameOpened, GameRecord, Played, RosterAmended
from pressbox.model.roster import Team


class Seen(Struct):
    """What the log holds of one game's feed in its current run."""

    run: int
    format: FeedFormat
    home: Team
    away: Team
    entries: list[Entry] = field(default_factory=list)
    closed: bool = False
    finished: Finished | None = None

    @property
    def over(self) -> bool:
        """Whether the game is over, by its feed or by somebody's word."""
        return self.closed or self.finished is not None


class Difference(Enum):
    """How a read differs from what was seen."""

    NOTHING = auto()
    APPENDED = auto()
    CORRECTED = auto()
    CORRECTED_IF_STILL_SHORTER = auto()
    NEW_RUN_IF_STILL_SHORTER = auto()


def remember(seen: Seen | None, record: GameRecord) -> Seen | None:
    """Return what is known of the feed after *record*; operators' words on plays tell nothing about it."""
    match record:
        case GameOpened():
            return Seen(record.run, record.format, record.home, record.away)
        case _ if seen is None or record.run != seen.run:
            return seen
        case Played():
            seen.entries.append(record.entry)
            seen.closed = seen.closed or _ends(record.entry)
            _break_silence(seen)
        case Corrected():
            seen.entries[record.keep :] = record.entries
            seen.closed = any(map(_ends, seen.entries))
            _break_silence(seen)
        case RosterAmended():
            seen.home, seen.away = record.home, record.away
        case Finished():
            seen.finished = record
        case _:
            pass
    return seen


def compare(seen: Sequence[Entry], read: Sequence[Entry]) -> tuple[Difference, int]:
    """
    Return how the decoded list *read* differs from *seen*, and how many first entries stand.

    An empty list says nothing: objects are written by truncating them first. Anything shorter than before is believed
    only when it is still shorter a while later. Then a first part of fewer than half the entries, or a list that begins
    differently, is a new run: somebody began the game again.
    """
    keep = 0
    for before, now in zip(seen, read, strict=False):
        if now is not before and not now.says_the_same(before):
            break
        keep += 1
    if not read or keep == len(seen) == len(read):
        return Difference.NOTHING, keep
    if keep == len(seen):
        return Difference.APPENDED, keep
    if len(read) >= len(seen):
        return Difference.CORRECTED, keep
    if keep == 0 or (keep == len(read) and 2 * len(read) < len(seen)):
        return Difference.NEW_RUN_IF_STILL_SHORTER, keep
    return Difference.CORRECTED_IF_STILL_SHORTER, keep


def _break_silence(seen: Seen) -> None:
    if seen.finished is not None and seen.finished.by == "silence":
        seen.finished = None


def _ends(entry: Entry) -> bool:
    event = entry.event
    return isinstance(event, GameOver | Horn) or (isinstance(event, Shot) and event.clock_s == 0)
