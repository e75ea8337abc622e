"""
Requests a second of the JSON API, and how long one takes, with as many connections as ask at once.

The server runs in a process of its own, and so does who asks: bare sockets and epoll, each connection asking again as
soon as it was answered. Beside it: the same server software with an application that answers nothing, which is also
about as much as this one can ask.
"""

import os
import select
import socket
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import uvicorn
from litestar.types import Receive, Scope, Send
from msgspec import Struct

from bench.pages_pressbox import run_bare, run_pages
from bench.process import process, stamps
from bench.report import RESULTS
from bench.rounds import tell
from bench.workload import gamestream_lines
from pressbox.serve.server import Protocol

CONNECTIONS: Final = 16
GAMES: Final = 200
_EVENTS: Final = 60
_WARM_S: Final = 0.5
_RECEIVED_BYTES_MAX: Final = 1 << 20


class Answered(Struct, frozen=True):
    """What was answered in so many seconds: how long each took, and the bytes of the last."""

    took_ms: list[float]
    spent_s: float
    answer_bytes: int
    status: int


def answered(seconds: float) -> dict[str, Answered]:
    """Return how each kind of request was answered, *seconds* long each."""
    with tempfile.TemporaryDirectory(dir=RESULTS) as folder, process(run_pages, Path(folder)) as server:
        port = server.recv()
        for game in range(GAMES):
            with (Path(folder) / "gamestreams" / f"game-{game}.txt").open("wb") as feed:
                feed.write(b"".join(gamestream_lines(game, _EVENTS)))
        for game in range(GAMES):
            stamps(server, f"game-{game}", _EVENTS - 1)
        tag = _tag(port, "/api/games/game-7/boxscore")
        requests = {
            "games list, 200 games": _request("/api/games"),
            "box score": _request("/api/games/game-7/boxscore"),
            "box score, gzip": _request("/api/games/game-7/boxscore", "Accept-Encoding: gzip"),
            "box score by ETag": _request("/api/games/game-7/boxscore", f"If-None-Match: {tag}"),
        }
        with process(run_empty) as empty, process(run_bare, b"") as bare:
            found = {
                "the sockets alone": _load("the sockets alone", bare.recv(), _request("/empty"), seconds),
                "empty reply": _load("empty reply", empty.recv(), _request("/"), seconds),
            }
        return found | {name: _load(name, port, request, seconds) for name, request in requests.items()}


def run_empty(pipe: Connection) -> None:
    """Serve nothing but empty replies, with the server of the pages; say the port; end at None."""

    async def empty(scope: Scope, _: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    config = uvicorn.Config(
        empty, http=Protocol, lifespan="off", log_level="warning", access_log=False, server_header=False
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pipe.send(listener.getsockname()[1])
        threading.Thread(target=lambda: pipe.recv() or os._exit(0)).start()
        server.run(sockets=[listener])


def run_load(port: int, request: bytes, seconds: float, pipe: Connection) -> None:
    """Ask for *seconds*, after a moment that does not count, and say how it was answered."""
    poll = select.epoll()
    connections = {one.fileno(): one for one in (_connected(port) for _ in range(CONNECTIONS))}
    asked_ns = dict.fromkeys(connections, 0)
    for descriptor, one in connections.items():
        poll.register(descriptor, select.EPOLLIN)
        one.sendall(request)
    took_ns: list[int] = []
    pending = dict.fromkeys(connections, b"")
    begin_ns = time.monotonic_ns() + int(_WARM_S * 1e9)
    end_ns = begin_ns + int(seconds * 1e9)
    answer = b""
    while (now_ns := time.monotonic_ns()) < end_ns:
        for descriptor, _ in poll.poll(0.1):
            received = pending[descriptor] + connections[descriptor].recv(_RECEIVED_BYTES_MAX)
            if not _is_whole(received):
                pending[descriptor] = received
                continue
            now_ns = time.monotonic_ns()
            if asked_ns[descriptor] > begin_ns:
                took_ns.append(now_ns - asked_ns[descriptor])
            pending[descriptor], answer = b"", received
            asked_ns[descriptor] = now_ns
            connections[descriptor].sendall(request)
    pipe.send(Answered([one / 1e6 for one in took_ns], seconds, len(answer), int(answer.split()[1])))


def _load(name: str, port: int, request: bytes, seconds: float) -> Answered:
    tell(f"pages, requests: {name}")
    with process(run_load, port, request, seconds) as load:
        found: Answered = load.recv()
        return found


def _request(address: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {address} HTTP/1.1", "Host: pressbox", *headers, "", ""]).encode()


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return False
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    return len(body) >= int(length or 0)


def _tag(port: int, address: str) -> str:
    with _connected(port) as connection:
        connection.sendall(_request(address))
        received = b""
        while not _is_whole(received):
            received += connection.recv(_RECEIVED_BYTES_MAX)
    return received.lower().partition(b"etag:")[2].split(b"\r\n", 1)[0].strip().decode()
