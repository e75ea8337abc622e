"""Keys of machines: bearer tokens, shown once, each with a role as people have."""

from typing import Final

from pressbox.access.registry import Registry
from pressbox.access.secret import new_token, token_hash
from pressbox.errors import BadInput
from pressbox.model.device import is_name
from pressbox.model.person import Admitted, Key, Role

PREFIX: Final = "pressbox_"
"""How every key begins, so that whoever finds one in a file knows what it is."""


class Keys:
    """The keys in *file*."""

    def __init__(self, file: Registry) -> None:
        self._file = file

    def keys(self) -> list[Key]:
        """Return all keys there ever were, by name."""
        rows = self._file.read("SELECT name, role, added_ms, revoked_ms FROM keys ORDER BY name")
        return [
            Key(name=name, role=role, added_ms=added_ms, revoked_ms=revoked_ms)
            for name, role, added_ms, revoked_ms in rows
        ]

    def add(self, name: str, role: Role, now_ms: int) -> str:
        """
        Add a key for *name* and return it, which nobody can be told again. One that was revoked may come back.

        Raises:
            BadInput: there is one already, or that cannot be a name.
        """
        if not is_name(name):
            raise BadInput(f"key {name!r}: a name is 1 to 64 letters without accents, digits, '.', '_' and '-'")
        token = PREFIX + new_token()
        with self._file.writing() as connection:
            if connection.execute("SELECT 1 FROM keys WHERE name = ? AND revoked_ms IS NULL", (name,)).fetchone():
                raise BadInput(f"{name} has a key already: revoke it first if it has to get another one")
            connection.execute(
                "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, NULL)", (name, role, token_hash(token), now_ms)
            )
        return token

    def revoke(self, name: str, now_ms: int) -> None:
        """
        Answer nobody any more who shows the key of *name*.

        Raises:
            BadInput: there is no such key, or it was revoked before.
        """
        with self._file.writing() as connection:
            changed = connection.execute(
                "UPDATE keys SET revoked_ms = ? WHERE name = ? AND revoked_ms IS NULL", (now_ms, name)
            )
            if not changed.rowcount:
                raise BadInput(f"there is no key {name!r} that is not revoked: `pressbox keys list` shows them all")

    def find(self, token: str) -> Admitted | None:
        """Return which machine has the key *token*, or None where nobody has."""
        identity = token_hash(token)
        rows = self._file.read("SELECT name, role FROM keys WHERE token_hash = ? AND revoked_ms IS NULL", identity)
        return Admitted(rows[0][0], rows[0][1], "key", identity) if rows else None

    def open_ones(self) -> dict[str, Role]:
        """Return the role of each key that is not revoked, by its identity."""
        return dict(self._file.read("SELECT token_hash, role FROM keys WHERE revoked_ms IS NULL"))
