"""
Which events were seen: 16 bytes an event id, on disk, so that one sent again after a restart is still a repeat.

They are the states of the fold `game_play`. Ids are forgotten after a day, or when there are 50 million of them.
"""

import hashlib
from pathlib import Path
from typing import Final

from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.clock import Clock
from pressbox.stream.record import Record
from pressbox.stream.store import Cursor

FILE_NAME: Final = "event-ids.sqlite"
REMEMBERED_MS: Final = 24 * 3_600_000
REMEMBERED_MAX: Final = 50_000_000

_VERSION: Final = 1
# Rows are numbered as they come, so the oldest ones are the first.
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS ids (
    number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    time_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS forgotten (id INTEGER PRIMARY KEY CHECK (id = 1), total INTEGER NOT NULL);
"""
_FORGOTTEN_AT_ONCE: Final = 5_000
_FORGET_EVERY_S: Final = 1.0


class SqliteEventIds:
    """
    The ids in the file at *path*, of topics of *generation*.

    What was seen goes to disk after the results it led to: a record at or below the cursor is never folded again, and
    one above it finds its own id only at its own offset.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        generation: int,
        remembered_ms: int = REMEMBERED_MS,
        remembered_max: int = REMEMBERED_MAX,
    ) -> None:
        self._file = SqliteFile(path, _TABLES, _VERSION)
        self._clock, self._generation = clock, generation
        self._remembered_ms, self._remembered_max = remembered_ms, remembered_max
        self._fresh: dict[int, dict[bytes, tuple[int, int]]] = {}
        self._begin: dict[int, int] = {}
        self._looked_s = float("-inf")

    def open(self) -> None:
        """Open the file, making it where it is missing; see `Store.open`."""
        self._file.open()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def forgotten(self) -> int:
        """Return how many ids were forgotten ever: an event with one of them would count again."""
        rows = self._file.read("SELECT total FROM forgotten")
        return int(str(rows[0][0])) if rows else 0

    def begin(self, partition: int) -> int:
        """Return the offset to fold *partition* from."""
        self._fresh[partition] = {}
        cursor = self._file.cursor(partition)
        if cursor is not None and cursor.generation < self._generation:
            with self._file.moving(partition, Cursor(self._generation, 0)) as transaction:
                # Its offsets began again, and what was seen before is older than all of them.
                transaction.execute("UPDATE ids SET offset = -1 WHERE partition = ?", (partition,))
            cursor = None
        self._begin[partition] = 0 if cursor is None else cursor.offset
        return self._begin[partition]

    def covers(self, partition: int, record: Record) -> bool:
        """Return whether *record* was folded before."""
        return record.offset < self._begin[partition]

    def before(self, partition: int, record: Record) -> bool | None:
        """Return True where the event of *record* was seen before it."""
        hashed = _hash(record.key)
        fresh = self._fresh[partition].get(hashed)
        if fresh is not None:
            return fresh[0] < record.offset or None
        rows = self._file.read("SELECT offset FROM ids WHERE hash = ?", hashed)
        return (bool(rows) and int(str(rows[0][0])) < record.offset) or None

    def put(self, partition: int, record: Record, state: bool) -> None:
        """Remember the event of *record*."""
        del state
        self._fresh[partition].setdefault(_hash(record.key), (record.offset, record.time_ms))

    def stored(self, partition: int, next_offset: int) -> None:
        """Write down what was seen below *next_offset*."""
        fresh = self._fresh[partition]
        with self._file.moving(partition, Cursor(self._generation, next_offset)) as transaction:
            transaction.executemany(
                "INSERT OR IGNORE INTO ids (hash, partition, offset, time_ms) VALUES (?, ?, ?, ?)",
                [(hashed, partition, offset, time_ms) for hashed, (offset, time_ms) in fresh.items()],
            )
        fresh.clear()
        self._begin[partition] = next_offset

    def rest(self) -> None:
        """Forget some of the ids that are too old or too many."""
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s < _FORGET_EVERY_S:
            return
        self._looked_s = now_s
        too_old_ms = self._clock.now_ms() - self._remembered_ms
        with self._file.storing() as transaction:
            ((first, last),) = transaction.execute("SELECT min(number), max(number) FROM ids").fetchall()
            if first is None:
                return
            beyond = last - self._remembered_max
            deleted = transaction.execute(
                "DELETE FROM ids WHERE number < ? AND (time_ms < ? OR number <= ?)",
                (first + _FORGOTTEN_AT_ONCE, too_old_ms, beyond),
            ).rowcount
            if deleted:
                transaction.execute(
                    "INSERT INTO forgotten VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET total = total + excluded.total",
                    (deleted,),
                )

    def needed(self, next_offsets: dict[int, int]) -> dict[int, int]:
        """Return the offset a restart folds from, by partition."""
        return {partition: self._begin.get(partition, 0) for partition in next_offsets}


def _hash(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()
