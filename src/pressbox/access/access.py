"""Who may see what, over one data folder."""

from pathlib import Path
from typing import Final, Self

from pressbox.access.administration import Administration
from pressbox.access.audit import AuditLog
from pressbox.access.consent import Consents
from pressbox.access.gate import AccessGate
from pressbox.access.keys import Keys
from pressbox.access.people import People
from pressbox.access.people_file import form_secret, people_file
from pressbox.access.session import Sessions
from pressbox.stream.clock import Clock, SystemClock

DEMO_PERSON: Final = "demo"


class Access:
    """
    The parts of access in the folder *data*: the *gate* requests pass and the *administration* behind it.

    Any process may open it at the same time: what a command changes holds for the running pressbox at once.
    """

    def __init__(self, data: Path, clock: Clock | None = None) -> None:
        clock = clock or SystemClock()
        self._file = people_file(data)
        self._audit = AuditLog(data, clock)
        people, keys, consents = People(self._file), Keys(self._file), Consents(self._file)
        self.gate = AccessGate(people, Sessions(self._file), keys, consents, self._audit, clock)
        self.administration = Administration(people, keys, consents, self._audit, clock)

    def open(self) -> Self:
        """
        Make the files where they are missing.

        Raises:
            BadSettings: one was written by a newer pressbox, or is no SQLite file.
            Unavailable: one cannot be opened or written.
        """
        self._file.open()
        self._audit.open()
        return self

    def form_secret(self) -> str:
        """Return what signs forms."""
        return form_secret(self._file)


def demo_link(data: Path) -> str:
    """Return the path of a link that signs a made-up admin in, once; it makes them where they are missing."""
    administration = Access(data).open().administration
    if not any(one.name == DEMO_PERSON and one.revoked_ms is None for one in administration.people()):
        administration.add_person("the demo", DEMO_PERSON, "admin")
    return welcome_path(administration.link("the demo", DEMO_PERSON, "sign in"))


def welcome_path(token: str) -> str:
    """Return the path of the one-time link of *token*."""
    return f"/welcome?token={token}"
