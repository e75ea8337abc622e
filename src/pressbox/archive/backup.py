"""
Taking a backup, beside the running process or without one; neither is asked.

The order makes it one moment: first the stores, then the cursors, then the results, and what they were made from last.
So nothing in it is ahead of what it was made from, and a restored pressbox does what one does after a crash: it folds
what has no results yet, and carries to the stores what they lack.
"""

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

import msgspec

from pressbox import __version__
from pressbox.archive.manifest import LOG, MANIFEST, VERSION, Lane, Manifest, Member, Progress, others_of, stores_of
from pressbox.errors import BadInput, Unavailable
from pressbox.log.copy import CopiedPartition, copy_topic
from pressbox.log.disk import Disk, disk_errors
from pressbox.log.topic import find_topic
from pressbox.pipelines.athlete_load import ATHLETE_LOAD
from pressbox.pipelines.box_score import BOX_SCORE
from pressbox.pipelines.game_play import ACTION_ROWS, EVENTS, EVENTS_DEAD_LETTERS
from pressbox.settings import Settings
from pressbox.stores.sqlite import snapshot

_CURSORS: Final = "cursors"
_LAST: Final = (
    *(ACTION_ROWS, EVENTS_DEAD_LETTERS, EVENTS),
    *(topic for fold in (ATHLETE_LOAD, BOX_SCORE) for topic in (*reversed(fold.targets), fold.source)),
)
"""What a later topic holds proves nothing about an earlier one, so each is copied before those it was made after."""


def take_backup(settings: Settings, data: Path, file: Path, *, taken_ms: int, progress: Progress) -> Manifest:
    """
    Copy everything in the data folder *data* that pressbox keeps there into the new *file*; return what is in it.

    Feeds are not in it: they belong to who writes them, and the log has all that was read of them. Devices, people and
    the keys of certificates are: so *file* is its owner's only.

    Raises:
        BadInput: there is no log in *data*, or *file* is there already.
        Unavailable: the disk refused, or the log was deleted meanwhile.
        Corrupted: the log is damaged.
        BadSettings: a newer version of pressbox wrote the log.
    """
    log = data / settings.log.path
    if not log.is_dir():
        raise BadInput(f"there is no log in {log}: name the folder of the data with --data")
    if file.exists():
        raise BadInput(f"{file} is there already: name another file")
    with disk_errors(f"writing {file}"), _staging(file) as staging:
        members = _copy_stores(settings, data, staging) + _copy_cursors(log, staging)
        lanes, segments = _copy_log(log, staging)
        manifest = Manifest(VERSION, __version__, taken_ms, lanes, members + segments)
        _pack(manifest, staging, progress)
        (staging / MANIFEST).replace(file)
        Disk().sync_folder(file.parent)
    return manifest


@contextmanager
def _staging(file: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f".{file.name}.", dir=file.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_stores(settings: Settings, data: Path, staging: Path) -> list[Member]:
    members = []
    others, files = others_of(settings, data)
    for name, place in (stores_of(settings) | {name: Path(name) for name in others}).items():
        if (data / place).exists():
            snapshot(data / place, staging / name)
            members.append(_member(staging, name))
    for name in files:
        (staging / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(data / name, staging / name)
        members.append(_member(staging, name))
    return members


def _copy_cursors(log: Path, staging: Path) -> list[Member]:
    target = staging / LOG / _CURSORS
    target.mkdir(parents=True)
    return [
        _member(staging, str(Path(shutil.copyfile(path, target / path.name)).relative_to(staging)))
        for path in sorted((log / _CURSORS).glob("*.json"))
    ]


def _copy_log(log: Path, staging: Path) -> tuple[list[Lane], list[Member]]:
    names = sorted((path.parent.name for path in log.glob("*/topic.json")), key=lambda name: (_turn(name), name))
    lanes: list[Lane] = []
    members: list[Member] = []
    for name in names:
        file, partitions = copy_topic(log / name, staging / LOG / name)
        lanes += [Lane(name, file.generation, one.partition, one.start, one.end) for one in partitions]
        members.append(_member(staging, f"{LOG}/{name}/topic.json"))
        members += _segments(staging, partitions)
    for lane in lanes:
        found = find_topic(log / lane.topic)
        if found is None or found.generation != lane.generation:
            raise Unavailable(
                f"the log in {log} was deleted and begun again while it was copied: take the backup again"
            )
    return lanes, members


def _turn(topic: str) -> int:
    return _LAST.index(topic) if topic in _LAST else -1


def _segments(staging: Path, partitions: list[CopiedPartition]) -> list[Member]:
    return [
        _member(staging, str(segment.path.relative_to(staging)), segment.length_bytes)
        for partition in partitions
        for segment in partition.segments
    ]


def _member(staging: Path, name: str, length_bytes: int | None = None) -> Member:
    with (staging / name).open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size_bytes = file.tell()
    return Member(name, size_bytes, size_bytes if length_bytes is None else length_bytes, sha256)


def _pack(manifest: Manifest, staging: Path, progress: Progress) -> None:
    """Write the backup to where the staged files lie, under the name of its first member."""
    with os.fdopen(os.open(staging / MANIFEST, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
            described = msgspec.json.encode(manifest)
            archive.addfile(_entry(MANIFEST, len(described), manifest), BytesIO(described))
            for member in progress(manifest.members):
                with (staging / member.name).open("rb") as content:
                    archive.addfile(_entry(member.name, member.size_bytes, manifest), content)
        file.flush()
        os.fsync(file.fileno())


def _entry(name: str, size_bytes: int, manifest: Manifest) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size_bytes, manifest.taken_ms // 1000, 0o600
    return entry
