"""The few file operations the log is made of, in one place so that a test can stand in for a failing disk."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pressbox.errors import BadSettings, Unavailable


class Disk:
    """
    The real disk.

    Nothing written is durable before `sync` of its file, no name before `sync_folder` of its folder.
    Every method lets `OSError` through: only the caller knows what it means for the log.
    """

    def make_folder(self, folder: Path) -> None:
        """Make *folder* and whatever is missing above it; its own name is durable afterwards."""
        if folder.is_dir():
            return
        self.make_folder(folder.parent)
        self.add_folder(folder)
        self.sync_folder(folder.parent)

    def add_folder(self, folder: Path) -> None:
        """Make *folder* in one that is there; its name is durable with the next `sync_folder` of that one."""
        folder.mkdir(exist_ok=True)

    def open_to_write(self, path: Path) -> int:
        """Open *path* for reading and writing, making it where it is missing, and return its descriptor."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def open_to_read(self, path: Path) -> int:
        """Open *path* for reading only and return its descriptor."""
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def close(self, descriptor: int) -> None:
        """Let go of *descriptor*."""
        os.close(descriptor)

    def size(self, descriptor: int) -> int:
        """Return the length of the file in bytes."""
        return os.fstat(descriptor).st_size

    def read(self, descriptor: int, position: int, length: int) -> bytes:
        """Return *length* bytes from *position* on, fewer only at the end of the file."""
        data = os.pread(descriptor, length, position)
        while 0 < len(data) < length:
            more = os.pread(descriptor, length - len(data), position + len(data))
            if not more:
                break
            data += more
        return data

    def write(self, descriptor: int, position: int, data: bytes) -> None:
        """Write all of *data* at *position*."""
        written = os.pwrite(descriptor, data, position)
        while written < len(data):
            written += os.pwrite(descriptor, data[written:], position + written)

    def allocate(self, descriptor: int, length: int) -> None:
        """Reserve *length* bytes for the file, so that a full disk shows here and not in the middle of a group."""
        if sys.platform == "darwin":
            os.ftruncate(descriptor, length)
        else:
            os.posix_fallocate(descriptor, 0, length)

    def sync(self, descriptor: int) -> None:
        """Return when everything written to the file is on disk."""
        if sys.platform == "darwin":
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync there leaves the bytes in the drive's cache
        else:
            os.fdatasync(descriptor)

    def sync_folder(self, folder: Path) -> None:
        """Return when the names in *folder* are on disk."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, path: Path, target: Path) -> None:
        """Give *path* the name *target*, replacing what had it."""
        path.replace(target)

    def remove(self, path: Path) -> None:
        """Remove *path*; one that is not there is no error."""
        path.unlink(missing_ok=True)


def replace(disk: Disk, path: Path, data: bytes) -> None:
    """Make *data* the whole content of *path*: after a crash it is either the old content or the new."""
    new = path.with_name(f"{path.name}.new")
    disk.remove(new)  # an earlier crash may have left a longer one
    descriptor = disk.open_to_write(new)
    try:
        disk.write(descriptor, 0, data)
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)
    disk.rename(new, path)
    disk.sync_folder(path.parent)


@contextmanager
def reading(disk: Disk, path: Path) -> Iterator[int]:
    """Open *path* for reading as long as the block lasts."""
    descriptor = disk.open_to_read(path)
    try:
        yield descriptor
    finally:
        disk.close(descriptor)


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """
    Turn what the disk says while *doing* something into what the caller should do next.

    Raises:
        BadSettings: the place cannot be used by this process at all.
        Unavailable: it may be usable later.
    """
    try:
        yield
    except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise BadSettings(
            f"{doing}: {error.filename}: {error.strerror}: name a folder that pressbox may write"
        ) from error
    except OSError as error:
        raise Unavailable(f"{doing}: {error.strerror}: look at the disk") from error
