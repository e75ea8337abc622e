"""Durable cursors, for readers that have no store of their own to keep them in."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from pressbox.errors import BadInput, BadSettings, Corrupted
from pressbox.log.disk import Disk, disk_errors, replace
from pressbox.stream.store import Cursor

VERSION = 1
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


class _CursorFile(Struct, frozen=True):
    version: int
    partitions: dict[int, Cursor]


class Cursors:
    """One small file a reader in *folder*; after a crash it holds the old cursors or the new ones."""

    def __init__(self, folder: Path, *, disk: Disk | None = None) -> None:
        self._folder, self._disk = folder, disk or Disk()

    def load(self, name: str) -> dict[int, Cursor]:
        """
        Return the cursors of the reader called *name* by partition; none where it has not read yet.

        Raises:
            Corrupted: its file cannot be read.
            BadSettings: a newer version of pressbox wrote it.
        """
        path = self._path(name)
        try:
            found = msgspec.json.decode(path.read_bytes(), type=_CursorFile)
        except FileNotFoundError:
            return {}
        except msgspec.DecodeError as error:
            raise Corrupted(f"{path} cannot be read ({error}): remove it to let {name} begin again") from error
        if found.version > VERSION:
            raise BadSettings(
                f"{path} has format {found.version}, this pressbox knows {VERSION}: use the newer pressbox"
            )
        return found.partitions

    def store(self, name: str, cursors: Mapping[int, Cursor]) -> None:
        """
        Keep *cursors* as all those of the reader called *name*, on disk when this returns.

        Raises:
            Unavailable: the disk is full or failing; the old ones are still there.
        """
        path = self._path(name)
        with disk_errors(f"storing the cursor of {name}"):
            self._disk.make_folder(self._folder)
            replace(self._disk, path, msgspec.json.encode(_CursorFile(VERSION, dict(cursors))))

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise BadInput(f"{name!r} cannot name a cursor: use small letters, digits, '.', '_' and '-'")
        return self._folder / f"{name}.json"
