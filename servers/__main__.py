"""`python -m servers`: install, start and list the servers that tests and a local stack need."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from servers.cache import cache_folder
from servers.catalogue import CATALOGUE
from servers.errors import ServerFailed
from servers.process import LOG

_MORE = """
examples:
  python -m servers install              everything the tests can use, once; a second time does nothing
  python -m servers install ferretdb     only this one
  python -m servers start seaweedfs      until Ctrl-C; prints what a client needs to reach it
  python -m servers list                 what there is and whether it is installed

Programs are pinned and kept in ${XDG_CACHE_HOME:-~/.cache}/pressbox/servers; Debian packages need root.
All listen on loopback only. Tests start what they need by themselves and skip what is not installed.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        match chosen.command:
            case "install":
                _install(chosen.names or list(CATALOGUE))
            case "start":
                _start(chosen.name)
            case _:
                _list()
    except ServerFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m servers",
        description="Real servers without containers, for tests and a local stack.",
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    install = commands.add_parser("install", help="install all servers, or those named")
    install.add_argument("names", nargs="*", metavar="NAME", type=_known, help=", ".join(CATALOGUE))
    start = commands.add_parser("start", help="start one server and keep it until Ctrl-C")
    start.add_argument("name", metavar="NAME", type=_known, help=", ".join(CATALOGUE))
    commands.add_parser("list", help="show every server and whether it is installed")
    return parser


def _known(name: str) -> str:
    if name not in CATALOGUE:
        raise argparse.ArgumentTypeError(f"there is no {name!r}; there are {', '.join(CATALOGUE)}")
    return name


def _install(names: Sequence[str]) -> None:
    """Install all that can be installed before complaining of what cannot."""
    failed = []
    for name in names:
        if CATALOGUE[name].installed():
            print(f"{name}: there already", flush=True)
            continue
        print(f"{name}: installing ...", flush=True)
        begun_s = time.monotonic()
        try:
            CATALOGUE[name].install()
        except ServerFailed as error:
            failed.append(f"{name}: {error}")
            print(f"{name}: failed", flush=True)
        else:
            print(f"{name}: installed in {time.monotonic() - begun_s:.0f} s", flush=True)
    if failed:
        raise ServerFailed("\n".join(failed))


def _start(name: str) -> None:
    server = CATALOGUE[name]
    if not server.installed():
        raise ServerFailed(f"{name} is not installed: python -m servers install {name}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    running = server.start(Path(tempfile.mkdtemp(prefix=f"pressbox-{name}-")))
    try:
        print(f"{name} is ready; its log is {running.folder / LOG}; Ctrl-C ends it", flush=True)
        for key, value in running.access.items():
            print(f"{key} = {value}", flush=True)
        status = running.process.wait()
    except KeyboardInterrupt:
        running.stop()
        running.clean()
    else:
        running.stop()
        raise ServerFailed(f"{name} ended by itself with status {status}; its log is {running.folder / LOG}")


def _list() -> None:
    for name, server in CATALOGUE.items():
        print(f"{name:12} {'installed' if server.installed() else 'missing':10} {server.DESCRIPTION}")
    print(f"programs of our own are kept in {cache_folder()}")


if __name__ == "__main__":
    sys.exit(main())
