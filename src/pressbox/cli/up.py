"""`pressbox up`: everything in one process."""

import os
import signal
import socket
from pathlib import Path

import click

from pressbox.cli.options import data_option
from pressbox.cli.running import Address, address_left, new_token
from pressbox.errors import BadSettings
from pressbox.serve.server import Server, settle_memory
from pressbox.settings import load_settings
from pressbox.wiring import Pressbox


@click.command()
@data_option
@click.option("--host", default=None, help="Address to listen on. [default: from the settings, 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port. [default: from the settings, 8750]")
def up(data: Path, settings: Path | None, host: str | None, port: int | None) -> None:
    """
    Run everything: watch feeds, fold box scores, fill stores, serve pages.

    Without settings it is the embedded profile: feeds are watched in DATA/gamestreams/, documents and tables are SQLite
    files in DATA. Put rosters there first, with `pressbox reference load` or `pressbox simulate game`. /healthz answers
    when it is ready. Ctrl-C stops it; kill -9 loses nothing that was acknowledged.
    """
    loaded = load_settings(settings)
    place = host or loaded.web.host, loaded.web.port if port is None else port
    with Pressbox(loaded, data) as opened, _listen(*place) as listener:
        address = Address(f"http://{_reachable(listener)}", new_token(), os.getpid())
        server = Server(opened.services(address.token))

        def stop(*_: object) -> None:
            server.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        opened.on_failure = stop
        opened.start()
        settle_memory()
        with address_left(data, address):
            click.echo(f"pressbox is up at {address.url}/  (data in {data.resolve()})")
            if opened.mqtt is not None:
                click.echo(f"devices publish at {opened.mqtt.address}")
            server.run(sockets=[listener])
        if opened.failure is not None:
            raise click.exceptions.Exit(1)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise BadSettings(
            f"cannot listen on {host} port {port}: {error.strerror}; choose another with --port"
        ) from error
    return listener


def _reachable(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - told, not bound
        host = "127.0.0.1"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
