"""The reference data: teams and players with their season so far, and what final games add to it."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from pressbox.errors import BadInput
from pressbox.model.box_score import Settled, Unsettled
from pressbox.model.roster import Player, Team


class TeamRow(Struct, frozen=True):
    """A row of the table `teams`."""

    id: int
    name: str
    conference: str
    wins: int
    losses: int


class PlayerRow(Struct, frozen=True):
    """A row of the table `players`. *number* is the jersey as text ("00" is not "0"), unique within a team only."""

    id: int
    name: str
    number: str
    shots: int
    goals: int
    teamid: int


class ReferenceData(Struct, frozen=True):
    """Both tables, in the order they were loaded."""

    teams: tuple[TeamRow, ...]
    players: tuple[PlayerRow, ...]


def team_of(data: ReferenceData, team_id: int) -> Team:
    """
    Return the team *team_id* with its roster in loaded order.

    Raises:
        BadInput: there is no such team.
    """
    row = next((row for row in data.teams if row.id == team_id), None)
    if row is None:
        raise BadInput(f"team {team_id} is not in the table teams: load it, or name a team that is there")
    players = tuple(
        Player(player.id, player.name, player.number, player.shots, player.goals)
        for player in data.players
        if player.teamid == team_id
    )
    return Team(row.id, row.name, row.conference, row.wins, row.losses, players)


def standings(data: ReferenceData, settlements: Iterable[Settled | Unsettled]) -> ReferenceData:
    """
    Return *data* with what the final games add to it.

    The newest of a game's settlements counts, wherever it stands among them. What names a team or player that *data*
    does not have adds nothing.
    """
    newest: dict[str, Settled | Unsettled] = {}
    for one in settlements:
        held = newest.get(one.game)
        if held is None or (held.revision, held.index) < (one.revision, one.index):
            newest[one.game] = one
    wins, losses, shots, goals = Counter[int](), Counter[int](), Counter[int](), Counter[int]()
    for one in newest.values():
        if isinstance(one, Unsettled):
            continue
        for team in one.teams:
            wins[team.teamid] += team.wins
            losses[team.teamid] += team.losses
        for player in one.players:
            shots[player.id] += player.shots
            goals[player.id] += player.goals
    return ReferenceData(
        tuple(replace(row, wins=row.wins + wins[row.id], losses=row.losses + losses[row.id]) for row in data.teams),
        tuple(replace(row, shots=row.shots + shots[row.id], goals=row.goals + goals[row.id]) for row in data.players),
    )
