"""
A relational database behind short transactions: SQLite, PostgreSQL or SQL Server.

Every transaction comes from a pool and goes back to it, so any thread may ask for one. The errors of the drivers come
out as ours: away is `Unavailable`, refused is `BadSettings`. No message carries the password.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from pressbox.errors import BadSettings, Unavailable

_SQLITE_BUSY_TIMEOUT_S: Final = 10
_CONNECT_TIMEOUT_S: Final = 5
_WRITING: Final = "pressbox_writing"

# What servers say when they are there and will not have us. SQL Server gives a number (login failed, database cannot
# be opened, permission denied), PostgreSQL at connecting only words.
_REFUSALS: Final = (
    "(18456,",
    "(4060,",
    "(229,",
    "(262,",
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    'role "',
    'database "',
)


class Database:
    """One database. Its tables may be used by others at the same time, this program's threads among them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.place = engine.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """
        Give a connection for one transaction that changes nothing.

        Raises:
            Unavailable: the database is away.
            BadSettings: it refuses us, or its tables are not as we know them.
        """
        with self._translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """
        Give a connection for one transaction, stored when the block ends and undone when it fails.

        Raises:
            Unavailable: the database is away; nothing certain was stored.
            BadSettings: it refuses us, or its tables are not as we know them.
        """
        with self._translated(), self._engine.execution_options(**{_WRITING: True}).begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, DataError):  # the rows are at fault, not the database: whoever wrote them knows why
            raise
        except DBAPIError as error:
            raise self._translation(error) from error
        except PoolTimeout as error:
            raise Unavailable(f"{self.place}: all connections are in use") from error

    def _translation(self, error: DBAPIError) -> BadSettings | Unavailable:
        reason = _reason(error)
        if isinstance(error, ProgrammingError | NotSupportedError) or type(error) is DatabaseError:
            return BadSettings(f"{self.place} cannot be used: {reason}")
        if any(refusal in reason for refusal in _REFUSALS):
            return BadSettings(f"{self.place} refuses us; check user, password and database in the url: {reason}")
        return Unavailable(f"{self.place} does not answer as it should: {reason}")


def sqlite_database(path: Path) -> Database:
    """
    Return the database in the file at *path*, which is made on first use.

    Raises:
        Unavailable: its folder cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{path.parent}: the folder cannot be made: {error.strerror}") from error
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": _SQLITE_BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine)


def postgresql_database(url: str) -> Database:
    """
    Return the PostgreSQL database at *url*, as in `postgresql://user:password@host/database`.

    Raises:
        BadSettings: *url* is none of PostgreSQL's, or the driver is not installed.
    """
    parsed = _parse(url, "postgresql", "postgresql")
    return _server_database("postgresql", parsed, "postgresql+psycopg", {"connect_timeout": _CONNECT_TIMEOUT_S})


def sqlserver_database(url: str) -> Database:
    """
    Return the SQL Server database at *url*, as in `mssql://user:password@host/database`.

    Raises:
        BadSettings: *url* is none of SQL Server's, or the driver is not installed.
    """
    parsed = _parse(url, "sqlserver", "mssql")
    return _server_database("sqlserver", parsed, "mssql+pymssql", {"login_timeout": _CONNECT_TIMEOUT_S})


def _parse(url: str, kind: str, scheme: str) -> URL:
    expected = f"write {scheme}://user:password@host/database"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # whose text would show the url with its password
        raise BadSettings(f"the url of the {kind} reference cannot be read: {expected}") from None
    if parsed.get_backend_name() != scheme:
        raise BadSettings(f"the url of the {kind} reference begins with {parsed.drivername}://: {expected}")
    return parsed


def _server_database(kind: str, url: URL, drivername: str, connect_arguments: dict[str, Any]) -> Database:
    try:
        # pool_pre_ping: a server that was restarted meanwhile costs no transaction
        engine = create_engine(url.set(drivername=drivername), pool_pre_ping=True, connect_args=connect_arguments)
    except ImportError as error:
        driver = drivername.partition("+")[2]
        raise BadSettings(f"{kind} needs {driver}: install it with pip install 'pressbox[{kind}]'") from error
    return Database(engine)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, see _begin_sqlite
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its turn at the start: one that reads first and finds the file locked later could only give up.
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _reason(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__
