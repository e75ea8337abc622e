"""The lock that keeps a log's folder to one writer."""

import fcntl
import os
from pathlib import Path

from pressbox.errors import BadSettings
from pressbox.log.disk import Disk


def take_lock(disk: Disk, folder: Path) -> int:
    """
    Keep *folder* to this process until the returned descriptor is closed, or the process ends, however it ends.

    Raises:
        BadSettings: another writer has it; the message names the folder and the process.
    """
    path = folder / "lock"
    descriptor = disk.open_to_write(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        disk.close(descriptor)
        process = path.read_text() or "unknown"
        raise BadSettings(
            f"the log in {folder} is being written by process {process}: stop that one, or give this one another folder"
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor
