"""
What every SQLite store shares: one file a store, with its rows, cursor and high marks moving in one transaction.

The file may lose its newest transactions when the power goes (synchronous=NORMAL) and never anything else: cursor and
rows are lost together and the log gives them again. Readers have connections of their own and never wait for a writer.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from pressbox.errors import BadSettings, Unavailable
from pressbox.stream.revision import BEFORE_ALL, Mark
from pressbox.stream.store import Cursor

_BUSY_TIMEOUT_S: Final = 5.0
_SHARED_TABLES: Final = """
CREATE TABLE IF NOT EXISTS cursors (partition INTEGER PRIMARY KEY, generation INTEGER NOT NULL, next INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS marks (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, result_index INTEGER NOT NULL)
    WITHOUT ROWID;
"""


class SqliteFile:
    """One SQLite file of *tables*, a script of CREATE statements in on-disk *version*."""

    def __init__(self, path: Path, tables: str, version: int) -> None:
        self.path = path
        self._tables = tables
        self._version = version
        self._writer: sqlite3.Connection | None = None
        self._marks: dict[str, Mark] = {}
        self._idle_readers: list[sqlite3.Connection] = []
        self._reading = threading.Lock()

    def open(self, *, private: bool = False) -> None:
        """
        Open the file, making it where it is missing; where *private*, readable by its owner only.

        Raises:
            BadSettings: it has the format of another pressbox, or is no SQLite file.
            Unavailable: it cannot be opened or written.
        """
        with _sqlite_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if private:  # SQLite gives what it writes beside the file the same mode
                with suppress(FileExistsError):  # to close what SQLite has open here would let go of its locks
                    os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            writer = self._connect()
            try:
                self._prepare(writer)
            except BaseException:
                writer.close()
                raise
        with self._reading:
            before, self._writer = self._writer, writer
        if before is not None:
            before.close()
        self._marks.clear()

    def cursor(self, partition: int) -> Cursor | None:
        """Return the cursor stored for *partition*."""
        self._open_writer()
        rows = self.read("SELECT generation, next FROM cursors WHERE partition = ?", partition)
        return Cursor(int(str(rows[0][0])), int(str(rows[0][1]))) if rows else None

    @contextmanager
    def moving(self, partition: int, cursor: Cursor) -> Iterator[sqlite3.Connection]:
        """Give the connection for one transaction that also moves *partition* to *cursor*; all of it or nothing."""
        writer = self._open_writer()
        with _sqlite_errors(self.path):
            writer.execute("BEGIN IMMEDIATE")
            try:
                yield writer
                writer.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)", (partition, *cursor))
                writer.execute("COMMIT")
            except BaseException:
                self._marks.clear()
                if writer.in_transaction:
                    writer.execute("ROLLBACK")
                raise

    def is_repeat(self, key: str, mark: Mark) -> bool:
        """Return whether a result at *mark* was taken for *key* before; if not, remember it within the transaction."""
        writer = self._open_writer()
        highest = self._marks.get(key)
        if highest is None:
            row = writer.execute("SELECT revision, result_index FROM marks WHERE key = ?", (key,)).fetchone()
            highest = BEFORE_ALL if row is None else (row[0], row[1])
        if mark <= highest:
            return True
        self._marks[key] = mark
        writer.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?)", (key, *mark))
        return False

    def read(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Return the rows of *query* as the last finished transaction left them; safe from any thread."""
        with _sqlite_errors(self.path):
            with self._reading:
                reader = self._idle_readers.pop() if self._idle_readers else None
            reader = reader or self._connect()
            try:
                return reader.execute(query, values).fetchall()
            finally:
                self._give_back(reader)

    @contextmanager
    def storing(self) -> Iterator[sqlite3.Connection]:
        """
        Give a connection of its own for one transaction that is on disk when the block ends; safe from any thread.

        It moves no cursor: it is for what the log does not give again.
        """
        with _sqlite_errors(self.path), closing(self._connect()) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def erasing(self) -> Iterator[sqlite3.Connection]:
        """
        Give a connection for one transaction; what it takes out is nowhere in the file, nor beside it, when the block ends.

        Where the process ends before that, the transaction is there or not: erase again, whatever is left in it.

        Raises:
            Unavailable: the disk refused, or somebody reads the file for long; erase again.
        """
        with self.storing() as connection:
            yield connection
        with _sqlite_errors(self.path), closing(self._connect()) as connection:
            scrub(connection)

    def upgrade(self, convert: Callable[[sqlite3.Connection], None]) -> int | None:
        """
        Bring a file of the format before this one to this one, whole or not at all, and return the format it had.

        None where there is no file, or nothing in it yet. A file in the format of this pressbox stays as it is.

        Raises:
            BadSettings: it was written by a newer pressbox, or is no SQLite file.
        """
        if not self.path.exists():
            return None
        with _sqlite_errors(self.path), closing(self._connect()) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            found = _format_of(connection)
            self._refuse_newer(found)
            if 0 < found < self._version:
                convert(connection)
                connection.execute(f"PRAGMA user_version = {self._version}")
            connection.execute("COMMIT")
        return found or None

    def close(self) -> None:
        """Close the writer, and each reader once it is idle."""
        with self._reading:
            writer, self._writer = self._writer, None
            idle, self._idle_readers = self._idle_readers, []
        for connection in (*idle, writer):
            if connection is not None:
                connection.close()

    def _prepare(self, writer: sqlite3.Connection) -> None:
        found = _format_of(writer)
        self._refuse_newer(found)
        if 0 < found < self._version:
            raise BadSettings(
                f"{self.path} has format {found}, this pressbox writes {self._version}: stop pressbox and run "
                "`pressbox upgrade`"
            )
        version = f"PRAGMA user_version = {self._version};"
        writer.executescript(f"BEGIN IMMEDIATE; {_SHARED_TABLES} {self._tables} {version} COMMIT;")

    def _refuse_newer(self, found: int) -> None:
        if found > self._version:
            raise BadSettings(
                f"{self.path} has format {found}, this pressbox knows {self._version}: "
                "use the pressbox that wrote it, or a newer one"
            )

    def _give_back(self, reader: sqlite3.Connection) -> None:
        with self._reading:
            if self._writer is not None:
                self._idle_readers.append(reader)
                return
        reader.close()

    def _open_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            raise Unavailable(f"{self.path} is not open")
        return self._writer

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def scrub(connection: sqlite3.Connection) -> None:
    """
    Write the file anew from what is in it, so that no page of it or of its log holds what was taken out before.

    Raises:
        sqlite3.OperationalError: somebody uses the file, or the disk refused.
    """
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("VACUUM")
    (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise sqlite3.OperationalError("somebody reads the file: end that, then erase again")


def snapshot(path: Path, target: Path) -> None:
    """
    Copy the SQLite file at *path*, as its last finished transaction left it, to *target*; nobody waits for it.

    Raises:
        Unavailable: it cannot be read, or *target* cannot be written.
        BadSettings: it is no SQLite file.
    """
    with _sqlite_errors(path), closing(sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as source:
        source.execute("VACUUM INTO ?", (str(target),))


def _format_of(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0 and connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        return 1  # which said so only after its tables were made: somebody was killed in between
    return int(version)


@contextmanager
def _sqlite_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error
    except sqlite3.OperationalError as error:
        raise Unavailable(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise BadSettings(f"{path} is not usable as a SQLite file: {error}") from error
