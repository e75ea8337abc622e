"""The season so far as tables: teams by conference, players by what is asked for."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, TypeAlias

from msgspec import Meta, Struct

from pressbox.model.reference import ReferenceData, TeamRow
from pressbox.model.standings import StandingsRows
from pressbox.pipelines.side_sheet import percentage

SHOTS_MIN: Final = 10
"""Who shot less often is not compared by percentage: one goal of one shot is no 1.00 worth a first place."""

PLAYERS_SHOWN: Final = 50

Sort: TypeAlias = Literal["goals", "shots", "pct", "name", "team"]


class TeamStanding(Struct, frozen=True):
    """A team in its conference."""

    teamid: Annotated[int, Meta(examples=[101])]
    name: Annotated[str, Meta(examples=["syracuse"])]
    conference: Annotated[str, Meta(examples=["ACC"])]
    wins: int
    losses: int
    pct: Annotated[
        float | None, Meta(description="wins / (wins + losses), 3 places; null before a game was won or lost")
    ]
    games_behind: Annotated[
        float | None,
        Meta(description="behind the first of its conference, by all games; null before a game was won or lost"),
    ]


class PlayerStanding(Struct, frozen=True):
    """A player's season."""

    id: int
    name: str
    number: str
    teamid: int
    team: str
    goals: int
    shots: int
    pct: Annotated[float, Meta(description="goals / shots, half up, 2 places; 0.0 without a shot")]


class Standings(Struct, frozen=True):
    """
    The season so far.

    *settled* says whether final games are counted in it (`teams2`, `players2`); where none is, it is the base tables.
    """

    settled: bool
    shots_min: Annotated[int, Meta(description="who shot less often comes last when sorted by `pct`")]
    teams: list[TeamStanding]
    players: list[PlayerStanding]


def standings_of(rows: StandingsRows, sort: Sort) -> Standings:
    """Return *rows* as standings: teams by conference, the best first; players by *sort*."""
    return Standings(rows.settled, SHOTS_MIN, _teams(rows.data), sorted(_players(rows.data), key=_ORDERS[sort]))


def conferences(standings: Standings) -> Mapping[str, Sequence[TeamStanding]]:
    """Return the teams by conference."""
    found: dict[str, list[TeamStanding]] = defaultdict(list)
    for team in standings.teams:
        found[team.conference].append(team)
    return found


def pct_text(pct: float | None) -> str:
    """Return a team's *pct* as tables print it: .714, 1.000; a dash where there is none."""
    return "–" if pct is None else f"{pct:.3f}".removeprefix("0")


def games_behind_text(games: float | None) -> str:
    """Return games behind as tables print them: halves as ½, a dash for the first."""
    if not games:
        return "–"
    whole, half = divmod(int(games * 2), 2)
    return f"{whole or ''}{'½' if half else ''}"


def _teams(data: ReferenceData) -> list[TeamStanding]:
    ranked: dict[str, list[TeamRow]] = defaultdict(list)
    for row in data.teams:
        ranked[row.conference].append(row)
    return [
        _team(row, best)
        for conference in sorted(ranked, key=str.casefold)
        for best in [max(ranked[conference], key=_lead)]
        for row in sorted(ranked[conference], key=lambda row: (-(_pct(row) or 0), -row.wins, row.name))
    ]


def _team(row: TeamRow, best: TeamRow) -> TeamStanding:
    behind = None if _pct(row) is None else (_lead(best) - _lead(row)) / 2
    return TeamStanding(row.id, row.name, row.conference, row.wins, row.losses, _pct(row), behind)


def _pct(row: TeamRow) -> float | None:
    decided = row.wins + row.losses
    return None if not decided else (2000 * row.wins + decided) // (2 * decided) / 1000


def _lead(row: TeamRow) -> int:
    return row.wins - row.losses


def _players(data: ReferenceData) -> list[PlayerStanding]:
    names = {team.id: team.name for team in data.teams}
    return [
        PlayerStanding(
            id=row.id,
            name=row.name,
            number=row.number,
            teamid=row.teamid,
            team=names.get(row.teamid, ""),
            goals=row.goals,
            shots=row.shots,
            pct=percentage(row.goals, row.shots),
        )
        for row in data.players
    ]


_ORDERS: Final[Mapping[Sort, Callable[[PlayerStanding], tuple[Any, ...]]]] = {
    "goals": lambda one: (-one.goals, -one.pct, one.name, one.id),
    "shots": lambda one: (-one.shots, -one.goals, one.name, one.id),
    "pct": lambda one: (one.shots < SHOTS_MIN, -one.pct, -one.goals, one.name, one.id),
    "name": lambda one: (one.name.casefold(), one.id),
    "team": lambda one: (one.team.casefold(), -one.goals, one.name, one.id),
}
