"""Who may play: players, teams and both rosters of a game, as they were when it was opened."""

from msgspec import Struct


class Player(Struct, frozen=True, omit_defaults=True):
    """
    One rostered player.

    *number* is the jersey as text ("00" is not "0"), unique within a team only. *shots* and *goals* are the season
    totals of the reference table, never those of a game.
    """

    id: int | str
    name: str
    number: str
    shots: int = 0
    goals: int = 0
    goalkeeper: bool = False
    starter: bool = False


class Team(Struct, frozen=True):
    """
    One team with its roster and standings.

    *short* is the name the feed's plays use, where it has one. Conference, wins and losses are None where the feed
    brings its own rosters and does not report them.
    """

    id: int | str
    name: str
    conference: str | None
    wins: int | None
    losses: int | None
    players: tuple[Player, ...]
    short: str = ""
