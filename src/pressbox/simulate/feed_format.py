"""
The play-by-play feed's document: its keys in its order, with its types, numbers as text where it writes them so.

The names are the feed's own.
"""

from typing import Any, TypeAlias

from msgspec import UNSET, Struct, UnsetType, field


class FeedPlay(Struct, frozen=True, kw_only=True):
    """One play; *time* is the clock of the period, and a ground ball has no *typetext*."""

    playername: str | None = None
    photo: str | None = None
    a1: str | None = None
    a2: str | None = None
    infraction: str = ""
    severity: str = ""
    teamlogo: str = ""
    shortname: str = ""
    period: str = ""
    scored: str = ""
    time: str = ""
    type: str = ""
    index: int = 0
    faceoffwon: str | None = None
    faceofflost: str | None = None
    typetext: str | UnsetType = UNSET


PlaysByPeriod: TypeAlias = dict[str, list[FeedPlay]]
"""Plays by their period's key, "1" to "4" and from "5" on overtime."""


class FeedPlayer(Struct, frozen=True, kw_only=True):
    """A field player: the game's figures first, then who it is, then the season's."""

    dotname: str
    name: str
    g: str = "0"
    a: str = "0"
    sog: str = "0"
    pim: str = "0"
    jersey: str
    photo: str | None = ""
    playerlinkid: int | None
    playerid: int
    inpenaltybox: int = 0
    height: str | None = None
    weight: str | None = None
    shoots: str | None = ""
    gp: int | None
    seasong: int
    seasong2: int
    seasona: int
    seasonpts: int
    seasonpim: int
    seasonname: str


class FeedGoalkeeper(Struct, frozen=True, kw_only=True):
    """A goalkeeper: shots against, goals against, saves; *Type* says who started, *innet* who stands there now."""

    dotname: str
    name: str
    jersey: str
    sa: str = "0"
    ga: str = "0"
    gp: int
    sav: str = "0"
    min: str = ""
    innet: str
    type: str = field(name="Type")
    photo: str | None = ""
    playerlinkid: int | None
    playerid: int
    inpenaltybox: int = 0
    height: str | None = None
    weight: str | None = None
    shoots: str | None = ""
    w: int
    l: int  # noqa: E741 - the feed's name for losses
    gaa: str
    svpct: str
    seasonname: str


class FeedRoster(Struct, frozen=True):
    """A team's players, and its goalkeepers by their place in the whole list."""

    players: list[FeedPlayer]
    goalies: dict[str, FeedGoalkeeper]


class ScoringLine(Struct, frozen=True, kw_only=True):
    """One goal of the scoring summary."""

    type: str
    period: str
    time: str
    playername: str | None
    playerlinkid: int | None
    photo: str | None = ""
    jersey: str
    asst1: str | None
    asst2: str | None
    scored: str = ""
    index: int
    teamlogo: str = ""
    shortname: str


class PenaltyLine(Struct, frozen=True, kw_only=True):
    """One penalty of the penalty summary."""

    period: str
    time: str
    playername: str | None
    photo: str | None = ""
    jersey: str
    severity: str
    infraction: str
    teamlogo: str = ""
    shortname: str
    index: int


class SidePeriods(Struct, frozen=True):
    """One team's goals (in points), shots on goal and penalty minutes, each by period."""

    g: dict[str, int]
    s: dict[str, int]
    pim: dict[str, int]


class ByPeriod(Struct, frozen=True):
    """Both teams' figures by period."""

    numperiods: int
    home: SidePeriods
    away: SidePeriods


class FeedDocument(Struct, frozen=True, kw_only=True):
    """The whole document."""

    hometeam: str
    shorthometeam: str
    homescore: int = 0
    awayteam: str
    shortawayteam: str
    awayscore: int = 0
    homelogo: str = ""
    awaylogo: str = ""
    homeroster: FeedRoster
    awayroster: FeedRoster
    playbyplay: PlaysByPeriod
    scoringsummary: list[ScoringLine]
    penaltysummary: list[PenaltyLine]
    matchup: dict[str, Any]
    video: list[Any] = []
    byperiodinformation: ByPeriod
    clockinformation: dict[str, Any]
    lastevent: list[Any] = []
    penaltybox: dict[str, list[Any]]
    currentstate: str = "Even Strength"
    streammessage: str = ""
