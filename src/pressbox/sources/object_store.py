"""The object store port, and a folder behind it: where game feeds grow, one object a game."""

import errno
import logging
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, NamedTuple, Protocol

import watchfiles
from msgspec import Meta, Struct

from pressbox.errors import BadSettings, Unavailable

_READ_TRIES: Final = 5
_WATCH_STEP_MS: Final = 1
_WATCH_DEBOUNCE_MS: Final = 5
_WATCH_STOP_MS: Final = 200

_LOGGER: Final = logging.getLogger(__name__)


class ObjectInfo(NamedTuple):
    """One object as listed; *version* changes whenever its content does, as far as its store can tell."""

    key: str
    version: str
    size: int
    modified_ms: int


class ObjectStore(Protocol):
    """
    Objects under keys such as `gamestreams/gamestream.txt`, each rewritten whole whenever its writer likes.

    *scan_s* is how often everything has to be looked at, because `wait` may miss a change.
    """

    scan_s: float

    def objects(self) -> Iterable[ObjectInfo]:
        """Return the watched objects; raise `Unavailable` when they cannot be listed now."""
        ...

    def look(self, key: str) -> ObjectInfo | None:
        """Return what is known of *key* now, or None where it is no object to watch."""
        ...

    def read(self, key: str) -> bytes | None:
        """Return the content of *key* as it stood at one moment, or None where it is gone or keeps changing."""
        ...

    def wait(self, timeout_s: float) -> AbstractSet[str]:
        """Wait until something changes or *timeout_s* is over; return the keys known to have changed."""
        ...

    def close(self) -> None:
        """Stop watching."""
        ...


class FolderSettings(Struct, frozen=True, kw_only=True, tag="folder", tag_field="kind", forbid_unknown_fields=True):
    """Feeds in a folder. *path* is relative to the data folder; patterns begin below it."""

    path: Annotated[str, Meta(description="folder below which the patterns begin")] = "."


class Folder:
    """A folder as an object store. The system tells of changes at once; a look at everything catches the rest."""

    scan_s = 1.0

    def __init__(self, root: Path, patterns: Iterable[str]) -> None:
        """
        Watch what matches *patterns* below *root*, making the folders that are missing.

        Raises:
            BadSettings: a folder cannot be made.
        """
        self._root = root
        self._patterns = [PurePosixPath(pattern) for pattern in patterns]
        self._changed: set[str] = set()
        self._told = threading.Condition()
        self._stopping = threading.Event()
        folders = {root / pattern.parent for pattern in self._patterns}
        for folder in folders:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise BadSettings(f"{folder} cannot be a folder for feeds: {error.strerror}") from error
        self._watcher = threading.Thread(target=self._watch, args=(folders,), name="folder watcher", daemon=True)
        self._watcher.start()

    def objects(self) -> Iterator[ObjectInfo]:
        """Return the matching files; those whose names begin with a dot are still being written."""
        for parent in {pattern.parent for pattern in self._patterns}:
            try:
                with os.scandir(self._root / parent) as files:
                    keys = [str(parent / file.name) for file in files]
            except FileNotFoundError:
                continue
            except OSError as error:
                raise Unavailable(f"{self._root / parent}: {error.strerror}") from error
            yield from filter(None, map(self.look, keys))

    def look(self, key: str) -> ObjectInfo | None:
        """Return size and version of the file, where its name matches a pattern."""
        name = PurePosixPath(key)
        if name.name.startswith("."):
            return None
        if not any(name.parent == one.parent and fnmatchcase(name.name, one.name) for one in self._patterns):
            return None
        try:
            status = (self._root / key).stat()
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP):  # gone, or a link that leads nowhere
                return None
            raise Unavailable(f"{self._root / key}: {error.strerror}") from error
        if not stat.S_ISREG(status.st_mode):
            return None
        return ObjectInfo(key, _version(status), status.st_size, status.st_mtime_ns // 1_000_000)

    def read(self, key: str) -> bytes | None:
        """Return the file's bytes, read again where it changed meanwhile."""
        path = self._root / key
        try:
            for _ in range(_READ_TRIES):
                before = path.stat()
                content = path.read_bytes()
                if _version(before) == _version(path.stat()):
                    return content
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"{path}: {error.strerror}") from error
        return None

    def wait(self, timeout_s: float) -> AbstractSet[str]:
        """Wait until the system reports a change, or *timeout_s* is over."""
        with self._told:
            if not self._changed:
                self._told.wait(timeout_s)
            changed, self._changed = self._changed, set()
        return changed

    def close(self) -> None:
        """Stop watching and waiting."""
        self._stopping.set()
        with self._told:
            self._told.notify_all()
        self._watcher.join()

    def _watch(self, folders: AbstractSet[Path]) -> None:
        while not self._stopping.is_set():
            try:
                self._tell_changes(folders)
            except (OSError, RuntimeError) as error:  # a name that is no text, a folder removed, no watches left
                _LOGGER.warning("changes in %s are noticed by looking only: %s", self._root, error)
                self._stopping.wait(self.scan_s)

    def _tell_changes(self, folders: AbstractSet[Path]) -> None:
        changes = watchfiles.watch(
            *folders,
            watch_filter=None,
            step=_WATCH_STEP_MS,
            debounce=_WATCH_DEBOUNCE_MS,
            rust_timeout=_WATCH_STOP_MS,
            stop_event=self._stopping,
            raise_interrupt=False,
            recursive=False,
        )
        root = self._root.absolute()
        for changed in changes:
            keys = {Path(path).relative_to(root).as_posix() for _, path in changed if Path(path).is_relative_to(root)}
            with self._told:
                self._changed |= keys
                self._told.notify_all()


def _version(status: os.stat_result) -> str:
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}"
