"""Checkpoints of one fold in a SQLite file: what a restart would otherwise have to fold again."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.checkpoint import Checkpoint
from pressbox.stream.store import Cursor

FILE_NAME: Final = "checkpoints.sqlite"

_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS checkpoints (
    partition INTEGER NOT NULL,
    key TEXT NOT NULL,
    next INTEGER NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (partition, key)
);
CREATE TABLE IF NOT EXISTS folds (partition INTEGER PRIMARY KEY, version INTEGER NOT NULL);
"""


class SqliteCheckpoints:
    """
    The checkpoints in the file at *path*.

    The power may take the newest of them and never half of one: then a restart folds a little more again.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _TABLES, _VERSION)
        self._generations: dict[int, int] = {}

    def open(self) -> None:
        """
        Open the file, making it where it is missing, readable by its owner only.

        Raises:
            BadSettings: it has the format of another pressbox, or is no SQLite file.
            Unavailable: it cannot be opened or written.
        """
        self._file.open(private=True)

    def begin(self, partition: int, generation: int, version: int) -> int:
        """Return the offset to fold *partition* from; see `Checkpoints.begin`."""
        self._generations[partition] = generation
        cursor = self._file.cursor(partition)
        rows = self._file.read("SELECT version FROM folds WHERE partition = ?", partition)
        if cursor is not None and cursor.generation == generation and rows == [(version,)]:
            return cursor.offset
        with self._file.moving(partition, Cursor(generation, 0)) as transaction:
            transaction.execute("DELETE FROM checkpoints WHERE partition = ?", (partition,))
            transaction.execute("INSERT OR REPLACE INTO folds VALUES (?, ?)", (partition, version))
        return 0

    def read(self, partition: int, key: str) -> Checkpoint | None:
        """Return the checkpoint of *key*."""
        query = "SELECT next, state FROM checkpoints WHERE partition = ? AND key = ?"
        rows: list[Any] = self._file.read(query, partition, key)
        return Checkpoint(*rows[0]) if rows else None

    def write(self, partition: int, begin: int, checkpoints: Mapping[str, Checkpoint]) -> None:
        """Keep *checkpoints* in one transaction; see `Checkpoints.write`."""
        cursor = Cursor(self._generations[partition], begin)
        with self._file.moving(partition, cursor) as transaction:
            transaction.executemany(
                "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)",
                [(partition, key, one.next, one.state) for key, one in checkpoints.items()],
            )

    def all_checkpoints(self, version: int) -> Iterator[tuple[int, str, Checkpoint]]:
        """Yield partition, key and checkpoint of every state that *version* of the fold can go on from."""
        query = "SELECT partition, key FROM checkpoints JOIN folds USING (partition) WHERE version = ?"
        for partition, key in self._file.read(query, version):
            found = self.read(int(str(partition)), str(key))
            if found is not None:
                yield int(str(partition)), str(key), found

    def rewrite(self, version: int, change: Callable[[bytes], bytes]) -> None:
        """
        Let every state be what *change* makes of it, for good; those of other versions go: they would be folded again.

        Nobody may use the file meanwhile. See `SqliteFile.erasing`.
        """
        old = "SELECT partition FROM folds WHERE version = ?"
        with self._file.erasing() as transaction:
            transaction.execute(f"DELETE FROM checkpoints WHERE partition NOT IN ({old})", (version,))  # noqa: S608 - ours
            for place in transaction.execute("SELECT partition, key FROM checkpoints").fetchall():
                query = "SELECT state FROM checkpoints WHERE partition = ? AND key = ?"
                (state,) = transaction.execute(query, place).fetchone()
                changed = change(state)
                if changed != state:
                    update = "UPDATE checkpoints SET state = ? WHERE partition = ? AND key = ?"
                    transaction.execute(update, (changed, *place))

    def close(self) -> None:
        """Close the file."""
        self._file.close()
