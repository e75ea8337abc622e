"""Where each session stands, in SQLite and in memory: for whoever shows or changes one."""

import threading
from pathlib import Path
from typing import Final

import msgspec

from pressbox.model.load import SessionTold
from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.revision import Mark
from pressbox.stream.store import Batch, Cursor

FILE_NAME: Final = "sessions.sqlite"

_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS sessions (
    stadium TEXT NOT NULL, session TEXT NOT NULL, told TEXT NOT NULL, PRIMARY KEY (stadium, session)
) WITHOUT ROWID;
"""
_FOLDED_S_MAX: Final = 5.0

_decode = msgspec.json.Decoder(SessionTold).decode


class SqliteSessions:
    """A store of what is told of sessions, and its reader; any thread may ask."""

    name = "sessions"

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _TABLES, _VERSION)
        self._told: dict[tuple[str, str], SessionTold] = {}
        self._turn = threading.Condition()

    def open(self) -> None:
        """Open the file, making it where it is missing; see `Store.open`."""
        self._file.open()
        told = [_decode(str(row)) for (row,) in self._file.read("SELECT told FROM sessions")]
        with self._turn:
            self._told = {(one.stadium, one.session): one for one in told}

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        return self._file.cursor(partition)

    def write(self, batch: Batch[SessionTold]) -> None:
        """Take *batch* in one transaction; what is older than what is known changes nothing. See `Store.write`."""
        newer: dict[tuple[str, str], SessionTold] = {}
        for told in batch.results:
            key = told.stadium, told.session
            known = newer.get(key) or self._told.get(key)
            if known is None or _mark(known) < _mark(told):
                newer[key] = told
        with self._file.moving(batch.partition, batch.cursor) as transaction:
            rows = [(*key, msgspec.json.encode(told).decode()) for key, told in newer.items()]
            transaction.executemany("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)", rows)
        with self._turn:
            self._told |= newer
            self._turn.notify_all()

    def erase(self, athlete: str) -> None:
        """Take *athlete* out of every session, for good; nobody may read the file meanwhile. See `SqliteFile.erasing`."""
        with self._turn:
            self._told = {key: told.without(athlete) for key, told in self._told.items()}
            rows = [(msgspec.json.encode(told).decode(), *key) for key, told in self._told.items()]
        with self._file.erasing() as transaction:
            transaction.executemany("UPDATE sessions SET told = ? WHERE stadium = ? AND session = ?", rows)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def sessions(self) -> list[SessionTold]:
        """Return all sessions, open ones first, the newest of each kind first."""
        return sorted(
            self._told.values(), key=lambda one: (one.state != "open", -one.opened_ms, one.stadium, one.session)
        )

    def session(self, stadium: str, session: str) -> SessionTold | None:
        """Return where *session* of *stadium* stands, or None where there is none."""
        return self._told.get((stadium, session))

    def told(self, stadium: str, session: str, revision: int, timeout_s: float = _FOLDED_S_MAX) -> SessionTold | None:
        """Return where the session stands once what the record of *revision* said is known; None: it took too long."""

        def is_told() -> bool:
            known = self.session(stadium, session)
            return known is not None and known.revision >= revision

        with self._turn:
            return self.session(stadium, session) if self._turn.wait_for(is_told, timeout=timeout_s) else None


def _mark(told: SessionTold) -> Mark:
    return told.revision, told.index
