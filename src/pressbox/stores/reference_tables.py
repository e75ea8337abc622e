"""
The tables of the reference database.

`teams` and `players` are the seed's, column for column; `teams2` and `players2` have the same columns. All others are
ours and begin with `pressbox_`. In the settlement tables the rows with *accepted* false are what a final game adds to
the season; those with *accepted* true are what of that game the base tables contain already.
"""

from typing import Final

from sqlalchemy import VARCHAR, BigInteger, Boolean, Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy.dialects.mssql import NVARCHAR
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import TypeCompiler

GAME_CHARACTERS_MAX: Final = 400
"""What fits into a primary key of SQL Server, which holds 900 bytes."""

TABLES: Final = MetaData()


class Int(Integer):
    """A whole number of 32 bits, written INT as in the seed."""


@compiles(Int)
def _int(_element: Int, _compiler: TypeCompiler, **_options: object) -> str:
    return "INT"


# SQL Server's default collation takes "A" for "a"; a game's name is compared as it is written.
_GAME: Final = String(GAME_CHARACTERS_MAX).with_variant(
    NVARCHAR(GAME_CHARACTERS_MAX, collation="Latin1_General_100_BIN2"), "mssql"
)


def _whole(name: str) -> Column[int]:
    return Column(name, Int, nullable=False)


def _mark() -> tuple[Column[int], Column[int]]:
    return Column("revision", BigInteger, nullable=False), _whole("result_index")


def _teams(name: str, *more: Column[int]) -> Table:
    return Table(
        name,
        TABLES,
        Column("id", Int, primary_key=True, autoincrement=False),
        Column("name", VARCHAR(50), nullable=False),
        Column("conference", VARCHAR(50), nullable=False),
        _whole("wins"),
        _whole("losses"),
        *more,
    )


def _players(name: str, teamid: Column[int], *more: Column[int]) -> Table:
    return Table(
        name,
        TABLES,
        Column("id", Int, primary_key=True, autoincrement=False),
        Column("name", VARCHAR(50), nullable=False),
        Column("number", VARCHAR(3), nullable=False),
        _whole("shots"),
        _whole("goals"),
        teamid,
        *more,
    )


TEAMS: Final = _teams("teams")
PLAYERS: Final = _players("players", Column("teamid", Int, ForeignKey(TEAMS.c.id), nullable=False))
TEAMS2: Final = _teams("teams2")
PLAYERS2: Final = _players("players2", _whole("teamid"))
LOADED_TEAMS: Final = _teams("pressbox_loaded_teams", _whole("position"))
LOADED_PLAYERS: Final = _players("pressbox_loaded_players", _whole("teamid"), _whole("position"))


def _settlement(name: str, *more: Column[int]) -> Table:
    game = Column("game", _GAME, primary_key=True)
    return Table(name, TABLES, game, Column("accepted", Boolean, primary_key=True), *more)


SETTLEMENTS: Final = _settlement("pressbox_settlements", _whole("run"), *_mark())
SETTLEMENT_TEAMS: Final = _settlement(
    "pressbox_settlement_teams",
    Column("teamid", Int, primary_key=True, autoincrement=False),
    _whole("wins"),
    _whole("losses"),
)
SETTLEMENT_PLAYERS: Final = _settlement(
    "pressbox_settlement_players",
    Column("playerid", Int, primary_key=True, autoincrement=False),
    _whole("shots"),
    _whole("goals"),
)

_STORE: Final = VARCHAR(40)

MARKS: Final = Table(
    "pressbox_marks",
    TABLES,
    Column("store", _STORE, primary_key=True),
    Column("key", _GAME, primary_key=True),
    *_mark(),
)
CURSORS: Final = Table(
    "pressbox_cursors",
    TABLES,
    Column("store", _STORE, primary_key=True),
    Column("partition", Int, primary_key=True, autoincrement=False, quote=True),
    _whole("generation"),
    Column("offset", BigInteger, nullable=False, quote=True),
)
VERSION: Final = 1
"""The format of our tables. A database without the table FORMATS has the first."""

FORMATS: Final = Table(
    "pressbox_format",
    TABLES,
    Column("id", Int, primary_key=True, autoincrement=False),
    _whole("version"),
)
TURNS: Final = Table(
    "pressbox_turns",
    TABLES,
    Column("id", Int, primary_key=True, autoincrement=False),
    Column("taken", BigInteger, nullable=False),
)
