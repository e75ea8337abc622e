"""
The audit log: who saw medical data, who was let in and who was refused, who changed what others may see.

One SQLite file, readable by its owner only. What is written is on disk before the data is sent.
"""

import re
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pressbox.access.registry import Registry
from pressbox.model.person import AuditEntry, Deed
from pressbox.stream.clock import Clock

FILE_NAME: Final = "audit.sqlite"
VERSION: Final = 1

SAME_LOOK_MS: Final = 5 * 60_000
"""Who goes on looking at the same athlete in the same session is written down so often."""

_COLUMNS: Final = "time_ms, who, deed, what, athlete, session"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    deed TEXT NOT NULL,
    what TEXT NOT NULL,
    athlete TEXT,
    session TEXT
);
CREATE INDEX IF NOT EXISTS entries_by_time ON entries (time_ms);
CREATE INDEX IF NOT EXISTS entries_of_athlete ON entries (athlete) WHERE athlete IS NOT NULL;
"""


class AuditLog:
    """The audit log in the folder *data*."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._file = Registry(data / FILE_NAME, _TABLES, VERSION)
        self._clock = clock
        self._seen: dict[tuple[str, str, str], int] = {}
        self._lock = threading.Lock()

    def open(self) -> None:
        """
        Make the file where it is missing.

        Raises:
            BadSettings: it was written by a newer pressbox, or is no SQLite file.
            Unavailable: it cannot be opened or written.
        """
        self._file.open()

    def wrote(self, who: str, deed: Deed, what: str, athlete: str | None = None, session: str | None = None) -> None:
        """Have it on disk that *who* did *deed*."""
        self._write([AuditEntry(self._clock.now_ms(), who, deed, what, athlete, session)])

    def saw_medical(self, who: str, what: str, athletes: Iterable[str], session: str) -> None:
        """Have it on disk that *who* saw medical data of *athletes*; once in five minutes for each of them and *session*."""
        now_ms = self._clock.now_ms()
        with self._lock:
            new = [
                one for one in athletes if now_ms - self._seen.get((who, session, one), -SAME_LOOK_MS) >= SAME_LOOK_MS
            ]
            if not new:
                return
            self._write([AuditEntry(now_ms, who, "saw medical", what, one, session) for one in new])
            self._seen = {key: seen_ms for key, seen_ms in self._seen.items() if now_ms - seen_ms < SAME_LOOK_MS}
            self._seen.update(dict.fromkeys(((who, session, one) for one in new), now_ms))

    def erased(self, athlete: str, who: str, receipt: str) -> None:
        """
        Take the name of *athlete* out of all that was written, and keep that *who* had somebody erased.

        *receipt* tells this erasure from others, and nothing of the athlete; it is written down once.
        """
        with self._lock:
            self._seen = {key: seen_ms for key, seen_ms in self._seen.items() if key[2] != athlete}
        what = f"an athlete, receipt {receipt}"
        with self._file.erasing() as connection:
            query = "SELECT number, what, athlete FROM entries WHERE athlete = :athlete OR instr(what, :athlete)"
            for number, said, of_athlete in connection.execute(query, {"athlete": athlete}).fetchall():
                about = None if of_athlete == athlete else of_athlete
                connection.execute(
                    "UPDATE entries SET what = ?, athlete = ? WHERE number = ?",
                    (_without(said, athlete), about, number),
                )
            if not connection.execute("SELECT 1 FROM entries WHERE what = ? AND deed = 'erased'", (what,)).fetchone():
                connection.execute(_INSERT, _row(AuditEntry(self._clock.now_ms(), who, "erased", what, None, None)))

    def of_athlete(self, athlete: str) -> list[AuditEntry]:
        """Return what was written about *athlete*, the oldest first."""
        query = f"SELECT {_COLUMNS} FROM entries WHERE athlete = ? ORDER BY number"  # noqa: S608 - ours
        return [AuditEntry(*values) for values in self._file.read(query, athlete)]

    def entries(
        self, *, since_ms: int = 0, deeds: Sequence[Deed] = (), before: int | None = None, entries_max: int = -1
    ) -> list[tuple[int, AuditEntry]]:
        """Return what was written, each with its number, the newest first: of *deeds* only, and before a number."""
        wanted = f"AND deed IN ({', '.join('?' * len(deeds))})" if deeds else ""
        query = (
            f"SELECT number, {_COLUMNS} FROM entries WHERE time_ms >= ? AND (? IS NULL OR number < ?) {wanted} "  # noqa: S608 - ours
            "ORDER BY number DESC LIMIT ?"
        )
        rows = self._file.read(query, since_ms, before, before, *deeds, entries_max)
        return [(number, AuditEntry(*values)) for number, *values in rows]

    def _write(self, entries: Iterable[AuditEntry]) -> None:
        with self._file.writing() as connection:
            connection.executemany(_INSERT, [_row(one) for one in entries])


_INSERT: Final = f"INSERT INTO entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608 - ours


def _without(what: str, athlete: str) -> str:
    """Return *what* with the name of *athlete* gone where it stands for itself, as in the path of a page."""
    name = rf"(?<![A-Za-z0-9._-]){re.escape(athlete)}(?=$|[^A-Za-z0-9._-]|\.(?:csv|json|zip)\b|\.$)"
    return re.sub(name, "(erased)", what)


def _row(entry: AuditEntry) -> tuple[object, ...]:
    return entry.time_ms, entry.who, entry.deed, entry.what, entry.athlete, entry.session
