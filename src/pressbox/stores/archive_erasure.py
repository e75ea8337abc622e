"""
Erasing an athlete from the archive of samples: out of its files, what is told beside them, and what is planned.

Each file is written anew beside the old one and takes its name when it is whole: whoever is killed leaves each old or
new, and erasing again does the rest.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pressbox.errors import Corrupted, Unavailable
from pressbox.stores.archive_plan import ArchivedSession, FilePlan, Followed
from pressbox.stores.archived_samples import Profiles
from pressbox.stores.sample_archive import SESSION_FILE, archive_file
from pressbox.stores.sample_table import erase_rows, put_in_place, sync

S = TypeVar("S", ArchivedSession, Profiles)

_encode = msgspec.msgpack.Encoder().encode
_decode_followed = msgspec.msgpack.Decoder(Followed).decode
_decode_plan = msgspec.msgpack.Decoder(FilePlan).decode


def archived_sessions(folder: Path) -> Iterator[ArchivedSession]:
    """
    Yield every session in the archive at *folder*, as it was opened.

    Raises:
        Corrupted: what is told of one cannot be read.
    """
    for performance in _session_folders(folder / "performance"):
        told = _told(performance, ArchivedSession)
        profiles = _told(folder / "medical" / performance.relative_to(folder / "performance"), Profiles)
        if told is not None:
            athletes = told.opened.athletes if profiles is None else profiles.athletes
            yield replace(told, opened=replace(told.opened, athletes=athletes))


def erase_from_archive(folder: Path, athlete: str) -> None:
    """
    Take *athlete* out of the archive at *folder*, for good; nobody may write it meanwhile.

    Raises:
        BadSettings: the extra is not installed.
        Corrupted: what is told of a session cannot be read.
        Unavailable: a file cannot be read or written; erase again.
    """
    try:
        _erase_files(folder, athlete)
    except OSError as error:
        raise Unavailable(f"erasing from {folder}: {error.strerror}: look at the disk") from error
    _erase_plans(folder, athlete)


def _erase_files(folder: Path, athlete: str) -> None:
    for half in ("performance", "medical"):
        for session in _session_folders(folder / half):
            for unmade in sorted(session.glob("_*")):
                unmade.unlink()
            sync(session)
            for path in sorted(session.glob("[0-9]*.parquet")):
                erase_rows(path, athlete)
    for performance in _session_folders(folder / "performance"):
        told = _told(performance, ArchivedSession)
        _store(performance, None if told is None else told.without(athlete))
    for medical in _session_folders(folder / "medical"):
        profiles = _told(medical, Profiles)
        others = () if profiles is None else tuple(one for one in profiles.athletes if one.athlete != athlete)
        _store(medical, None if profiles is None else Profiles(others))


def _session_folders(half: Path) -> list[Path]:
    return sorted(half.glob("stadium=*/session=*"))


def _told(folder: Path, kind: type[S]) -> S | None:
    path = folder / SESSION_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise Corrupted(f"{path} cannot be read ({error})") from error


def _store(folder: Path, told: Struct | None) -> None:
    content, path = msgspec.json.format(msgspec.json.encode(told)), folder / SESSION_FILE
    if told is None or path.read_bytes() == content:
        return
    half = folder / f"_{SESSION_FILE}"
    half.write_bytes(content)
    put_in_place(half, path)


def _erase_plans(folder: Path, athlete: str) -> None:
    file = archive_file(folder)
    if not file.path.exists():
        return
    with closing(file):
        file.open(private=True)
        states = file.read("SELECT partition, key, state FROM sessions")
        plans = file.read("SELECT id, plan FROM plans")
        with file.erasing() as transaction:
            for partition, key, state in states:
                followed = _decode_followed(state)  # type: ignore[arg-type]
                followed.forget(athlete)
                query = "UPDATE sessions SET state = ? WHERE partition = ? AND key = ?"
                transaction.execute(query, (_encode(followed), partition, key))
            for number, plan in plans:
                left = _decode_plan(plan).without(athlete)  # type: ignore[arg-type]
                transaction.execute("UPDATE plans SET plan = ? WHERE id = ?", (_encode(left), number))
