"""The gate: asked at every request who somebody is, and what they may see."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from pressbox.access.audit import AuditLog
from pressbox.access.consent import Consents
from pressbox.access.keys import Keys
from pressbox.access.people import People
from pressbox.access.session import Sessions
from pressbox.model.person import Admitted, Consent, Invitation, Person, Role
from pressbox.stream.clock import Clock

AS_OF_S: Final = 0.5
"""What streams are told is as old as this at most; what a request is told is never old."""


class _Picture(Struct, frozen=True):
    """Everything streams ask about, as it stood at *taken_s*."""

    taken_s: float
    open: Mapping[str, Role]
    consents: Mapping[str, Sequence[Consent]]


class AccessGate:
    """Lets people and machines in, and lets them out at once where they are revoked."""

    def __init__(
        self, people: People, sessions: Sessions, keys: Keys, consents: Consents, audit: AuditLog, clock: Clock
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._keys = keys
        self._consents = consents
        self._audit = audit
        self._clock = clock
        self._picture = _Picture(float("-inf"), {}, {})
        self._lock = threading.Lock()

    def by_session(self, token: str) -> Admitted | None:
        """Return who has the session of *token*, or None where it has ended; it counts as use of the session."""
        return self._sessions.find(token, self._clock.now_ms())

    def by_key(self, token: str) -> Admitted | None:
        """Return which machine has the key *token*, or None where nobody has."""
        return self._keys.find(token)

    def is_in(self, admitted: Admitted) -> bool:
        """Return whether *admitted* still is, in the same role, as of half a second ago at most."""
        return self._now().open.get(admitted.identity) == admitted.role

    def coaches_see(self, athlete: str, stadium: str | None) -> bool:
        """Return whether a consent of *athlete* holds at *stadium*, as of half a second ago at most."""
        now_ms = self._clock.now_ms()
        return any(one.covers(stadium, now_ms) for one in self._now().consents.get(athlete, ()))

    def saw_medical(self, who: str, what: str, athletes: Iterable[str], session: str) -> None:
        """Have it on disk that *who* saw medical data; once in five minutes for the same athlete and session."""
        self._audit.saw_medical(who, what, athletes, session)

    def refused(self, who: str, what: str) -> None:
        """Write down that *who* asked for *what* and was refused."""
        self._audit.wrote(who, "refused", what)

    def sign_in(self, name: str, password: str, where: str) -> str | None:
        """
        Return the token of a new session of *name*, or None where *password* is not theirs.

        Both take the same time and are written down, with the address *where* they come from.
        """
        person = self._people.check(name, password)
        if person is None:
            # Who mistypes a password may have typed it as the name: only names that are known are written down.
            known = {one.name.casefold(): one.name for one in self._people.people()}
            self._audit.wrote(known.get(name.casefold(), "somebody"), "refused", f"sign-in from {where}")
            return None
        return self._begin(person, f"from {where}")

    def sign_out(self, token: str) -> None:
        """End the session of *token*."""
        found = self.by_session(token)
        if found is not None:
            self._sessions.end(token)
            self._forget_picture()
            self._audit.wrote(found.name, "signed out", "")

    def invitation(self, token: str) -> Invitation | None:
        """Return what the link of *token* stands for, or None where it was used, is too old or never was."""
        return self._people.invitation(token, self._clock.now_ms())

    def accept(self, token: str, name: str, password: str, where: str) -> str | None:
        """
        Set a password by the link of *token*, and return the token of a new session; None where the link was used.

        Raises:
            BadInput: the name or the password cannot be one.
        """
        person = self._people.accept(token, name, password, self._clock.now_ms())
        if person is None:
            return None
        self._audit.wrote(person.name, "password set", f"by a link from {where}")
        return self._begin(person, f"from {where}")

    def enter(self, token: str, where: str) -> str | None:
        """Sign in by the link of *token* alone; return the token of a new session, or None where it is for no such thing."""
        person = self._people.enter(token, self._clock.now_ms())
        return None if person is None else self._begin(person, f"by a link from {where}")

    def _begin(self, person: Person, how: str) -> str:
        token = self._sessions.begin(person.name, self._clock.now_ms())
        self._forget_picture()
        self._audit.wrote(person.name, "signed in", how)
        return token

    def _forget_picture(self) -> None:
        self._picture = _Picture(float("-inf"), {}, {})

    def _now(self) -> _Picture:
        picture = self._picture
        if self._clock.monotonic_s() - picture.taken_s < AS_OF_S:
            return picture
        with self._lock:
            if self._picture is picture:
                self._picture = self._taken()
            return self._picture

    def _taken(self) -> _Picture:
        taken_s = self._clock.monotonic_s()
        consents: dict[str, list[Consent]] = {}
        for one in self._consents.consents():
            if one.revoked_ms is None:
                consents.setdefault(one.athlete, []).append(one)
        open_ones = self._sessions.open_ones(self._clock.now_ms()) | self._keys.open_ones()
        return _Picture(taken_s, open_ones, consents)
