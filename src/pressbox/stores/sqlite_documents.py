"""Box score documents in SQLite: the newest of each event of each game."""

from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct

from pressbox.model.box_score import BoxScoreResult, Document, Gone
from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.store import Batch, Cursor

_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS boxscores (
    game TEXT NOT NULL,
    event_id INTEGER NOT NULL,
    run INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    result_index INTEGER NOT NULL,
    final INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (game, event_id)
);
"""


class SqliteDocumentSettings(
    Struct, frozen=True, kw_only=True, tag="sqlite", tag_field="kind", forbid_unknown_fields=True
):
    """Documents in a SQLite file. *path* is relative to the data folder."""

    path: Annotated[str, Meta(description="file of the documents")] = "boxscores.sqlite"


class SqliteDocuments:
    """A document store and its reader. A key's repeats are told by its high mark, so a `Gone` stays gone."""

    name = "documents"

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _TABLES, _VERSION)
        self._swept: dict[str, int] = {}

    def open(self) -> None:
        """Open the file, making it where it is missing; see `Store.open`."""
        self._file.open()
        self._swept.clear()

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        return self._file.cursor(partition)

    def write(self, batch: Batch[BoxScoreResult]) -> None:
        """Take *batch* in one transaction; see `Store.write`."""
        swept = dict(self._swept)
        with self._file.moving(batch.partition, batch.cursor) as transaction:
            for result in batch.results:
                if not isinstance(result, Document | Gone):
                    continue
                if self._file.is_repeat(result.game, (result.revision, result.index)):
                    continue
                if isinstance(result, Gone):
                    transaction.execute(
                        "DELETE FROM boxscores WHERE game = ? AND event_id = ?", (result.game, result.event_id)
                    )
                    continue
                transaction.execute(
                    "INSERT OR REPLACE INTO boxscores VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        result.game,
                        result.event_id,
                        result.run,
                        result.revision,
                        result.index,
                        result.final,
                        bytes(result.body).decode(),
                    ),
                )
                if swept.get(result.game) != result.opened:
                    # Once a run is enough: only a new run leaves documents behind that no `Gone` names.
                    transaction.execute(
                        "DELETE FROM boxscores WHERE game = ? AND revision < ?", (result.game, result.opened)
                    )
                    swept[result.game] = result.opened
        self._swept = swept

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def newest(self, game: str) -> bytes | None:
        """Return the document of the highest event of *game*, as the fold wrote it."""
        return self._one("SELECT document FROM boxscores WHERE game = ? ORDER BY event_id DESC LIMIT 1", game)

    def at(self, game: str, event_id: int) -> bytes | None:
        """Return the document of the highest event of *game* up to *event_id*."""
        query = "SELECT document FROM boxscores WHERE game = ? AND event_id <= ? ORDER BY event_id DESC LIMIT 1"
        return self._one(query, game, event_id)

    def event_ids(self, game: str) -> list[int]:
        """Return the ids of all events of *game* that have a document, ascending."""
        rows = self._file.read("SELECT event_id FROM boxscores WHERE game = ? ORDER BY event_id", game)
        return [int(str(event_id)) for (event_id,) in rows]

    def games(self) -> list[str]:
        """Return the games that have documents, in the order of their names."""
        return [str(game) for (game,) in self._file.read("SELECT DISTINCT game FROM boxscores ORDER BY game")]

    def _one(self, query: str, *values: object) -> bytes | None:
        rows = self._file.read(query, *values)
        return str(rows[0][0]).encode() if rows else None
