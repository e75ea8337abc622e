"""Where installed servers are kept: outside the tree, one folder a server and version, whole or absent."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder that holds what was installed, for every working copy of this user."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "pressbox" / "servers"


@contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """
    Give a temporary folder to fill and rename it to *folder* at the end, so that a half install is never found.

    Where two installs run at once the first one wins; both are made from the same pinned sources.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield unfinished
        if not folder.exists():
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
