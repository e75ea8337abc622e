"""Debian's Chromium, without a window, for tests of the pages."""

from pathlib import Path

from servers import process
from servers.debian import install_package
from servers.ports import LOOPBACK, answers, free_ports
from servers.process import Running

NAME = "chromium"
DESCRIPTION = "headless browser"
PROGRAM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",  # it refuses root otherwise
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",  # small in many virtual machines
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def installed() -> bool:
    """Return whether the program is there."""
    return PROGRAM.exists()


def install() -> None:
    """
    Install Debian's package.

    Raises:
        ServerFailed: we are not root, or it could not be had.
    """
    install_package(NAME)


def start(folder: Path) -> Running:
    """
    Start the browser with a fresh profile in *folder*; its access is the `url` of its DevTools protocol.

    Raises:
        ServerFailed: it did not start.
    """
    (port,) = free_ports(1)
    command: list[str | Path] = [PROGRAM, *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
    command.insert(1, f"--remote-debugging-port={port}")
    served = process.start(command, folder, lambda: answers(port), within_s=60)
    return Running(NAME, folder, {"url": f"http://{LOOPBACK}:{port}"}, served)
