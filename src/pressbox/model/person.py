"""People and machines that look at pressbox: who they are, what they may see, and what was written down about that."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct

Role: TypeAlias = Literal["coach", "medical", "admin"]
"""A coach sees performance, and heart rates where the athlete consents; medical staff and admins see all of them."""

Proof: TypeAlias = Literal["session", "key"]

Purpose: TypeAlias = Literal["begin", "password", "sign in"]
"""What a one-time link is for: making the first admin, setting one's password, or signing in without one."""

Deed: TypeAlias = Literal[
    "saw medical", "signed in", "signed out", "refused", "exported", "erased",
    "person added", "person revoked", "role changed", "password set", "link made",
    "key added", "key revoked", "consent added", "consent revoked",
]  # fmt: skip

ROLES: Final[tuple[Role, ...]] = get_args(Role)
DEEDS: Final[tuple[Deed, ...]] = get_args(Deed)
SESSION_IDLE_MS: Final = 12 * 3_600_000
"""A session nobody used for so long has ended."""

SESSION_MS_MAX: Final = 7 * 24 * 3_600_000
"""A session so old has ended, however much it is used."""

PASSWORD_CHARACTERS_MIN: Final = 10
PASSWORD_CHARACTERS_MAX: Final = 256

_NAME: Final = re.compile(r"[A-Za-z0-9._@+-]{1,64}")


class Person(Struct, frozen=True, kw_only=True):
    """
    Somebody who may sign in, until *revoked_ms*.

    *has_password* is false until the one-time link was used.
    """

    name: str
    role: Role
    has_password: bool
    added_ms: int
    revoked_ms: int | None


class Key(Struct, frozen=True, kw_only=True):
    """What a machine shows in place of a sign-in, until *revoked_ms*."""

    name: str
    role: Role
    added_ms: int
    revoked_ms: int | None


class Consent(Struct, frozen=True, kw_only=True):
    """
    What an athlete allows: coaches may see heart rates, and what derives from them.

    At *stadium* only where it names one, and before *until_ms* where there is such an end. A consent is never changed,
    only revoked, so all of them together are the history.
    """

    number: int
    athlete: str
    stadium: str | None
    until_ms: int | None
    recorded_ms: int
    recorded_by: str
    revoked_ms: int | None
    revoked_by: str | None

    def covers(self, stadium: str | None, now_ms: int) -> bool:
        """Return whether it holds at *stadium* (at every one of them, where that is None) and at *now_ms*."""
        is_in_time = self.revoked_ms is None and (self.until_ms is None or now_ms < self.until_ms)
        return is_in_time and self.stadium in (None, stadium)


class Admitted(Struct, frozen=True):
    """Who was let in, by what: *identity* is that of the session or key, and no secret."""

    name: str
    role: Role
    proof: Proof
    identity: str


class Invitation(Struct, frozen=True):
    """What an unused one-time link stands for; the first admin has no name yet."""

    purpose: Purpose
    name: str | None


class AuditEntry(Struct, frozen=True):
    """What *who* did at *time_ms*: *what* says more, such as a page or an address; *athlete* and *session* where one is meant."""

    time_ms: int
    who: str
    deed: Deed
    what: str
    athlete: str | None
    session: str | None


def end_of(day: date) -> int:
    """Return the epoch milliseconds at which *day* ends, in UTC: a consent until a day holds on that day."""
    return int(datetime.combine(day + timedelta(days=1), time(), UTC).timestamp()) * 1000


def is_person_name(text: str) -> bool:
    """Return whether *text* can be the name somebody signs in with, such as an e-mail address."""
    return _NAME.fullmatch(text) is not None
