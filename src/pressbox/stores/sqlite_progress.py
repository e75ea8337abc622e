"""How far a reader of a topic has come, in a SQLite file: for one whose work leaves nothing else to keep it with."""

from pathlib import Path
from typing import Final

from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.store import Cursor

_VERSION: Final = 1


class SqliteProgress:
    """The cursors in the file at *path*, by partition."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, "", _VERSION)

    def open(self) -> None:
        """Open the file, making it where it is missing; see `Store.open`."""
        self._file.open()

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        return self._file.cursor(partition)

    def move(self, partition: int, cursor: Cursor) -> None:
        """Keep *cursor* of *partition*."""
        with self._file.moving(partition, cursor):
            pass

    def close(self) -> None:
        """Close the file."""
        self._file.close()
