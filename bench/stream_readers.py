"""Thousands of readers of one event stream in a process of their own, a third of them slow; sockets and epoll, no more."""

import re
import select
import socket
import time
import zlib
from collections import defaultdict
from multiprocessing.connection import Connection
from typing import Final

from msgspec import Struct

_AT_ONCE: Final = 100
_RECEIVED_BYTES_MAX: Final = 1 << 18
_SLOW_WINDOW_BYTES: Final = 4096
_SLOW_EVERY_S: Final = 1.0
_READERS_AN_ADDRESS: Final = 500
_IDENTITY: Final = re.compile(rb"^id: (\S+)$", re.MULTILINE)


class Heard(Struct, frozen=True):
    """
    What the fast readers heard: *arrivals_ns* by event id, one a reader and event.

    *event_bytes* is what came over the wire for the last of them, *slow_bytes* what all slow readers took, and
    *lost* the fast readers whose connection ended.
    """

    arrivals_ns: dict[str, list[int]]
    event_bytes: int
    slow_bytes: int
    lost: int


class _Reader:
    """One fast reader: takes what comes, notes when each chunk was complete."""

    __slots__ = ("chunks", "open", "pending", "socket")

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.pending = b""
        self.chunks: list[tuple[int, bytes | int]] = []
        self.open = True

    def read(self, *, keep: bool) -> None:
        data = self.socket.recv(_RECEIVED_BYTES_MAX)
        now_ns = time.monotonic_ns()
        self.open = bool(data)
        data = self.pending + data
        while (line := data.find(b"\r\n")) > 0:
            size = int(data[:line], 16)
            if len(data) < line + size + 4:
                break
            chunk = data[line + 2 : line + 2 + size]
            self.chunks.append((now_ns, chunk if keep else hash(chunk)))
            data = data[line + size + 4 :]
        self.pending = data


def run_readers(port: int, address: str, readers: int, pipe: Connection, *, gzip: bool) -> None:
    """Connect, say "ready", read until told to stop, then say what was heard."""
    slow = readers // 3
    request = (
        f"GET {address} HTTP/1.1\r\nHost: pressbox\r\n{'Accept-Encoding: gzip' if gzip else 'Via: 1.1 bench'}\r\n\r\n"
    )
    connections = _connected(port, request.encode(), readers, slow)
    fast = [_Reader(one) for one in connections[slow:]]
    poll = select.epoll()
    for one in fast:
        poll.register(one.socket, select.EPOLLIN)
    poll.register(pipe.fileno(), select.EPOLLIN)
    pipe.send("ready")
    by_descriptor = {one.socket.fileno(): one for one in fast}
    slow_bytes, lost = _read_until_told(poll, by_descriptor, pipe, connections[:slow])
    pipe.send(_heard(fast, slow_bytes, lost, gzip=gzip))


def _read_until_told(
    poll: select.epoll, fast: dict[int, _Reader], pipe: Connection, slow: list[socket.socket]
) -> tuple[int, int]:
    witness = next(iter(fast.values()))
    slow_bytes, lost, slow_due_s = 0, 0, time.monotonic() + _SLOW_EVERY_S
    while True:
        for descriptor, _ in poll.poll(0.2):
            if descriptor == pipe.fileno():
                pipe.recv()
                return slow_bytes, lost
            reader = fast[descriptor]
            reader.read(keep=reader is witness)
            if not reader.open:
                poll.unregister(descriptor)
                lost += 1
        if time.monotonic() > slow_due_s:
            slow_bytes += sum(map(_sip, slow[::2]))  # one half of the slow reads a little now and then, the other never
            slow_due_s = time.monotonic() + _SLOW_EVERY_S


def _sip(connection: socket.socket) -> int:
    try:
        return len(connection.recv(_SLOW_WINDOW_BYTES, socket.MSG_DONTWAIT))
    except (BlockingIOError, ConnectionResetError):
        return 0


def _connected(port: int, request: bytes, readers: int, slow: int) -> list[socket.socket]:
    """Return connections that have the head of their answer; slow ones first, and not too many at once."""
    connections: list[socket.socket] = []
    for begin in range(0, readers, _AT_ONCE):
        some = []
        for number in range(begin, min(begin + _AT_ONCE, readers)):
            one = socket.socket()
            if number < slow:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SLOW_WINDOW_BYTES)
            one.bind((f"127.0.0.{2 + number // _READERS_AN_ADDRESS}", 0))
            one.connect(("127.0.0.1", port))
            one.sendall(request)
            some.append(one)
        for one in some:
            _take_head(one)
        connections += some
    return connections


def _take_head(connection: socket.socket) -> None:
    connection.settimeout(20)
    head = b""
    while not head.endswith(b"\r\n\r\n"):  # byte by byte: what follows belongs to the reader
        head += connection.recv(1)
    assert head.startswith(b"HTTP/1.1 200"), head


def _heard(fast: list[_Reader], slow_bytes: int, lost: int, *, gzip: bool) -> Heard:
    """Name the chunks of all readers by what the first one, which kept them whole, found in them."""
    identities: dict[int, str] = {}
    unzip = zlib.decompressobj(31)
    size = 0
    for _, chunk in fast[0].chunks:
        assert isinstance(chunk, bytes)
        text = unzip.decompress(chunk) if gzip else chunk
        named = _IDENTITY.search(text)
        if named is not None:
            identities[hash(chunk)] = named[1].decode()
            size = len(chunk)
    arrivals_ns = defaultdict(list)
    for reader in fast:
        for now_ns, chunk in reader.chunks:
            identity = identities.get(chunk if isinstance(chunk, int) else hash(chunk))
            if identity is not None:
                arrivals_ns[identity].append(now_ns)
    return Heard(dict(arrivals_ns), size, slow_bytes, lost)
