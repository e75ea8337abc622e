"""
What a backup holds, and where each part belongs.

A backup is a gzipped tar. Its first member is the manifest; the others follow in the order it names them. A segment of
the log is there without the zeroes that made it longer.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from pressbox.errors import BadInput, BadSettings
from pressbox.settings import Settings
from pressbox.stores.reference import SqliteReferenceSettings
from pressbox.stores.sqlite_checkpoints import FILE_NAME as CHECKPOINTS_FILE
from pressbox.stores.sqlite_dead_letters import FILE_NAME as DEAD_LETTERS_FILE
from pressbox.stores.sqlite_documents import SqliteDocumentSettings
from pressbox.stores.sqlite_metrics import MEDICAL_FILE, PERFORMANCE_FILE
from pressbox.stores.sqlite_sessions import FILE_NAME as SESSIONS_FILE

VERSION: Final = 1
MANIFEST: Final = "manifest.json"
LOG: Final = "log"

_LOG_FILE: Final = re.compile(
    r"log/[a-z0-9][a-z0-9._-]*/(topic\.json|[a-z0-9][a-z0-9._-]*\.json|[0-9]+/[0-9]{20}\.log)"
)

_FILES: Final = (DEAD_LETTERS_FILE, CHECKPOINTS_FILE, SESSIONS_FILE, PERFORMANCE_FILE, MEDICAL_FILE)


_OTHER_STORE: Final = re.compile(r"(?!(?:documents|reference)\.)[a-z0-9][a-z0-9-]*\.sqlite")  # these are set
_OTHER_FILE: Final = re.compile(
    r"certificates/[A-Za-z0-9_-][A-Za-z0-9._-]*\.(pem|key)|schemas/[A-Za-z0-9_-][A-Za-z0-9._-]*\.json"
)


class Member(Struct, frozen=True):
    """A file of the backup: its bytes and their SHA-256, and how long it is once restored, with zeroes behind them."""

    name: str
    size_bytes: int
    length_bytes: int
    sha256: str


class Lane(Struct, frozen=True):
    """The records of a partition that are in the backup: from *start* until before *end*."""

    topic: str
    generation: int
    partition: int
    start: int
    end: int


class Manifest(Struct, frozen=True):
    """What a backup says of itself: its format, which *pressbox* took it and when, and what is in it."""

    version: int
    pressbox: str
    taken_ms: int
    lanes: list[Lane]
    members: list[Member]


Progress: TypeAlias = Callable[[Sequence[Member]], Iterable[Member]]
"""Passes the members on one by one, and shows somebody how far it is."""


def stores_of(settings: Settings) -> dict[str, Path]:
    """Return by member's name where in the data folder each store lies that is a file of ours."""
    places = {name: Path(name) for name in _FILES}
    if isinstance(settings.documents, SqliteDocumentSettings):
        places["documents.sqlite"] = Path(settings.documents.path)
    if isinstance(settings.reference, SqliteReferenceSettings):
        places["reference.sqlite"] = Path(settings.reference.path)
    return places


def others_of(settings: Settings, data: Path) -> tuple[list[str], list[str]]:
    """
    Return what else *data* holds of ours: stores that no setting names, and files of certificates and schemas.

    Who may come in is among the former: nothing has to be told here to be in a backup.
    """
    named = stores_of(settings)
    places = {str(place) for place in named.values()}
    stores = [path.name for path in data.glob("*.sqlite") if path.name not in places and path.name not in named]
    files = [str(path.relative_to(data)) for folder in ("certificates", "schemas") for path in data.glob(f"{folder}/*")]
    return sorted(filter(_OTHER_STORE.fullmatch, stores)), sorted(filter(_OTHER_FILE.fullmatch, files))


def elsewhere(settings: Settings) -> list[str]:
    """Return what the settings keep in servers of others, so that no backup holds it."""
    places = []
    if not isinstance(settings.documents, SqliteDocumentSettings):
        places.append("the documents (MongoDB)")
    if not isinstance(settings.reference, SqliteReferenceSettings):
        places.append("the reference tables and settlements (the reference database)")
    return places


def place_of(member: Member, settings: Settings) -> Path:
    """
    Return where below the data folder *member* belongs.

    Raises:
        BadInput: no backup has such a member, or the settings have no place for it.
        BadSettings: the settings put it outside the data folder.
    """
    stores = stores_of(settings)
    if member.name in stores:
        place = stores[member.name]
    elif _OTHER_STORE.fullmatch(member.name) or _OTHER_FILE.fullmatch(member.name):
        place = Path(member.name)
    elif _LOG_FILE.fullmatch(member.name):
        place = Path(settings.log.path) / Path(member.name).relative_to(LOG)
    else:
        raise BadInput(
            f"the backup holds {member.name}, for which these settings have no place: restore with the settings of the "
            "pressbox it was taken from"
        )
    if place.is_absolute() or ".." in place.parts:
        raise BadSettings(
            f"a restore writes one folder, the data folder, and the settings put {member.name} outside it, at {place}: "
            "restore with a path inside, then move it"
        )
    return place
