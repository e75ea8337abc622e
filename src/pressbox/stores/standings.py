"""
The statements behind `teams2` and `players2`: the base tables plus the ledger of final games.

Both are always rebuilt as a whole, within the transaction that changed what they are made of. Such transactions take
turns, since each has to see what the one before it changed. While no game is final and none is accepted, both are
empty: there is nothing to copy into the base tables.
"""

from typing import Final

from sqlalchemy import Column, Connection, Insert, Table, case, delete, func, insert, select, true, update
from sqlalchemy.exc import IntegrityError

from pressbox.errors import BadSettings
from pressbox.model.reference import PlayerRow, ReferenceData, TeamRow
from pressbox.stores.database import Database
from pressbox.stores.reference_tables import (
    FORMATS,
    LOADED_PLAYERS,
    LOADED_TEAMS,
    PLAYERS,
    PLAYERS2,
    SETTLEMENT_PLAYERS,
    SETTLEMENT_TEAMS,
    SETTLEMENTS,
    TABLES,
    TEAMS,
    TEAMS2,
    TURNS,
    VERSION,
)

_TURN: Final = 1
_FORMAT: Final = 1
_TEAM_FIELDS: Final = len(TeamRow.__struct_fields__)
_PLAYER_FIELDS: Final = len(PlayerRow.__struct_fields__)


def create_tables(database: Database) -> None:
    """
    Create the tables that are missing.

    Raises:
        Unavailable: the database is away.
        BadSettings: it refuses us, a table may not be made, or a newer pressbox made those that are there.
    """
    try:
        _create_tables(database)
    except (BadSettings, IntegrityError):  # another process began at the same moment: a second look finds its tables
        _create_tables(database)


def _create_tables(database: Database) -> None:
    with database.writing() as connection:
        _check_format(connection, database.place)
        TABLES.create_all(connection)
        if connection.execute(select(TURNS.c.id)).first() is None:
            connection.execute(insert(TURNS), {"id": _TURN, "taken": 0})


def _check_format(connection: Connection, place: str) -> None:
    TABLES.create_all(connection, tables=[FORMATS])
    found = connection.execute(select(FORMATS.c.version)).scalar()
    if found is None:
        connection.execute(insert(FORMATS), {"id": _FORMAT, "version": VERSION})
    elif found > VERSION:
        raise BadSettings(
            f"the tables of pressbox in {place} have format {found}, this pressbox knows {VERSION}: use the pressbox "
            "that made them, or a newer one"
        )


def take_turn(connection: Connection) -> None:
    """Wait until no other transaction changes base tables or ledger, and keep others waiting until the end of ours."""
    connection.execute(update(TURNS).values(taken=TURNS.c.taken + 1))


def rebuild(connection: Connection) -> None:
    """Make `teams2` and `players2` what base tables and ledger say, creating them where somebody dropped them."""
    TABLES.create_all(connection, tables=[TEAMS2, PLAYERS2])
    connection.execute(delete(PLAYERS2))
    connection.execute(delete(TEAMS2))
    if connection.execute(select(SETTLEMENTS.c.game).limit(1)).first() is not None:
        connection.execute(_insert_sums(TEAMS2, TEAMS, SETTLEMENT_TEAMS.c.teamid, ("wins", "losses")))
        connection.execute(_insert_sums(PLAYERS2, PLAYERS, SETTLEMENT_PLAYERS.c.playerid, ("shots", "goals")))


def read_rows(connection: Connection, teams: Table, players: Table) -> ReferenceData:
    """
    Return the rows of both tables in the order they were loaded, those never loaded after them by id.

    One statement reads both, so the two fit together whatever others write meanwhile.
    """
    rows = connection.execute(
        select(teams, LOADED_TEAMS.c.position, players, LOADED_PLAYERS.c.position)
        .select_from(teams)
        .outerjoin(LOADED_TEAMS, LOADED_TEAMS.c.id == teams.c.id)
        .outerjoin(players, players.c.teamid == teams.c.id)
        .outerjoin(LOADED_PLAYERS, LOADED_PLAYERS.c.id == players.c.id)
    )
    team_rows, player_rows = {}, {}
    for row in rows:
        team, team_position, rest = row[:_TEAM_FIELDS], row[_TEAM_FIELDS], row[_TEAM_FIELDS + 1 :]
        *player, player_position = rest
        team_rows[_order(team_position, team[0])] = TeamRow(*team)
        if player[0] is not None:
            player_rows[_order(player_position, player[0])] = PlayerRow(*player)
    return ReferenceData(
        tuple(row for _, row in sorted(team_rows.items())), tuple(row for _, row in sorted(player_rows.items()))
    )


def _order(position: int | None, row_id: int) -> tuple[bool, int, int]:
    return position is None, position or 0, row_id


def _insert_sums(target: Table, base: Table, ledger_id: Column[int], totals: tuple[str, str]) -> Insert:
    """Return the statement that fills *target* from *base*, adding the ledger's *totals*: accepted rows are in there."""
    ledger = ledger_id.table
    sums = [
        func.sum(case((ledger.c.accepted == true(), -ledger.c[total]), else_=ledger.c[total])).label(total)
        for total in totals
    ]
    added = select(ledger_id.label("id"), *sums).group_by(ledger_id).subquery("added")
    columns = [
        (column + func.coalesce(added.c[column.name], 0)).label(column.name) if column.name in totals else column
        for column in base.c
    ]
    rows = select(*columns).select_from(base.outerjoin(added, added.c.id == base.c.id))
    return insert(target).from_select([column.name for column in base.c], rows)
