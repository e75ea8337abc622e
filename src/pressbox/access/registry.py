"""What every registry is kept in: one SQLite file for its owner only, which commands change beside the running process."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from pressbox.errors import BadSettings, Unavailable

_BUSY_TIMEOUT_S: Final = 5.0


class Registry:
    """The file at *path* with *tables*; any thread and any process may use it at the same time."""

    def __init__(self, path: Path, tables: str, version: int) -> None:
        self.path = path
        self._tables = tables
        self._version = version

    def open(self) -> None:
        """
        Make the file where it is missing.

        Raises:
            BadSettings: it was written by a newer pressbox, or is no SQLite file.
            Unavailable: it cannot be opened or written.
        """
        with self._errors():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):  # to close what SQLite has open here would let go of its locks
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(self._connect()) as connection:
                (found,) = connection.execute("PRAGMA user_version").fetchone()
                if found > self._version:
                    raise BadSettings(
                        f"{self.path} has format {found}, this pressbox knows {self._version}: use the newer pressbox"
                    )
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(
                    f"BEGIN IMMEDIATE;\n{self._tables}\nPRAGMA user_version = {self._version};\nCOMMIT;"
                )

    def read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """
        Return the rows of *query*.

        Raises:
            Unavailable: the file cannot be read now.
        """
        with self._errors(), closing(self._connect()) as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """
        Give a connection whose changes are on disk when the block ends, all of them or none.

        Raises:
            Unavailable: the file cannot be written now.
        """
        with self._errors(), closing(self._connect()) as connection:
            connection.execute("PRAGMA secure_delete = ON")  # what is erased is not to be found in the file
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def erasing(self) -> Iterator[sqlite3.Connection]:
        """
        Give a connection as `writing` does; what it takes out is nowhere in the file, nor beside it, when the block ends.

        Raises:
            Unavailable: the file cannot be written now, or somebody uses it; erase again.
        """
        with self.writing() as connection:
            yield connection
        with self._errors(), closing(self._connect()) as connection:
            connection.execute("VACUUM")
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if is_busy:
                raise sqlite3.OperationalError("somebody reads the file: end that, then erase again")

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(f"{self.path}: {error.strerror}") from error
        except sqlite3.OperationalError as error:
            raise Unavailable(f"{self.path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise BadSettings(f"{self.path} is not usable as a SQLite file: {error}") from error
