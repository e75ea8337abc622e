"""Dead letters in SQLite: what was rejected, why, and whether it still needs somebody."""

from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from pressbox.model.box_score import DeadLetter, DeadLetterResult
from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.store import Batch, Cursor

_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS dead_letters (
    id TEXT PRIMARY KEY,
    game TEXT NOT NULL,
    run INTEGER NOT NULL,
    number INTEGER NOT NULL,
    raw BLOB NOT NULL,
    reason TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS dead_letters_by_state ON dead_letters (state, game);
"""
_COLUMNS: Final = "id, game, run, number, raw, reason, revision, state"


class StoredDeadLetter(Struct, frozen=True):
    """A dead letter as people see it. *state* is open until it was mended or its entry left the feed."""

    id: str
    game: str
    run: int
    number: int
    raw: bytes
    reason: str
    revision: int
    state: Literal["open", "mended", "gone"]


class SqliteDeadLetters:
    """The store of a dead-letter topic and its reader."""

    name = "dead letters"

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _TABLES, _VERSION)

    def open(self) -> None:
        """Open the file, making it where it is missing; see `Store.open`."""
        self._file.open()

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        return self._file.cursor(partition)

    def write(self, batch: Batch[DeadLetterResult]) -> None:
        """Take *batch* in one transaction; see `Store.write`."""
        with self._file.moving(batch.partition, batch.cursor) as transaction:
            for result in batch.results:
                if self._file.is_repeat(result.game, (result.revision, result.index)):
                    continue
                if isinstance(result, DeadLetter):
                    row = (result.id, result.game, result.run, result.number, result.raw, result.reason)
                    transaction.execute(
                        "INSERT OR REPLACE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, 'open')",
                        (*row, result.revision),
                    )
                else:
                    transaction.execute("UPDATE dead_letters SET state = ? WHERE id = ?", (result.how, result.id))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def letters(
        self, *, game: str | None = None, closed: bool = False, records_max: int = 1000
    ) -> list[StoredDeadLetter]:
        """Return the open dead letters, of *game* only where named, and the *closed* ones too where asked."""
        states = "state IN ('open', 'mended', 'gone')" if closed else "state = 'open'"
        query = f"SELECT {_COLUMNS} FROM dead_letters WHERE {states} AND (? IS NULL OR game = ?) ORDER BY game, revision, number LIMIT ?"  # noqa: S608 - only constants are put in
        return self._letters(query, game, game, records_max)

    def letter(self, id_or_beginning: str) -> list[StoredDeadLetter]:
        """Return the dead letters whose id begins so: one where it is unique."""
        query = f"SELECT {_COLUMNS} FROM dead_letters WHERE substr(id, 1, length(?)) = ? LIMIT 2"  # noqa: S608 - only constants are put in
        return self._letters(query, id_or_beginning, id_or_beginning)

    def counts(self) -> dict[str, int]:
        """Return the number of open dead letters of each game that has any."""
        rows = self._file.read("SELECT game, count(*) FROM dead_letters WHERE state = 'open' GROUP BY game")
        return {str(game): int(str(count)) for game, count in rows}

    def _letters(self, query: str, *values: object) -> list[StoredDeadLetter]:
        return [StoredDeadLetter(*row) for row in self._file.read(query, *values)]  # type: ignore[arg-type]
