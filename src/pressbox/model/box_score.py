"""
The box score document and the results of the box score pipeline.

The document is the seed's, field for field: `_id`, `timestamp`, `home`, `away` with `teamid`, `conference`, `wins`,
`losses`, `score`, `status`, `players[{id, name, shots, goals, pct}]`. Every other field is an addition. A field that
a feed's format knows and this game's feed does not report is null; a field its format does not know is left out.
"""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, field

Status: TypeAlias = Literal["winning", "losing", "tied"]
PlayStatus: TypeAlias = Literal["", "confirmed", "amended", "voided"]


class PlayerLine(Struct, gc=False):
    """One player's row, in this game only. *shots* are all attempts; *pct* is goals / shots, half up, 2 places."""

    id: int | str
    name: str
    number: str
    shots: int = 0
    goals: int = 0
    pct: float = 0.0
    shots_on_goal: int | UnsetType = UNSET
    two_point_goals: int | UnsetType = UNSET
    assists: int | UnsetType = UNSET
    points: int | UnsetType = UNSET
    ground_balls: int | UnsetType = UNSET
    turnovers: UnsetType | None = UNSET
    caused_turnovers: UnsetType | None = UNSET
    faceoffs_won: int | UnsetType = UNSET
    faceoffs_taken: int | UnsetType = UNSET
    penalties: int | UnsetType = UNSET
    penalty_minutes: int | UnsetType = UNSET


class GoalkeeperLine(Struct, gc=False):
    """One goalkeeper's row; *minutes* is the time in goal as mm:ss."""

    id: int | str
    name: str
    number: str
    goals_against: int = 0
    saves: int = 0
    minutes: str = "00:00"


class TeamBox(Struct):
    """One side of the box score. The lists by period have one number a period begun, four at least."""

    teamid: int | str
    conference: str | None
    wins: int | None
    losses: int | None
    score: int
    status: Status
    players: list[PlayerLine]
    name: str
    shots_by_period: list[int]
    goals_by_period: list[int]
    score_by_period: list[int] | UnsetType = UNSET
    shots: int | UnsetType = UNSET
    shots_on_goal: int | UnsetType = UNSET
    ground_balls: int | UnsetType = UNSET
    faceoffs_won: int | UnsetType = UNSET
    faceoffs_taken: int | UnsetType = UNSET
    penalties: int | UnsetType = UNSET
    penalty_minutes: int | UnsetType = UNSET
    timeouts: int | UnsetType = UNSET
    turnovers: UnsetType | None = UNSET
    clears: UnsetType | None = UNSET
    extra_man: UnsetType | None = UNSET
    goalkeepers: list[GoalkeeperLine] | UnsetType = UNSET


class PlayLine(Struct, gc=False):
    """One accepted play as people read it; *clock* is the period's. *status* is empty for an ordinary play."""

    event_id: int
    period: int
    clock: str
    kind: str
    teamid: int | str | None
    player_id: int | str | None
    text: str
    score: tuple[int, int]
    status: PlayStatus = ""


class BoxScore(Struct):
    """
    The document after one event.

    *id* is the highest event id accepted so far, *timestamp* the clock the feed reported with it (00:00 when final).
    *plays* are the newest ones, newest first. *confirmed*, *amended* and *voided* list event ids.
    """

    id: int = field(name="_id")
    timestamp: str
    home: TeamBox
    away: TeamBox
    game: str
    run: int
    revision: int
    revision_index: int
    period: int
    period_clock: str
    final: bool
    plays: list[PlayLine]
    confirmed: list[int]
    amended: list[int]
    voided: list[int]


class Document(Struct, frozen=True, tag="document"):
    """A document to store under (game, event id). *opened* is the revision at which its run began."""

    game: str
    revision: int
    index: int
    run: int
    opened: int
    event_id: int
    final: bool
    body: Raw


class Gone(Struct, frozen=True, tag="gone"):
    """The document of this event id is no more: a correction took the event away."""

    game: str
    revision: int
    index: int
    run: int
    event_id: int


class TeamResult(Struct, frozen=True):
    """What a final game adds to one team's standings."""

    teamid: int
    wins: int
    losses: int


class PlayerResult(Struct, frozen=True):
    """What a final game adds to one player's season totals."""

    id: int
    shots: int
    goals: int


class Settled(Struct, frozen=True, tag="settled"):
    """The game is final and adds this to `teams2` and `players2`, in place of what it added before."""

    game: str
    revision: int
    index: int
    run: int
    teams: tuple[TeamResult, ...]
    players: tuple[PlayerResult, ...]


class Unsettled(Struct, frozen=True, tag="unsettled"):
    """The game is live again and adds nothing."""

    game: str
    revision: int
    index: int
    run: int


class DeadLetter(Struct, frozen=True, tag="dead_letter"):
    """
    An entry that could not be used, with everything needed to mend it.

    *id* names it for good: game, run, a hash of its bytes, and which of several equal entries it is.
    """

    game: str
    revision: int
    index: int
    run: int
    id: str
    number: int
    raw: bytes
    reason: str


class DeadLetterClosed(Struct, frozen=True, tag="dead_letter_closed"):
    """The dead letter needs nobody any more: it was mended, or its entry left the feed."""

    game: str
    revision: int
    index: int
    run: int
    id: str
    how: Literal["mended", "gone"]


BoxScoreResult: TypeAlias = Document | Gone | Settled | Unsettled
DeadLetterResult: TypeAlias = DeadLetter | DeadLetterClosed
Result: TypeAlias = Document | Gone | Settled | Unsettled | DeadLetter | DeadLetterClosed

encode_result = msgspec.json.Encoder().encode
decode_box_score_result = msgspec.json.Decoder(BoxScoreResult).decode
decode_dead_letter_result = msgspec.json.Decoder(DeadLetterResult).decode
