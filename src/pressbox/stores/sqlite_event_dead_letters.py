"""
Dead letters of game events in SQLite.

A letter is told by its content: bytes a client sends again are there once, and one that was mended and is refused again
is open again.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from pressbox.model.action import ActionResult, EventRefused
from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.store import Batch, Cursor

FILE_NAME: Final = "event-dead-letters.sqlite"
LETTER_PREFIX: Final = "event-"

_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS letters (
    id TEXT PRIMARY KEY, game TEXT NOT NULL, event_id TEXT NOT NULL, reason TEXT NOT NULL, received_ms INTEGER NOT NULL,
    content BLOB NOT NULL, accept TEXT, host TEXT, user_agent TEXT, state TEXT NOT NULL, times INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS letters_by_state ON letters (state, received_ms);
"""
_COLUMNS: Final = "id, game, event_id, reason, received_ms, content, accept, host, user_agent, state, times"
_TAKE: Final = """
INSERT INTO letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
SET state = excluded.state, reason = excluded.reason, times = times + 1
"""


class EventLetter(Struct, frozen=True):
    """What a client sent that became no row; *state* is open until it was mended. It was refused so many *times*."""

    id: str
    game: str
    event_id: str
    reason: str
    received_ms: int
    content: bytes
    accept: str | None
    host: str | None
    user_agent: str | None
    state: Literal["open", "mended"] = "open"
    times: int = 1


class SqliteEventDeadLetters:
    """The store of such letters in the file at *path*, and its reader."""

    name = "event dead letters"

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _TABLES, _VERSION)

    def open(self) -> None:
        """Open the file, making it where it is missing; see `Store.open`."""
        self._file.open()

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        return self._file.cursor(partition)

    def write(self, batch: Batch[ActionResult]) -> None:
        """Take *batch* in one transaction; see `Store.write`."""
        times_ms = batch.times_ms or [0] * len(batch.results)
        known = self._file.cursor(batch.partition)
        first = batch.cursor.offset - len(batch.results)
        letters = [
            _letter(result, time_ms)
            for offset, result, time_ms in zip(range(first, batch.cursor.offset), batch.results, times_ms, strict=True)
            if isinstance(result, EventRefused) and (known is None or Cursor(batch.cursor.generation, offset) >= known)
        ]
        with self._file.moving(batch.partition, batch.cursor) as transaction:
            transaction.executemany(_TAKE, [msgspec.structs.astuple(one) for one in letters])

    def mend(self, letters: Iterable[EventLetter]) -> None:
        """Take *letters* as mended, on disk when this returns; not those that were refused again since they were read."""
        query = "UPDATE letters SET state = 'mended' WHERE id = ? AND times = ?"
        with self._file.storing() as transaction:
            transaction.executemany(query, [(one.id, one.times) for one in letters])

    def letters(self, *, game: str | None = None, closed: bool = False, records_max: int = 1000) -> list[EventLetter]:
        """Return the open letters, of *game* where one is named, the newest first; where *closed*, the others too."""
        query = (
            f"SELECT {_COLUMNS} FROM letters WHERE (? OR state = 'open') AND game = coalesce(?, game)"  # noqa: S608 - only constants are put in
            " ORDER BY received_ms DESC, id LIMIT ?"
        )
        return [EventLetter(*row) for row in self._file.read(query, closed, game, records_max)]  # type: ignore[arg-type]

    def letter(self, beginning: str) -> list[EventLetter]:
        """Return the letters whose id begins so: one where it is unique."""
        query = f"SELECT {_COLUMNS} FROM letters WHERE substr(id, 1, length(?)) = ? LIMIT 2"  # noqa: S608 - only constants are put in
        return [EventLetter(*row) for row in self._file.read(query, beginning, beginning)]  # type: ignore[arg-type]

    def open_total(self) -> int:
        """Return the number of open letters."""
        ((total,),) = self._file.read("SELECT count(*) FROM letters WHERE state = 'open'")
        return int(str(total))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _letter(refused: EventRefused, time_ms: int) -> EventLetter:
    told = f"{refused.game}\n{refused.event_id}".encode() + b"\0" + refused.content
    return EventLetter(
        id=f"{LETTER_PREFIX}{hashlib.sha256(told).hexdigest()[:12]}",
        game=refused.game,
        event_id=refused.event_id,
        reason=refused.reason,
        received_ms=time_ms,
        content=refused.content,
        accept=refused.accept,
        host=refused.host,
        user_agent=refused.user_agent,
    )
