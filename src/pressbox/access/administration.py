"""What admins do, by page or command: each change is written down with who made it."""

from collections.abc import Sequence

from pressbox.access.audit import AuditLog
from pressbox.access.consent import Consents
from pressbox.access.keys import Keys
from pressbox.access.people import People
from pressbox.model.person import AuditEntry, Consent, Deed, Key, Person, Purpose, Role
from pressbox.stream.clock import Clock


class Administration:
    """Changes of who may see what. Every change names *by* whom; every refusal is a `BadInput` and changes nothing."""

    def __init__(self, people: People, keys: Keys, consents: Consents, audit: AuditLog, clock: Clock) -> None:
        self._people = people
        self._keys = keys
        self._consents = consents
        self._audit = audit
        self._clock = clock

    def people(self) -> list[Person]:
        """Return everybody who was ever added, by name."""
        return self._people.people()

    def keys(self) -> list[Key]:
        """Return all keys there ever were, by name."""
        return self._keys.keys()

    def consents(self) -> list[Consent]:
        """Return all consents there ever were, by athlete and in their order."""
        return self._consents.consents()

    def audit(
        self, *, since_ms: int = 0, deeds: Sequence[Deed] = (), before: int | None = None, entries_max: int = -1
    ) -> list[tuple[int, AuditEntry]]:
        """Return what was written down, each with its number, the newest first."""
        return self._audit.entries(since_ms=since_ms, deeds=deeds, before=before, entries_max=entries_max)

    def add_person(self, by: str, name: str, role: Role) -> str:
        """Add *name* and return the token of the link by which they set their password."""
        self._people.add(name, role, self._clock.now_ms())
        self._audit.wrote(by, "person added", f"{name} as {role}")
        return self.link(by, name)

    def add_person_with_password(self, by: str, name: str, role: Role, password: str) -> None:
        """Add *name*, who signs in with *password*."""
        self._people.add(name, role, self._clock.now_ms(), password)
        self._audit.wrote(by, "person added", f"{name} as {role}")

    def revoke_person(self, by: str, name: str) -> None:
        """Let *name* in no more; their sessions end at once."""
        self._audit.wrote(by, "person revoked", self._people.revoke(name, self._clock.now_ms()))

    def change_role(self, by: str, name: str, role: Role) -> None:
        """Give *name* another role, at once."""
        self._audit.wrote(by, "role changed", f"{self._people.change_role(name, role)} to {role}")

    def link(self, by: str, name: str, purpose: Purpose = "password") -> str:
        """Return the token of a new one-time link for *name*."""
        token = self._people.link(name, purpose, self._clock.now_ms())
        self._audit.wrote(by, "link made", f"for {name}")
        return token

    def first_link(self) -> str | None:
        """Return the token of the link by which the first admin is made, or None where there is somebody already."""
        return self._people.first_link(self._clock.now_ms())

    def add_key(self, by: str, name: str, role: Role) -> str:
        """Add a key for the machine *name* and return it, which nobody can be told again."""
        token = self._keys.add(name, role, self._clock.now_ms())
        self._audit.wrote(by, "key added", f"{name} as {role}")
        return token

    def revoke_key(self, by: str, name: str) -> None:
        """Answer nobody any more who shows the key of *name*."""
        self._keys.revoke(name, self._clock.now_ms())
        self._audit.wrote(by, "key revoked", name)

    def add_consent(self, by: str, athlete: str, stadium: str | None, until_ms: int | None) -> None:
        """Record that coaches may see the heart rate of *athlete*, and what derives from it."""
        self._consents.add(athlete, stadium, until_ms, by, self._clock.now_ms())
        self._audit.wrote(by, "consent added", _at(stadium), athlete)

    def revoke_consent(self, by: str, athlete: str, stadium: str | None) -> None:
        """Record that *athlete* takes it back: everywhere, or what was given for *stadium* only."""
        self._consents.revoke(athlete, stadium, by, self._clock.now_ms())
        self._audit.wrote(by, "consent revoked", _at(stadium), athlete)

    def exported(self, by: str, what: str, athletes: Sequence[str], session: str | None = None) -> None:
        """Have it on disk that *by* takes *what* of *athletes* away in a file."""
        for athlete in athletes:
            self._audit.wrote(by, "exported", what, athlete, session)

    def audit_of(self, athlete: str) -> list[AuditEntry]:
        """Return what was written about *athlete*, the oldest first."""
        return self._audit.of_athlete(athlete)

    def erase(self, by: str, athlete: str, receipt: str) -> None:
        """Take out the consents of *athlete* and their name in the audit log, which keeps only that it happened."""
        self._consents.erase(athlete)
        self._audit.erased(athlete, by, receipt)


def _at(stadium: str | None) -> str:
    return "everywhere" if stadium is None else f"at {stadium}"
