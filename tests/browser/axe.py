"""axe-core, which finds what keeps people out of a page; one pinned version, kept outside the tree."""

import hashlib
import shutil
import tarfile
from pathlib import Path

import pytest

from servers.cache import cache_folder, made_whole
from servers.command import run
from tests.requirement import everything_required

_PACKAGE = "axe-core@4.14.1"
_SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"


def script() -> str:
    """Return the program that runs in a page, or skip the test where it is not here and need not be."""
    folder = cache_folder() / _PACKAGE.replace("@", "-")
    if not folder.exists():
        if not everything_required():
            pytest.skip("axe-core is not installed: PRESSBOX_REQUIRE=all installs it")
        if shutil.which("npm") is None:
            pytest.skip("axe-core comes by npm, which is not here")
        _install(folder)
    return (folder / "axe.min.js").read_text(encoding="utf-8")


def _install(folder: Path) -> None:
    with made_whole(folder) as unfinished:
        run(["npm", "pack", "--silent", "--pack-destination", unfinished, _PACKAGE])
        (archive,) = unfinished.glob("*.tgz")
        assert hashlib.sha256(archive.read_bytes()).hexdigest() == _SHA256, f"{archive.name} is not what was pinned"
        with tarfile.open(archive) as packed:
            program = packed.extractfile("package/axe.min.js")
            assert program is not None
            (unfinished / "axe.min.js").write_bytes(program.read())
        archive.unlink()
