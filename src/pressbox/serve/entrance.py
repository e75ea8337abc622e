"""What pages need of access: handed in by the wiring, as this room knows neither files nor passwords."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from pressbox.model.person import AuditEntry, Consent, Deed, Invitation, Key, Person, Role
from pressbox.serve.viewer import Gate


class Reception(Gate, Protocol):
    """The gate, and how somebody gets a session."""

    def sign_in(self, name: str, password: str, where: str) -> str | None:
        """Return the token of a new session of *name*, or None where *password* is not theirs; both take as long."""
        ...

    def sign_out(self, token: str) -> None:
        """End the session of *token*."""
        ...

    def invitation(self, token: str) -> Invitation | None:
        """Return what the link of *token* stands for, or None where it was used, is too old or never was."""
        ...

    def accept(self, token: str, name: str, password: str, where: str) -> str | None:
        """Set a password by the link of *token*; return the token of a new session, or None where the link was used."""
        ...

    def enter(self, token: str, where: str) -> str | None:
        """Sign in by the link of *token* alone; return the token of a new session, or None where it is not for that."""
        ...


class Register(Protocol):
    """What admins see and change; each change is written down with *by* whom, and a refusal is a `BadInput`."""

    def people(self) -> list[Person]:
        """Return everybody who was ever added, by name."""
        ...

    def keys(self) -> list[Key]:
        """Return all keys there ever were, by name."""
        ...

    def consents(self) -> list[Consent]:
        """Return all consents there ever were, by athlete and in their order."""
        ...

    def audit(
        self, *, since_ms: int = 0, deeds: Sequence[Deed] = (), before: int | None = None, entries_max: int = -1
    ) -> list[tuple[int, AuditEntry]]:
        """Return what was written down, each with its number, the newest first."""
        ...

    def add_person(self, by: str, name: str, role: Role) -> str:
        """Add *name* and return the token of the link by which they set their password."""
        ...

    def revoke_person(self, by: str, name: str) -> None:
        """Let *name* in no more."""
        ...

    def change_role(self, by: str, name: str, role: Role) -> None:
        """Give *name* another role."""
        ...

    def link(self, by: str, name: str) -> str:
        """Return the token of a new one-time link for *name*."""
        ...

    def add_key(self, by: str, name: str, role: Role) -> str:
        """Add a key for the machine *name* and return it."""
        ...

    def revoke_key(self, by: str, name: str) -> None:
        """Answer nobody any more who shows the key of *name*."""
        ...

    def add_consent(self, by: str, athlete: str, stadium: str | None, until_ms: int | None) -> None:
        """Record that coaches may see the heart rate of *athlete*, and what derives from it."""
        ...

    def revoke_consent(self, by: str, athlete: str, stadium: str | None) -> None:
        """Record that *athlete* takes it back."""
        ...


class Entrance(Struct, frozen=True):
    """
    Where people come in.

    *form_secret* signs forms, and *is_tls* says whether the server speaks TLS itself.
    """

    reception: Reception
    register: Register
    form_secret: str
    is_tls: bool = False
