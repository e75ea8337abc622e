"""Sessions of people who signed in: kept on disk, so that a restart signs nobody out, and ended at once."""

from typing import Final

from pressbox.access.registry import Registry
from pressbox.access.secret import new_token, token_hash
from pressbox.model.person import SESSION_IDLE_MS, SESSION_MS_MAX, Admitted, Role

_USE_MS: Final = 60_000
_OPEN: Final = "sessions.begun_ms > ? AND sessions.used_ms > ? AND people.revoked_ms IS NULL"
_FROM: Final = "FROM sessions JOIN people ON people.name = sessions.person"


class Sessions:
    """The sessions in *file*. A token is known by its hash only, and always of our making."""

    def __init__(self, file: Registry) -> None:
        self._file = file

    def begin(self, name: str, now_ms: int) -> str:
        """Return the token of a new session of *name*."""
        token = new_token()
        with self._file.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE begun_ms <= ? OR used_ms <= ?", _ended(now_ms))
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (token_hash(token), name, now_ms, now_ms))
        return token

    def find(self, token: str, now_ms: int) -> Admitted | None:
        """Return who has the session of *token*, or None where it has ended; that is a use of it."""
        identity = token_hash(token)
        query = f"SELECT people.name, people.role, sessions.used_ms {_FROM} WHERE token_hash = ? AND {_OPEN}"
        rows = self._file.read(query, identity, *_ended(now_ms))
        if not rows:
            return None
        name, role, used_ms = rows[0]
        if now_ms - used_ms >= _USE_MS:  # the minute is near enough, and most requests then only read
            with self._file.writing() as connection:
                connection.execute("UPDATE sessions SET used_ms = ? WHERE token_hash = ?", (now_ms, identity))
        return Admitted(name, role, "session", identity)

    def open_ones(self, now_ms: int) -> dict[str, Role]:
        """Return the role of who has it, for each session that is open, by its identity."""
        query = f"SELECT token_hash, people.role {_FROM} WHERE {_OPEN}"
        return dict(self._file.read(query, *_ended(now_ms)))

    def end(self, token: str) -> None:
        """End the session of *token*; where there is none, nothing happens."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE token_hash = ?", (token_hash(token),))


def _ended(now_ms: int) -> tuple[int, int]:
    return now_ms - SESSION_MS_MAX, now_ms - SESSION_IDLE_MS
