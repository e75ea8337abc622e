"""`pressbox up`: everything in one process."""

import logging
import os
import signal
import socket
from pathlib import Path
from typing import Final

import click

from pressbox.access.access import welcome_path
from pressbox.access.administration import Administration
from pressbox.cli.options import data_option
from pressbox.cli.running import Address, address_left, new_token
from pressbox.errors import BadSettings
from pressbox.serve.control import is_loopback
from pressbox.serve.server import Server, Tls, settle_memory
from pressbox.settings import WebSettings, load_settings
from pressbox.wiring import Pressbox

_LOGGER: Final = logging.getLogger(__name__)


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
    tls = _tls(loaded.web, data)
    with Pressbox(loaded, data) as opened, _listen(*place) as listener:
        address = _address(listener, tls)
        server = Server(opened.services(address.token), tls)

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
            if opened.events is not None and opened.events.collector is not None:
                click.echo(f"games send their events to {opened.events.collector.address}")
            _tell_of_people(opened.access.administration, listener, address)
            server.run(sockets=[listener])
        if opened.failure is not None:
            raise click.exceptions.Exit(1)


def _tls(web: WebSettings, data: Path) -> Tls | None:
    if web.certificate is None and web.key is None:
        return None
    if web.certificate is None or web.key is None:
        raise BadSettings("web.certificate and web.key: TLS needs both")
    tls = Tls(data / web.certificate, data / web.key)
    tls.check()
    return tls


def _address(listener: socket.socket, tls: Tls | None) -> Address:
    scheme = "http" if tls is None else "https"
    shown = None if tls is None else str(tls.certificate.resolve())
    return Address(f"{scheme}://{_reachable(listener)}", new_token(), os.getpid(), shown)


def _tell_of_people(administration: Administration, listener: socket.socket, address: Address) -> None:
    link = administration.first_link()
    if link is not None:
        click.echo(
            f"nobody can sign in yet; who opens this becomes the admin, once, within a day: {address.url}{welcome_path(link)}"
        )
    elif address.certificate is None and not is_loopback(listener.getsockname()[0]):
        _LOGGER.warning(
            "passwords and heart rates go over the network as everybody can read them: set web.certificate and web.key, "
            "or listen on 127.0.0.1 behind a proxy that speaks TLS"
        )


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
