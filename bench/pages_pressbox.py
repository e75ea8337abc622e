"""The process under measurement: a whole pressbox with its pages, which notes when each document reaches them."""

import asyncio
import os
import resource
import socket
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from msgspec import Struct

from bench.live_pressbox import Stamps
from pressbox.model.box_score import BoxScoreResult, Document
from pressbox.serve.server import Server, settle_memory
from pressbox.settings import Settings
from pressbox.simulate.reference import REFERENCE
from pressbox.stream.store import Batch
from pressbox.wiring import Pressbox


class Usage(Struct, frozen=True):
    """What a server has used so far: CPU seconds, and bytes of memory at this moment."""

    cpu_s: float
    resident_bytes: int


BARE_NUMBER: Final = b"@@@@@@@@"
"""Where in its bytes a bare server puts how many it has sent before."""

_BARE_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nd\r\nretry: 1000\n\n\r\n"
)


def usage() -> Usage:
    """Return what this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Usage(used.ru_utime + used.ru_stime, pages * resource.getpagesize())


def run_pages(data: Path, pipe: Connection) -> None:
    """Say the address; then answer "usage" with that and "stamps" with when documents came; end at None."""
    came_ns: Stamps = {}
    with Pressbox(Settings(), data) as pressbox, socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        pressbox.reference.load(REFERENCE)
        write = pressbox.hub.write

        def note_and_write(batch: Batch[BoxScoreResult]) -> None:
            now_ns = time.monotonic_ns()
            for result in batch.results:
                if isinstance(result, Document):
                    came_ns.setdefault((result.game, result.event_id), now_ns)
            write(batch)

        pressbox.hub.write = note_and_write  # type: ignore[method-assign]
        pressbox.start()
        settle_memory()
        server = Server(pressbox.services("token"))
        threading.Thread(target=_answer, args=(pipe, came_ns, server)).start()
        pipe.send(listener.getsockname()[1])
        server.run(sockets=[listener])
        assert pressbox.failure is None


def run_bare(frame: bytes, pipe: Connection) -> None:
    """
    The floor of a fan-out: a server that answers any request with the head of a stream, then sends all the same bytes.

    It knows no games and waits for nobody: who has not taken the last bytes is left out. Says its port; answers "usage"
    with that, and sends to all at "send", answering when it began to; ends at None.
    """
    asyncio.run(_bare(frame, pipe))


class _Bare(asyncio.Protocol):
    def __init__(self, readers: set[asyncio.Transport]) -> None:
        self._readers = readers
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(_BARE_HEAD)
            self._readers.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's
        if self._transport is not None:
            self._readers.discard(self._transport)


async def _bare(frame: bytes, pipe: Connection) -> None:
    readers: set[asyncio.Transport] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Bare(readers), "127.0.0.1", 0, backlog=1024)
    ended = loop.create_future()
    sent = 0

    def obey() -> None:
        nonlocal sent
        asked = pipe.recv()
        if asked is None:
            ended.set_result(None)
        elif asked == "usage":
            pipe.send(usage())
        else:
            pipe.send(time.monotonic_ns())
            numbered = frame.replace(BARE_NUMBER, b"%08d" % sent)
            sent += 1
            for reader in readers:
                if not reader.get_write_buffer_size():
                    reader.write(numbered)

    loop.add_reader(pipe.fileno(), obey)
    pipe.send(server.sockets[0].getsockname()[1])
    await ended
    os._exit(0)  # with all its readers: nothing here is worth an orderly end


def _answer(pipe: Connection, came_ns: Stamps, server: Server) -> None:
    while (asked := pipe.recv()) is not None:
        pipe.send(usage() if asked == "usage" else dict(came_ns))
    server.stop()
