"""
Dead letters in SQLite: what was rejected, why, and whether it still needs somebody.

Those of the fold come from their topic and fill again. What a store refuses for good is kept beside them, on disk before
that store goes on, because nobody reads its result a second time.
"""

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from pressbox.errors import BadInput
from pressbox.model.box_score import DeadLetter, DeadLetterResult
from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.record import Record
from pressbox.stream.store import Batch, Cursor, Refusal

FILE_NAME: Final = "dead-letters.sqlite"

VERSION: Final = 2
_REFUSALS: Final = """
CREATE TABLE IF NOT EXISTS refusals (
    id TEXT PRIMARY KEY,
    store TEXT NOT NULL,
    topic TEXT NOT NULL,
    generation INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    log_offset INTEGER NOT NULL,
    game TEXT NOT NULL,
    run INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    raw BLOB NOT NULL,
    reason TEXT NOT NULL,
    refused_ms INTEGER NOT NULL,
    state TEXT NOT NULL
);
"""
_TABLES: Final = f"""{_REFUSALS}
CREATE TABLE IF NOT EXISTS dead_letters (
    id TEXT PRIMARY KEY,
    game TEXT NOT NULL,
    run INTEGER NOT NULL,
    number INTEGER NOT NULL,
    raw BLOB NOT NULL,
    reason TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    refused_ms INTEGER
);
CREATE INDEX IF NOT EXISTS dead_letters_by_state ON dead_letters (state, game);
"""
_COLUMNS: Final = "id, game, run, number, raw, reason, revision, state, refused_ms, store"
_LETTERS: Final = """(
    SELECT id, game, run, number, raw, reason, revision, state, refused_ms, '' AS store FROM dead_letters
    UNION ALL
    SELECT id, game, run, log_offset, raw, reason, revision, state, refused_ms, store FROM refusals
)"""


class StoredDeadLetter(Struct, frozen=True):
    """
    A dead letter as people see it. *state* is open until it was mended or its entry left the feed.

    *refused_ms* is when the log took it, None where nobody knows any more. *store* is empty for an entry of a feed that
    the fold refused; else it names who refused a result, and *number* is the result's offset in its topic.
    """

    id: str
    game: str
    run: int
    number: int
    raw: bytes
    reason: str
    revision: int
    state: Literal["open", "mended", "gone"]
    refused_ms: int | None = None
    store: str = ""


class _Result(Struct):
    revision: int
    run: int


_decode_result = msgspec.json.Decoder(_Result).decode


class SqliteDeadLetters:
    """The store of a dead-letter topic and its reader."""

    name = "dead letters"

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _TABLES, VERSION)

    def open(self) -> None:
        """Open the file, making it where it is missing; see `Store.open`."""
        self._file.open()

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        return self._file.cursor(partition)

    def write(self, batch: Batch[DeadLetterResult]) -> None:
        """Take *batch* in one transaction; see `Store.write`."""
        with self._file.moving(batch.partition, batch.cursor) as transaction:
            for place, result in enumerate(batch.results):
                if self._file.is_repeat(result.game, (result.revision, result.index)):
                    continue
                if isinstance(result, DeadLetter):
                    row = (result.id, result.game, result.run, result.number, result.raw, result.reason)
                    refused_ms = batch.times_ms[place] if batch.times_ms else None
                    transaction.execute(
                        "INSERT OR REPLACE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?)",
                        (*row, result.revision, refused_ms),
                    )
                else:
                    transaction.execute("UPDATE dead_letters SET state = ? WHERE id = ?", (result.how, result.id))

    def refuse(self, refusal: Refusal) -> None:
        """
        Keep *refusal* as an open letter of its store, on disk when this returns; one told twice is there once.

        Raises:
            Unavailable: the file cannot be written.
        """
        lane = (refusal.store, refusal.topic, refusal.generation, refusal.partition, refusal.record.offset)
        letter_id = f"refused-{hashlib.sha256(' '.join(map(str, lane)).encode()).hexdigest()[:12]}"
        record, result = refusal.record, _decode_result(refusal.record.value)
        row = (letter_id, *lane, record.key, result.run, result.revision, record.value, refusal.reason, record.time_ms)
        with self._file.storing() as transaction:
            transaction.execute(
                "INSERT OR REPLACE INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')", row
            )

    def refusal(self, letter_id: str) -> Refusal:
        """
        Return what the letter *letter_id* of a store was made from.

        Raises:
            BadInput: no store refused it.
        """
        columns = "store, topic, generation, partition, log_offset, game, raw, refused_ms, reason"
        rows = self._file.read(f"SELECT {columns} FROM refusals WHERE id = ?", letter_id)  # noqa: S608 - only constants are put in
        if not rows:
            raise BadInput(f"{letter_id} is no letter of a store")
        store, topic, generation, partition, *record, reason = rows[0]
        return Refusal(store, topic, generation, partition, Record(*record), reason)  # type: ignore[arg-type]

    def mend(self, letter_id: str) -> None:
        """Take the letter *letter_id* of a store as mended: the store has its result now."""
        with self._file.storing() as transaction:
            transaction.execute("UPDATE refusals SET state = 'mended' WHERE id = ?", (letter_id,))

    def upgrade(self, refused_ms: Callable[[str, int], int | None]) -> int | None:
        """
        Bring a file of format 1 to this one; *refused_ms* says when the letter of an id and a revision was refused.

        See `SqliteFile.upgrade`.
        """

        def convert(transaction: sqlite3.Connection) -> None:
            transaction.execute("ALTER TABLE dead_letters ADD COLUMN refused_ms INTEGER")
            transaction.execute(_REFUSALS)
            letters = transaction.execute("SELECT id, revision FROM dead_letters").fetchall()
            times = [(refused_ms(letter_id, revision), letter_id) for letter_id, revision in letters]
            transaction.executemany("UPDATE dead_letters SET refused_ms = ? WHERE id = ?", times)

        return self._file.upgrade(convert)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def letters(
        self, *, game: str | None = None, closed: bool = False, records_max: int = 1000
    ) -> list[StoredDeadLetter]:
        """Return the open dead letters, of *game* only where named, and the *closed* ones too where asked."""
        states = "state IN ('open', 'mended', 'gone')" if closed else "state = 'open'"
        query = f"SELECT {_COLUMNS} FROM {_LETTERS} WHERE {states} AND (? IS NULL OR game = ?) ORDER BY game, revision, number LIMIT ?"  # noqa: S608 - only constants are put in
        return self._letters(query, game, game, records_max)

    def newest_open(self, *, records_max: int) -> list[StoredDeadLetter]:
        """Return the open dead letters that came last, the newest first."""
        query = f"SELECT {_COLUMNS} FROM {_LETTERS} WHERE state = 'open' ORDER BY refused_ms DESC LIMIT ?"  # noqa: S608 - only constants are put in
        return self._letters(query, records_max)

    def open_total(self) -> int:
        """Return the number of open dead letters."""
        ((total,),) = self._file.read(f"SELECT count(*) FROM {_LETTERS} WHERE state = 'open'")  # noqa: S608 - only constants are put in
        return int(str(total))

    def letter(self, id_or_beginning: str) -> list[StoredDeadLetter]:
        """Return the dead letters whose id begins so: one where it is unique."""
        query = f"SELECT {_COLUMNS} FROM {_LETTERS} WHERE substr(id, 1, length(?)) = ? LIMIT 2"  # noqa: S608 - only constants are put in
        return self._letters(query, id_or_beginning, id_or_beginning)

    def counts(self) -> dict[str, int]:
        """Return the number of open dead letters of each game that has any."""
        query = f"SELECT game, count(*) FROM {_LETTERS} WHERE state = 'open' GROUP BY game"  # noqa: S608 - only constants are put in
        rows = self._file.read(query)
        return {str(game): int(str(count)) for game, count in rows}

    def _letters(self, query: str, *values: object) -> list[StoredDeadLetter]:
        return [StoredDeadLetter(*row) for row in self._file.read(query, *values)]  # type: ignore[arg-type]
