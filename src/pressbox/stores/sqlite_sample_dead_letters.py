"""
The sensors' dead letters in SQLite: messages that could not be read, records that could not be folded, samples aside.

All of it is medical. So it lies in files of its own, readable by their owner only, apart from the dead letters of games,
and no page shows more of it than its number. A letter is told by its content: bytes a device sends again are there once,
and one that was mended and is refused again is open again.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from pressbox.model.load import LoadResult, RecordRefused, ResultErased, SetAside
from pressbox.model.sample_record import RecordErased, SamplesRejected
from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.store import Batch, Cursor

REJECTED_FILE: Final = "sample-dead-letters.sqlite"
ASIDE_FILE: Final = "load-aside.sqlite"
LETTER_PREFIX: Final = "sample-"

SampleLetterResult: TypeAlias = SamplesRejected | LoadResult | RecordErased | ResultErased

_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS letters (
    id TEXT PRIMARY KEY,
    stadium TEXT NOT NULL,
    session TEXT NOT NULL,
    device TEXT NOT NULL,
    reason TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    message BLOB NOT NULL,
    state TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS letters_by_state ON letters (state, received_ms);
"""
_COLUMNS: Final = "id, stadium, session, device, reason, received_ms, message, state, times"
_TAKE: Final = """
INSERT INTO letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
SET state = excluded.state, reason = excluded.reason, times = times + 1
"""


class SampleLetter(Struct, frozen=True):
    """
    What did not become part of a session's figures; *device* is an athlete where samples were set aside.

    *state* is open until it was mended. Samples *aside* were late or of the future: nobody has to do anything for them.
    It was refused so many *times*.
    """

    id: str
    stadium: str
    session: str
    device: str
    reason: str
    received_ms: int
    message: bytes
    state: Literal["open", "mended", "aside"]
    times: int = 1


class SqliteSampleDeadLetters:
    """The store *name* of one topic of such letters, in the file at *path*, and its reader."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._file = SqliteFile(path, _TABLES, _VERSION)

    def open(self) -> None:
        """Open the file, making it where it is missing, for its owner only; see `Store.open`."""
        self._file.open(private=True)

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        return self._file.cursor(partition)

    def write(self, batch: Batch[SampleLetterResult]) -> None:
        """Take *batch* in one transaction; see `Store.write`."""
        times_ms = batch.times_ms or [0] * len(batch.results)
        letters = [_letter(result, time_ms) for result, time_ms in zip(batch.results, times_ms, strict=True)]
        with self._file.moving(batch.partition, batch.cursor) as transaction:
            transaction.executemany(
                _TAKE,
                [msgspec.structs.astuple(one) for one in letters if one is not None],
            )

    def mend(self, letters: Iterable[SampleLetter]) -> None:
        """Take *letters* as mended, on disk when this returns; not those that were refused again since they were read."""
        query = "UPDATE letters SET state = 'mended' WHERE id = ? AND times = ?"
        with self._file.storing() as transaction:
            transaction.executemany(query, [(one.id, one.times) for one in letters])

    def all_letters(self) -> Iterator[SampleLetter]:
        """Yield every letter, whatever its state, by id."""
        after = ""
        query = f"SELECT {_COLUMNS} FROM letters WHERE id > ? ORDER BY id LIMIT 500"  # noqa: S608 - only constants are put in
        while some := self._letters(query, after):
            yield from some
            after = some[-1].id

    def erase(self, letters: Iterable[str]) -> None:
        """Take out the letters of these ids, for good; nobody may read the file meanwhile. See `SqliteFile.erasing`."""
        with self._file.erasing() as transaction:
            transaction.executemany("DELETE FROM letters WHERE id = ?", [(one,) for one in letters])

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def letters(self, *, closed: bool = False, records_max: int = 1000) -> list[SampleLetter]:
        """Return the open letters, the newest first, and where *closed* is asked the others too."""
        states = "1" if closed else "state = 'open'"
        query = f"SELECT {_COLUMNS} FROM letters WHERE {states} ORDER BY received_ms DESC, id LIMIT ?"  # noqa: S608 - only constants are put in
        return self._letters(query, records_max)

    def letter(self, id_or_beginning: str) -> list[SampleLetter]:
        """Return the letters whose id begins so: one where it is unique."""
        query = f"SELECT {_COLUMNS} FROM letters WHERE substr(id, 1, length(?)) = ? LIMIT 2"  # noqa: S608 - only constants are put in
        return self._letters(query, id_or_beginning, id_or_beginning)

    def open_total(self) -> int:
        """Return the number of open letters."""
        ((total,),) = self._file.read("SELECT count(*) FROM letters WHERE state = 'open'")
        return int(str(total))

    def _letters(self, query: str, *values: object) -> list[SampleLetter]:
        return [SampleLetter(*row) for row in self._file.read(query, *values)]  # type: ignore[arg-type]


def _letter(result: SampleLetterResult, time_ms: int) -> SampleLetter | None:
    match result:
        case SamplesRejected() | RecordRefused():
            content = (result.device, result.message)
            about = (result.device, result.reason, result.received_ms, result.message)
            state: Literal["open", "aside"] = "open"
        case SetAside():
            samples = msgspec.json.encode(result.samples)
            reason = f"{len(result.samples)} samples set aside: {result.reason}"
            content, about, state = (result.athlete, samples), (result.athlete, reason, time_ms, samples), "aside"
        case _:
            return None
    told = "\n".join((result.stadium, result.session, content[0])).encode() + b"\0" + content[1]
    letter_id = f"{LETTER_PREFIX}{hashlib.sha256(told).hexdigest()[:12]}"
    return SampleLetter(letter_id, result.stadium, result.session, *about, state)
