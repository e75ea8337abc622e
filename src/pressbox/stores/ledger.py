"""
The statements on the ledger of final games.

A game has up to two entries. One says what the game adds to the season: it comes with `Settled`, is replaced by the
next one and leaves with `Unsettled`. The other, *accepted*, says what of the game the base tables contain already: it
is a copy of the first, made when somebody had run the closing script, and stays as it is until the game is accepted
again or the base tables are replaced. The sum takes the first less the second, so a game that is corrected, played
again or withdrawn after its acceptance adds only the difference, and nothing ever counts twice.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Boolean, Connection, delete, false, insert, literal, select, true

from pressbox.model.box_score import Settled
from pressbox.stores.reference_tables import SETTLEMENT_PLAYERS, SETTLEMENT_TEAMS, SETTLEMENTS
from pressbox.stream.revision import Mark

_LEDGER: Final = (SETTLEMENTS, SETTLEMENT_TEAMS, SETTLEMENT_PLAYERS)


def withdraw(connection: Connection, games: Sequence[str]) -> None:
    """Remove what *games* add."""
    for table in _LEDGER:
        connection.execute(delete(table).where(table.c.game.in_(games), table.c.accepted == false()))


def enter(connection: Connection, settlements: Sequence[Settled]) -> None:
    """Write down what each of *settlements* adds; its game adds nothing so far."""
    headers = [
        {"game": one.game, "accepted": False, "run": one.run, "revision": one.revision, "result_index": one.index}
        for one in settlements
    ]
    teams = [
        {"game": one.game, "accepted": False, "teamid": team.teamid, "wins": team.wins, "losses": team.losses}
        for one in settlements
        for team in one.teams
    ]
    players = [
        {"game": one.game, "accepted": False, "playerid": player.id, "shots": player.shots, "goals": player.goals}
        for one in settlements
        for player in one.players
    ]
    for table, rows in zip(_LEDGER, (headers, teams, players), strict=True):
        if rows:
            connection.execute(insert(table), rows)


def accept(connection: Connection, games: Sequence[str]) -> None:
    """Take what each of *games* adds as contained in the base tables; one that adds nothing is contained no more."""
    forget(connection, games)
    for table in _LEDGER:
        columns = [literal(True, Boolean) if column.name == "accepted" else column for column in table.c]
        rows = select(*columns).where(table.c.game.in_(games), table.c.accepted == false())
        connection.execute(insert(table).from_select(list(table.c.keys()), rows))


def forget(connection: Connection, games: Sequence[str]) -> None:
    """Take *games* as not contained in the base tables."""
    for table in _LEDGER:
        connection.execute(delete(table).where(table.c.game.in_(games), table.c.accepted == true()))


def entries(connection: Connection, *, accepted: bool) -> dict[str, Mark]:
    """Return the mark of each game's settlement, of those *accepted* or of those that count."""
    rows = connection.execute(
        select(SETTLEMENTS.c.game, SETTLEMENTS.c.revision, SETTLEMENTS.c.result_index)
        .where(SETTLEMENTS.c.accepted == literal(accepted, Boolean))
        .order_by(SETTLEMENTS.c.game)
    )
    return {game: (revision, index) for game, revision, index in rows}
