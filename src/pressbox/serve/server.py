"""The server of the pages: uvicorn, except that it sends the readers of streams home before it waits for them."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pressbox.serve.app import create_app
from pressbox.serve.events import TRANSPORT
from pressbox.serve.services import Services

_STOP_S_MAX: Final = 1


class _Protocol(H11Protocol):
    """HTTP that hands requests their connection, for streams that write the same bytes to thousands of them."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


class Server(uvicorn.Server):
    """Serves the pages on listening sockets until it is told to stop, and then stops at once."""

    def __init__(self, services: Services) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(services),
                http=_Protocol,
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

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End all streams, then the rest."""
        self._services.hub.end()
        self._services.board.end()
        await super().shutdown(sockets)
