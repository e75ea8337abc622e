"""Devices: what brings samples in, by name."""

import re
from enum import Enum
from typing import Final, Literal, TypeAlias

from msgspec import Struct

DeviceKind: TypeAlias = Literal["password", "certificate"]

NAME: Final = r"[A-Za-z0-9._-]{1,64}"
"""What names of devices, stadiums and sessions are made of: they stand in topics, file names and certificates."""

_NAME: Final = re.compile(NAME)


class Device(Struct, frozen=True, kw_only=True):
    """A device that was added. *revoked_ms* is None as long as it may bring data."""

    name: str
    kind: DeviceKind
    added_ms: int
    revoked_ms: int | None


class Admission(Enum):
    """What is said to one who claims to be a device."""

    WELCOME = "welcome"
    WRONG = "wrong"
    REVOKED = "revoked"


def is_name(text: str) -> bool:
    """Return whether *text* can be the name of a device, a stadium or a session."""
    return _NAME.fullmatch(text) is not None
