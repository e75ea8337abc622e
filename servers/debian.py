"""Programs that come as Debian packages."""

import os
import shutil

from servers.command import run
from servers.errors import ServerFailed


def is_root() -> bool:
    """Return whether we may install packages, and have to become somebody else for servers that refuse root."""
    return os.geteuid() == 0


def install_package(name: str) -> None:
    """
    Install a Debian package.

    Raises:
        ServerFailed: we are not root, this is no Debian, or the package could not be had.
    """
    if not is_root() or shutil.which("apt-get") is None:
        raise ServerFailed(f"the Debian package {name} is missing and only root can install it: apt-get install {name}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "--quiet"], environment=quiet)
    run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", name], environment=quiet)
