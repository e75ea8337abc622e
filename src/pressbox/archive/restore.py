"""
Restoring a backup: into a folder of its own, checked byte by byte, and given its name only once it is whole.

A crash leaves the folder under the other name, which the next restore removes.
"""

import hashlib
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pressbox.archive.manifest import LOG, MANIFEST, VERSION, Manifest, Member, Progress, place_of
from pressbox.errors import BadInput, BadSettings, Corrupted
from pressbox.log.disk import Disk, disk_errors
from pressbox.log.reader import SegmentReader
from pressbox.settings import Settings

_CHUNK_BYTES: Final = 1 << 20
_MANIFEST_BYTES_MAX: Final = 64 << 20


class _Version(Struct):
    version: int
    pressbox: str


def restore_backup(settings: Settings, file: Path, data: Path, *, progress: Progress) -> Manifest:
    """
    Make *data*, which must be new or empty, what the data folder was when the backup in *file* was taken.

    Raises:
        BadInput: *data* holds something, *file* is no backup, or the settings have no place for what is in it.
        BadSettings: a newer version of pressbox took it, or the settings put a part outside the data folder.
        Corrupted: the backup is damaged or cut short.
        Unavailable: the disk refused; *data* is as it was.
    """
    data = data.absolute()
    disk, unfinished = Disk(), data.with_name(f".{data.name}.restoring")
    with disk_errors(f"restoring into {data}"):
        if data.exists() and (not data.is_dir() or any(data.iterdir())):
            raise BadInput(f"{data} is not empty, and a restore replaces nothing: name a new folder with --data")
        shutil.rmtree(unfinished, ignore_errors=True)
        disk.make_folder(unfinished)
        try:
            manifest = _unpack(settings, file, unfinished, disk, progress)
            _verify(settings, manifest, file, unfinished)
            for folder in [unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())]:
                disk.sync_folder(folder)
            disk.rename(unfinished, data)
            disk.sync_folder(data.parent)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return manifest


def _unpack(settings: Settings, file: Path, target: Path, disk: Disk, progress: Progress) -> Manifest:
    with _opened(file) as archive:
        manifest = _manifest(file, archive)
        places = {member.name: place_of(member, settings) for member in manifest.members}
        for lane in manifest.lanes:
            topic = places.get(f"{LOG}/{lane.topic}/topic.json")
            if topic is not None:
                disk.make_folder(target / topic.parent / str(lane.partition))  # one without records has no file
        for member in progress(manifest.members):
            _write(file, member, _content(file, archive, member), target / places[member.name], disk)
    return manifest


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        archive = tarfile.open(file, "r:gz")  # noqa: SIM115 - closed below
    except FileNotFoundError as error:
        raise BadInput(f"there is no {file}: name the file that `pressbox backup` wrote") from error
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise BadInput(f"{file} is no backup of pressbox: {error}") from error
    with archive:
        yield archive


def _manifest(file: Path, archive: tarfile.TarFile) -> Manifest:
    with _damage_named(file, MANIFEST):
        entry = archive.next()
        content = entry and entry.name == MANIFEST and archive.extractfile(entry)
        described = content.read(_MANIFEST_BYTES_MAX) if content else b""
    try:
        said = msgspec.json.decode(described, type=_Version)
        if said.version > VERSION:
            raise BadSettings(
                f"{file} has format {said.version} and this pressbox knows {VERSION}: restore it with pressbox "
                f"{said.pressbox}, which took it, or a newer one"
            )
        return msgspec.json.decode(described, type=Manifest)
    except msgspec.DecodeError as error:
        raise BadInput(f"{file} is no backup of pressbox: it does not begin with {MANIFEST}") from error


def _content(file: Path, archive: tarfile.TarFile, member: Member) -> Iterator[bytes]:
    with _damage_named(file, member.name):
        entry = archive.next()
        content = entry and entry.name == member.name and archive.extractfile(entry)
        while content and (chunk := content.read(_CHUNK_BYTES)):
            yield chunk


@contextmanager
def _damage_named(file: Path, name: str) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise Corrupted(f"{file} is damaged or cut short at {name} ({error}): take another copy of it") from error


def _write(file: Path, member: Member, content: Iterator[bytes], path: Path, disk: Disk) -> None:
    disk.make_folder(path.parent)
    path.touch(mode=0o600)  # what it holds may be secret, or medical
    found, position = hashlib.sha256(), 0
    descriptor = disk.open_to_write(path)
    try:
        if member.length_bytes > member.size_bytes:
            disk.allocate(descriptor, member.length_bytes)
        for chunk in content:
            found.update(chunk)
            disk.write(descriptor, position, chunk)
            position += len(chunk)
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)
    if position != member.size_bytes or found.hexdigest() != member.sha256:
        raise Corrupted(f"{file} is damaged: {member.name} is not what was backed up: take another copy of it")


def _verify(settings: Settings, manifest: Manifest, file: Path, target: Path) -> None:
    with SegmentReader(target / settings.log.path) as reader:
        for finding in reader.verify():
            raise Corrupted(f"the log in {file} is not whole: {finding}")
        for lane in manifest.lanes:
            found = (reader.start(lane.topic, lane.partition), reader.end(lane.topic, lane.partition))
            if found != (lane.start, lane.end):
                raise Corrupted(f"{file}: {lane.topic}/{lane.partition} holds {found}, not {lane.start} to {lane.end}")
