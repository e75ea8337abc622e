"""The reference data in a database: `teams` and `players` as the seed has them, and the original to go back to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.exc import DataError, IntegrityError

from pressbox.errors import BadInput
from pressbox.model.reference import PlayerRow, ReferenceData, TeamRow
from pressbox.stores.database import Database, postgresql_database, sqlite_database, sqlserver_database
from pressbox.stores.ledger import entries, forget
from pressbox.stores.reference_tables import LOADED_PLAYERS, LOADED_TEAMS, PLAYERS, TEAMS
from pressbox.stores.standings import create_tables, read_rows, rebuild, take_turn


class SqliteReferenceSettings(
    Struct, frozen=True, kw_only=True, tag="sqlite", tag_field="kind", forbid_unknown_fields=True
):
    """The reference tables in a SQLite file. *path* is relative to the data folder."""

    path: Annotated[str, Meta(description="file of the tables")] = "reference.sqlite"


class PostgresqlReferenceSettings(
    Struct, frozen=True, kw_only=True, tag="postgresql", tag_field="kind", forbid_unknown_fields=True
):
    """The reference tables in PostgreSQL; *url* is `postgresql://user:password@host/database`."""

    url: Annotated[str, Meta(description="address, such as ${REFERENCE_URL}: it holds a password")]


class SqlServerReferenceSettings(
    Struct, frozen=True, kw_only=True, tag="sqlserver", tag_field="kind", forbid_unknown_fields=True
):
    """The reference tables in SQL Server; *url* is `mssql://user:password@host/database`."""

    url: Annotated[str, Meta(description="address, such as ${REFERENCE_URL}: it holds a password")]


ReferenceSettings: TypeAlias = SqliteReferenceSettings | PostgresqlReferenceSettings | SqlServerReferenceSettings


def reference_database(settings: ReferenceSettings, data_folder: Path) -> Database:
    """
    Return the database *settings* name; reference data and settlements live in the same one.

    Raises:
        BadSettings: the url cannot be used, or the driver is not installed.
        Unavailable: the folder of a SQLite file cannot be made.
    """
    match settings:
        case SqliteReferenceSettings():
            return sqlite_database(data_folder / settings.path)
        case PostgresqlReferenceSettings():
            return postgresql_database(settings.url)
        case SqlServerReferenceSettings():
            return sqlserver_database(settings.url)


class Reference:
    """
    The reference data. Safe to use from several threads and processes.

    Every method but the constructor raises `Unavailable` where the database is away and `BadSettings` where it can be
    reached and not be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self) -> None:
        """Create the tables that are missing."""
        create_tables(self._database)

    def load(self, data: ReferenceData) -> list[str]:
        """
        Replace the rows of both tables with *data* and remember it as the original.

        Nothing is taken as contained in the new rows: the games that were accepted count again. They are returned;
        where *data* contains them, accept them anew.

        Raises:
            BadInput: the database does not take the rows, or others of its tables hold on to the old ones.
        """
        with self._replacing() as connection:
            connection.execute(delete(LOADED_PLAYERS))
            connection.execute(delete(LOADED_TEAMS))
            _insert(connection, LOADED_TEAMS, data.teams)
            _insert(connection, LOADED_PLAYERS, data.players)
            return _restore(connection)

    def reset(self) -> list[str]:
        """
        Put both tables back to the original, as it was loaded, and return the games that count again, as `load` does.

        Raises:
            BadInput: nothing was loaded, so there is no original.
        """
        with self._replacing() as connection:
            if connection.execute(select(LOADED_TEAMS.c.id).limit(1)).first() is None:
                raise BadInput(
                    f"the tables teams and players of {self._database.place} were not loaded by pressbox, so it has no "
                    "original to go back to: load them first, or reset them the way they were filled"
                )
            return _restore(connection)

    def read(self) -> ReferenceData:
        """Return both tables as they are now, in loaded order; rows that were never loaded come last, by id."""
        with self._database.reading() as connection:
            return read_rows(connection, TEAMS, PLAYERS)

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    @contextmanager
    def _replacing(self) -> Iterator[Connection]:
        try:
            with self._database.writing() as connection:
                take_turn(connection)
                yield connection
        except (IntegrityError, DataError) as error:
            raise BadInput(f"{self._database.place} does not take these teams and players: {error.orig}") from error


def _restore(connection: Connection) -> list[str]:
    connection.execute(delete(PLAYERS))
    connection.execute(delete(TEAMS))
    for target, original in ((TEAMS, LOADED_TEAMS), (PLAYERS, LOADED_PLAYERS)):
        columns = list(target.c.keys())
        connection.execute(insert(target).from_select(columns, select(*(original.c[name] for name in columns))))
    games = list(entries(connection, accepted=True))
    forget(connection, games)
    rebuild(connection)
    return games


def _insert(connection: Connection, table: Table, rows: tuple[TeamRow, ...] | tuple[PlayerRow, ...]) -> None:
    if rows:
        values = [{**msgspec.structs.asdict(row), "position": position} for position, row in enumerate(rows)]
        connection.execute(insert(table), values)
