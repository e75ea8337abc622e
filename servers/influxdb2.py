"""
InfluxDB 2.7, without its pages, built from its Go sources in a few minutes.

The sources in `servers/influxdb2/` pin InfluxDB and everything under it by checksum. A part of it, the language Flux, is
Rust: InfluxDB's own `pkg-config` stands before the system's and builds that with cargo, by the lock file it comes with.
"""

import hashlib
import http.client
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from servers import process
from servers.cache import cache_folder, made_whole
from servers.command import run
from servers.errors import ServerFailed
from servers.ports import LOOPBACK, free_ports
from servers.process import Running

NAME = "influxdb2"
DESCRIPTION = "InfluxDB 2.7 (needs Go 1.24 or newer, Rust, a C compiler and pkg-config)"

_SOURCES = Path(__file__).with_suffix("")
_NEEDED: Final = ("go", "cargo", "cc", "pkg-config")
_PROGRAM: Final = "influxd"
_BUILT: Final = ("github.com/influxdata/influxdb/v2/cmd/influxd", "github.com/influxdata/pkg-config")
_USER = _ORGANISATION = _BUCKET = "pressbox"
_OK, _CREATED = 200, 201

# Flux makes warnings errors in a feature of its own, and a newer Rust warns of more.
_CARGO = """\
#!/bin/sh
exec cargo "$@" --locked -p flux --no-default-features --features cffi
"""


def installed() -> bool:
    """Return whether the program built from these very sources is there."""
    return _program().exists()


def install() -> None:
    """
    Build the program and keep it.

    Raises:
        ServerFailed: something it is built with is missing, or the build failed.
    """
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        raise ServerFailed(f"InfluxDB 2 is built from source and not on the PATH: {', '.join(missing)}")
    with made_whole(_program().parent) as folder:
        tools = folder / "tools"
        tools.mkdir()
        cargo = tools / "cargo-flux"
        cargo.write_text(_CARGO)
        cargo.chmod(0o755)
        server, pkg_config = _BUILT
        # cargo builds inside Go's module cache, which else is read-only
        plain = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw -mod=readonly -trimpath -buildvcs=false"}
        run(["go", "build", "-o", tools / "pkg-config", pkg_config], folder=_SOURCES, environment=plain)
        building = {
            **plain,
            "CGO_ENABLED": "1",
            "PKG_CONFIG": str(tools / "pkg-config"),
            "CARGO": str(cargo),
            "RUSTUP_TOOLCHAIN": os.environ.get("RUSTUP_TOOLCHAIN", "stable"),  # the pinned one would be downloaded
        }
        building.pop("CARGO_TARGET_DIR", None)
        tags = "-tags=sqlite_foreign_keys,sqlite_json"
        run(
            ["go", "build", tags, "-ldflags=-s -w", "-o", folder / _PROGRAM, server],
            folder=_SOURCES,
            environment=building,
        )
        shutil.rmtree(tools)


def start(folder: Path) -> Running:
    """
    Start it with its data in *folder*; its access is `url`, and `token` and `organisation` of an admin.

    Raises:
        ServerFailed: it did not start.
    """
    known = folder / "access.json"
    is_new = not known.exists()
    if is_new:
        (port,) = free_ports(1)
        known.write_text(json.dumps({"port": port, "organisation": _ORGANISATION, "token": secrets.token_urlsafe(24)}))
        known.chmod(0o600)
    access = json.loads(known.read_text())
    port = access.pop("port")
    command: list[str | Path] = [
        _program(),
        f"--http-bind-address={LOOPBACK}:{port}",
        f"--bolt-path={folder / 'influxd.bolt'}",
        f"--sqlite-path={folder / 'influxd.sqlite'}",
        f"--engine-path={folder / 'engine'}",
        "--reporting-disabled",
        "--log-level=warn",
    ]
    served = process.start(command, folder, lambda: _is_ready(port), within_s=30)
    if is_new:
        _set_up(port, access["token"])
    return Running(NAME, folder, {"url": f"http://{LOOPBACK}:{port}", **access}, served)


def _is_ready(port: int) -> bool:
    try:
        return _answer(port, "GET", "/health")[0] == _OK
    except OSError:
        return False


def _set_up(port: int, token: str) -> None:
    asked = {
        "username": _USER,
        "password": secrets.token_urlsafe(24),
        "org": _ORGANISATION,
        "bucket": _BUCKET,
        "token": token,
    }
    status, said = _answer(port, "POST", "/api/v2/setup", json.dumps(asked))
    if status != _CREATED:
        raise ServerFailed(f"InfluxDB took no admin: {said!r}")


def _answer(port: int, method: str, address: str, body: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
    try:
        connection.request(method, address, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _program() -> Path:
    digest = hashlib.sha256(b"".join((_SOURCES / name).read_bytes() for name in ("go.mod", "go.sum")))
    return cache_folder() / f"{NAME}-{digest.hexdigest()[:16]}" / _PROGRAM
