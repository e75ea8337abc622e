"""The server of the pages: uvicorn, except that it sends the readers of streams home before it waits for them."""

import asyncio
import gc
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import uvicorn
from msgspec import Struct
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pressbox.errors import BadSettings
from pressbox.serve.app import create_app
from pressbox.serve.events import TRANSPORT
from pressbox.serve.services import Services

try:
    import resource
except ImportError:  # there is none on Windows, and no limit either
    resource = None  # type: ignore[assignment]

_STOP_S_MAX: Final = 1


def settle_memory() -> None:
    """
    Let the garbage collector pass over all that is there now; called once, when all parts have begun.

    What a process begins with, mostly code, stays for as long as it runs. Looking through it again and again stops
    everything for 70 ms at a time.
    """
    gc.collect()
    gc.freeze()


class Tls(Struct, frozen=True):
    """The files of the certificate the server shows, and of its key."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """
        Look at the files before anything is served.

        Raises:
            BadSettings: they are missing, or do not belong together.
        """
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.key, password="")
        except (OSError, ssl.SSLError) as error:
            raise BadSettings(f"web.certificate {self.certificate}, web.key {self.key}: {error}") from error


class Protocol(HttpToolsProtocol):
    """HTTP that sends at once, and hands requests their connection for streams that write the same bytes to thousands."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Make the new connection ready."""
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            # asyncio does so only where the listening socket names its protocol; else the second half of an answer
            # waits for the acknowledgement of the first, 40 ms long.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, TRANSPORT: transport}


class Server(uvicorn.Server):
    """Serves the pages on listening sockets until it is told to stop, and then stops at once."""

    def __init__(self, services: Services, tls: Tls | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(services),
                ssl_certfile=None if tls is None else tls.certificate,
                ssl_keyfile=None if tls is None else tls.key,
                http=Protocol,
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=_STOP_S_MAX,
                server_header=False,
            )
        )
        self._services = services

    def stop(self) -> None:
        """Stop soon; may be called from any thread."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone: uvicorn raises them again when it is done, before all else has ended well."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take as many files as the system lets us have, for each reader holds one, and begin."""
        if resource is not None:
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            with suppress(ValueError, OSError):  # some systems let us have fewer than they say
                resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End all streams, then the rest."""
        self._services.hub.end()
        self._services.board.end()
        if self._services.telemetry is not None:
            self._services.telemetry.touchline.end()
        await super().shutdown(sockets)
