"""
FerretDB 1.24: the MongoDB wire protocol over SQLite files, built from its Go sources in a minute or two.

It knows no credentials, multi-document transactions, change streams or time-to-live indexes; neither does pressbox ask
for them. The sources in `servers/ferretdb/` pin FerretDB and everything under it by checksum.
"""

import hashlib
import os
import shutil
import signal
from pathlib import Path

from servers import process
from servers.cache import cache_folder, made_whole
from servers.command import run
from servers.errors import ServerFailed
from servers.ports import LOOPBACK, answers, free_ports
from servers.process import Running

NAME = "ferretdb"
DESCRIPTION = "MongoDB wire protocol (needs Go 1.24 or newer)"

_STOP = signal.SIGKILL  # its files survive it, and a graceful stop would wait for idle clients
_SOURCES = Path(__file__).with_suffix("")


def installed() -> bool:
    """Return whether the program built from these very sources is there."""
    return _program().exists()


def install() -> None:
    """
    Build the program and keep it.

    Raises:
        ServerFailed: Go is missing or the build failed.
    """
    if shutil.which("go") is None:
        raise ServerFailed("FerretDB is built from source and `go` is not on the PATH: install Go 1.24 or newer")
    with made_whole(_program().parent) as folder:
        run(
            [
                "go",
                "build",
                "-mod=readonly",
                "-trimpath",
                "-buildvcs=false",
                "-ldflags=-s -w",
                "-o",
                folder / NAME,
                ".",
            ],
            folder=_SOURCES,
            environment={**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"},
        )


def start(folder: Path) -> Running:
    """
    Start the server with its databases in *folder*; its access is `url`.

    Raises:
        ServerFailed: it did not start.
    """
    (port,) = free_ports(1)
    data = folder / "data"
    data.mkdir(exist_ok=True)
    command: list[str | Path] = [_program(), f"{LOOPBACK}:{port}", data]
    served = process.start(command, folder, lambda: answers(port), within_s=20, stop_signal=_STOP)
    return Running(NAME, folder, {"url": f"mongodb://{LOOPBACK}:{port}/"}, served, _STOP)


def _program() -> Path:
    digest = hashlib.sha256(b"".join((_SOURCES / name).read_bytes() for name in ("go.mod", "go.sum", "main.go")))
    return cache_folder() / f"{NAME}-{digest.hexdigest()[:16]}" / NAME
