"""
The records of the topic `games`: everything the box score needs, in the order it became known.

Records of the source (`GameOpened`, `Played`, `Corrected`) tell what the feed says; those of operators are kept apart
by the fold and hold through every later correction. All name the run they belong to. *changed_ms* is when the feed was
written, as its store tells; no fold looks at it.
"""

from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from pressbox.model.event import Entry, PlayedEvent
from pressbox.model.roster import Team

FeedFormat: TypeAlias = Literal["gamestream", "playbyplay"]


class GameOpened(Struct, frozen=True, tag="game_opened"):
    """A run begins: one playing of the game's feed from its start, with both teams as they are now."""

    game: str
    run: int
    format: FeedFormat
    home: Team
    away: Team


class Played(Struct, frozen=True, gc=False, tag="played", omit_defaults=True):
    """The feed has one more entry."""

    game: str
    run: int
    entry: Entry
    changed_ms: int | None = None


class Corrected(Struct, frozen=True, tag="corrected", omit_defaults=True):
    """The feed's first *keep* entries stand; what followed them is now *entries*."""

    game: str
    run: int
    keep: int
    entries: tuple[Entry, ...]
    changed_ms: int | None = None


class RosterAmended(Struct, frozen=True, tag="roster_amended"):
    """Both rosters as they are now; conference, wins and losses stay as they were at the opening."""

    game: str
    run: int
    home: Team
    away: Team


class Voided(Struct, frozen=True, tag="voided"):
    """The play does not count. It stays in the list of plays, marked."""

    game: str
    run: int
    event_id: int


class Amended(Struct, frozen=True, tag="amended"):
    """The play with this event's id was really this."""

    game: str
    run: int
    event: PlayedEvent


class Confirmed(Struct, frozen=True, tag="confirmed"):
    """The scorer stands by the play."""

    game: str
    run: int
    event_id: int


class Mended(Struct, frozen=True, tag="mended"):
    """The rejected entry behind *dead_letter* should have said *event*."""

    game: str
    run: int
    dead_letter: str
    event: PlayedEvent


class Finished(Struct, frozen=True, tag="finished"):
    """
    The game is over although its feed does not say so.

    Said by an operator it holds; said after a silence it holds until the feed speaks again. *tail* is the unfinished
    last line of the feed, which no longer can become whole.
    """

    game: str
    run: int
    by: Literal["operator", "silence"]
    tail: Entry | None = None


SourceRecord: TypeAlias = GameOpened | Played | Corrected
OperatorRecord: TypeAlias = Voided | Amended | Confirmed | Mended | Finished
GameRecord: TypeAlias = (
    GameOpened | Played | Corrected | RosterAmended | Voided | Amended | Confirmed | Mended | Finished
)

encode_game_record = msgspec.json.Encoder().encode
decode_game_record = msgspec.json.Decoder(GameRecord).decode
