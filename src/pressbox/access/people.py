"""The people who may sign in, their passwords, and the one-time links by which they set them."""

import sqlite3
from typing import Any, Final

from pressbox.access.registry import Registry
from pressbox.access.secret import is_password, new_token, password_hash, token_hash
from pressbox.errors import BadInput
from pressbox.model.person import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    Invitation,
    Person,
    Purpose,
    Role,
    is_person_name,
)

LINK_MS: Final = 24 * 3_600_000

_COLUMNS: Final = "name, role, password_hash IS NOT NULL, added_ms, revoked_ms"
_WHO: Final = "`pressbox people list` shows them all"


class People:
    """The people in *file*; names are the same in small letters and in capitals."""

    def __init__(self, file: Registry) -> None:
        self._file = file

    def people(self) -> list[Person]:
        """Return everybody who was ever added, by name."""
        return [_person(row) for row in self._file.read(f"SELECT {_COLUMNS} FROM people ORDER BY name")]  # noqa: S608 - ours

    def add(self, name: str, role: Role, now_ms: int, password: str | None = None) -> None:
        """
        Add *name*, or let one who was revoked come back; without *password* they need a link to sign in.

        Raises:
            BadInput: they are there already, that cannot be a name, or the password is too easily guessed.
        """
        _check_name(name)
        kept = None if password is None else _kept(name, password)
        with self._file.writing() as connection:
            self._insert(connection, name, role, kept, now_ms)

    def revoke(self, name: str, now_ms: int) -> str:
        """
        End all sessions of *name* and let them in no more; return the name as it is written.

        Raises:
            BadInput: there is nobody of that name, or no other admin.
        """
        with self._file.writing() as connection:
            person = self._one(connection, name)
            _leave_an_admin(connection, person)
            connection.execute("UPDATE people SET revoked_ms = ? WHERE name = ?", (now_ms, name))
            _forget(connection, name)
        return person.name

    def change_role(self, name: str, role: Role) -> str:
        """
        Give *name* another role, from their next request on; return the name as it is written.

        Raises:
            BadInput: there is nobody of that name, or no other admin.
        """
        with self._file.writing() as connection:
            person = self._one(connection, name)
            if role != "admin":
                _leave_an_admin(connection, person)
            connection.execute("UPDATE people SET role = ? WHERE name = ?", (role, name))
        return person.name

    def check(self, name: str, password: str) -> Person | None:
        """Return who *name* is where *password* is theirs; it takes as long where there is nobody of that name."""
        rows = self._file.read(
            f"SELECT {_COLUMNS}, password_hash FROM people WHERE name = ? AND revoked_ms IS NULL",  # noqa: S608 - ours
            name,
        )
        kept = rows[0][-1] if rows else None
        return _person(rows[0][:-1]) if is_password(password, kept) and rows else None

    def link(self, name: str, purpose: Purpose, now_ms: int) -> str:
        """
        Return the token of a new link for *name*, good once and for a day; older links of theirs are good no more.

        Raises:
            BadInput: there is nobody of that name.
        """
        with self._file.writing() as connection:
            person = self._one(connection, name)
            connection.execute("DELETE FROM links WHERE person = ?", (name,))
            return _insert_link(connection, person.name, purpose, now_ms)

    def first_link(self, now_ms: int) -> str | None:
        """Return the token of the link by which the first admin is made, or None where there is somebody already."""
        with self._file.writing() as connection:
            if _is_anybody_here(connection):
                return None
            connection.execute("DELETE FROM links WHERE purpose = 'begin'")
            return _insert_link(connection, None, "begin", now_ms)

    def invitation(self, token: str, now_ms: int) -> Invitation | None:
        """Return what the link of *token* stands for, or None where it was used, is too old or never was."""
        rows = self._file.read(
            "SELECT purpose, person FROM links WHERE token_hash = ? AND until_ms > ?", token_hash(token), now_ms
        )
        return Invitation(*rows[0]) if rows else None

    def accept(self, token: str, name: str, password: str, now_ms: int) -> Person | None:
        """
        Use the link of *token*: set the password of whom it is for, or make *name* the first admin.

        Return who it is, or None where the link was used in the meantime. A link whose password is refused stays good.

        Raises:
            BadInput: the name or the password cannot be one.
        """
        found = self.invitation(token, now_ms)
        if found is None or found.purpose == "sign in":
            return None
        who = found.name or name
        _check_name(who)
        kept = _kept(who, password)
        with self._file.writing() as connection:
            if not _use_link(connection, token):
                return None
            if found.name is None:
                if _is_anybody_here(connection):
                    return None
                self._insert(connection, who, "admin", kept, now_ms)
            else:
                connection.execute("UPDATE people SET password_hash = ? WHERE name = ?", (kept, who))
                _forget(connection, who)
            return self._one(connection, who)

    def enter(self, token: str, now_ms: int) -> Person | None:
        """Use the link of *token*, which is one to sign in without a password; return who it is for, or None."""
        found = self.invitation(token, now_ms)
        if found is None or found.purpose != "sign in" or found.name is None:
            return None
        with self._file.writing() as connection:
            return self._one(connection, found.name) if _use_link(connection, token) else None

    def _one(self, connection: sqlite3.Connection, name: str) -> Person:
        query = f"SELECT {_COLUMNS} FROM people WHERE name = ? AND revoked_ms IS NULL"  # noqa: S608 - ours
        row = connection.execute(query, (name,)).fetchone()
        if row is None:
            raise BadInput(f"there is no {name!r} who may sign in: {_WHO}")
        return _person(row)

    def _insert(self, connection: sqlite3.Connection, name: str, role: Role, kept: str | None, now_ms: int) -> None:
        if connection.execute("SELECT 1 FROM people WHERE name = ? AND revoked_ms IS NULL", (name,)).fetchone():
            raise BadInput(f"{name} is there already: `pressbox people link {name}` makes a link for another password")
        connection.execute("INSERT OR REPLACE INTO people VALUES (?, ?, ?, ?, NULL)", (name, role, kept, now_ms))


def _person(row: tuple[Any, ...]) -> Person:
    name, role, has_password, added_ms, revoked_ms = row
    return Person(name=name, role=role, has_password=bool(has_password), added_ms=added_ms, revoked_ms=revoked_ms)


def _leave_an_admin(connection: sqlite3.Connection, person: Person) -> None:
    others = "SELECT 1 FROM people WHERE role = 'admin' AND revoked_ms IS NULL AND name <> ?"
    if person.role == "admin" and not connection.execute(others, (person.name,)).fetchone():
        raise BadInput(f"{person.name} is the only admin: add another one first")


def _forget(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("DELETE FROM sessions WHERE person = ?", (name,))
    connection.execute("DELETE FROM links WHERE person = ?", (name,))


def _insert_link(connection: sqlite3.Connection, name: str | None, purpose: Purpose, now_ms: int) -> str:
    token = new_token()
    connection.execute("DELETE FROM links WHERE until_ms <= ?", (now_ms,))
    connection.execute("INSERT INTO links VALUES (?, ?, ?, ?)", (token_hash(token), name, purpose, now_ms + LINK_MS))
    return token


def _use_link(connection: sqlite3.Connection, token: str) -> bool:
    return connection.execute("DELETE FROM links WHERE token_hash = ?", (token_hash(token),)).rowcount == 1


def _is_anybody_here(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM people WHERE revoked_ms IS NULL").fetchone() is not None


def _check_name(name: str) -> None:
    if not is_person_name(name):
        raise BadInput(f"{name!r}: a name is 1 to 64 letters without accents, digits, '.', '_', '@', '+' and '-'")


def _kept(name: str, password: str) -> str:
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise BadInput(f"a password has {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters")
    if password.casefold() == name.casefold() or len(set(password)) <= 2:  # noqa: PLR2004 - such as aaaaaaaaaa
        raise BadInput("this password is guessed first of all: take another")
    return password_hash(password)
