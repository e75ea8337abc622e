"""
What a feed says happened, one value an entry.

The seed's game stream reports shots on goal only (`Shot`). The play-by-play feed reports the other plays; there
`clock_s` is the clock of the period and players are named, not numbered. Names are looked up in the game's own
rosters by the fold, never here and never across games.
"""

from typing import TypeAlias

from msgspec import Struct


class Shot(Struct, frozen=True, gc=False, tag="shot"):
    """One shot on goal as the scorer's table reported it; *clock_s* is the clock of the whole game."""

    event_id: int
    clock_s: int
    team_id: int
    jersey: str
    scored: bool


class Horn(Struct, frozen=True, gc=False, tag="horn"):
    """The clock stands at 00:00 and nobody shot: the game is over, and the entry has an id of its own."""

    event_id: int


class GameOver(Struct, frozen=True, gc=False, tag="game_over"):
    """The feed says that the game is over (id -1, or the status Final); it is no play of its own."""


class Goal(Struct, frozen=True, gc=False, tag="goal"):
    """A goal worth *points* (2 from behind the two-point line), with up to two assists."""

    event_id: int
    period: int
    clock_s: int
    team: str
    player: str | None
    assists: tuple[str, ...] = ()
    points: int = 1


class ShotOnGoal(Struct, frozen=True, gc=False, tag="shot_on_goal"):
    """A shot that the goalkeeper saved. *player* may be unreported; it then counts for the team only."""

    event_id: int
    period: int
    clock_s: int
    team: str
    player: str | None


class ShotOff(Struct, frozen=True, gc=False, tag="shot_off"):
    """A shot that missed the goal."""

    event_id: int
    period: int
    clock_s: int
    team: str
    player: str | None


class GroundBall(Struct, frozen=True, gc=False, tag="ground_ball"):
    """A loose ball won."""

    event_id: int
    period: int
    clock_s: int
    team: str
    player: str | None


class Faceoff(Struct, frozen=True, gc=False, tag="faceoff"):
    """A faceoff won by *team*; *winner* plays for it, *loser* for the other team."""

    event_id: int
    period: int
    clock_s: int
    team: str
    winner: str | None
    loser: str | None


class Penalty(Struct, frozen=True, gc=False, tag="penalty"):
    """A penalty as reported, such as "Slashing", "Personal Foul 1"."""

    event_id: int
    period: int
    clock_s: int
    team: str
    player: str | None
    infraction: str
    severity: str


class Timeout(Struct, frozen=True, gc=False, tag="timeout"):
    """A time-out taken by *team*."""

    event_id: int
    period: int
    clock_s: int
    team: str


class GoalkeeperIn(Struct, frozen=True, gc=False, tag="goalkeeper_in"):
    """*player* takes the goal of *team*."""

    event_id: int
    period: int
    clock_s: int
    team: str
    player: str


class OtherPlay(Struct, frozen=True, gc=False, tag="other_play"):
    """A play of a type that counts in no column here; it is shown, so that nothing the feed says is lost."""

    event_id: int
    period: int
    clock_s: int
    team: str
    player: str | None
    text: str


class Rejected(Struct, frozen=True, gc=False, tag="rejected"):
    """An entry the codec could not decode. It keeps its place in the list, so a later read is compared with it."""

    reason: str


Play: TypeAlias = Goal | ShotOnGoal | ShotOff | GroundBall | Faceoff | Penalty | Timeout | GoalkeeperIn | OtherPlay
PlayedEvent: TypeAlias = Shot | Horn | Play
Event: TypeAlias = PlayedEvent | GameOver | Rejected


class Entry(Struct, frozen=True, gc=False):
    """One entry of a feed as read: what it says, where it stands (line or play, from 1) and its bytes."""

    event: Event
    number: int
    raw: bytes

    def says_the_same(self, other: "Entry") -> bool:
        """Return whether both decode to the same; of undecodable entries, whether their bytes are equal."""
        if isinstance(self.event, Rejected):
            return isinstance(other.event, Rejected) and self.raw == other.raw
        return self.event == other.event
