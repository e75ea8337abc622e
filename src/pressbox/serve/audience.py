"""
The readers of one game who are sent the same bytes, and how those reach all of them while nobody waits for anybody.

Bytes are written where the last ones have left this process. Who has not taken those is late: it is looked at again a
little later, and then given the newest there is. So a slow reader costs one look and at most one event of memory.
"""

import asyncio
import socket
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, TypeAlias

from pressbox.serve.newest import Newest
from pressbox.stream.revision import BEFORE_ALL, Mark

Wire: TypeAlias = Callable[[Newest], bytes]
"""Makes of a document the bytes that go out. Readers with the same one are sent the same bytes, made once."""

QUIET_S: Final = 15.0
"""A stream says something this often at least, so that both ends find out when the other is gone."""

STALLED_S: Final = 60.0
"""A reader who takes nothing for so long, although there is something to take, is sent away."""

_WRITES_A_TURN: Final = 200
_UNSENT_BYTES_MAX: Final = 1 << 16


class Reader:
    """One open stream: the connection *transport* of who has everything up to *mark*; *quiet* keeps it awake."""

    __slots__ = ("ahead", "mark", "over", "quiet", "since_s", "spoke_s", "transport", "unsent")

    def __init__(self, transport: asyncio.WriteTransport, mark: Mark, quiet: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.transport = transport
        self.mark = mark
        self.quiet = quiet
        self.ahead = False
        self.over: asyncio.Future[None] = loop.create_future()
        self.spoke_s = self.since_s = loop.time()
        self.unsent = 0
        _keep_little_unsent(transport)

    def end(self) -> None:
        """Let the answer end in order."""
        if not self.over.done():
            self.over.set_result(None)

    def is_gone(self) -> bool:
        """Return whether the connection is lost; then nothing else may be asked of it."""
        return self.transport.is_closing()

    def is_full(self) -> bool:
        """Return whether the connection, which is not lost, has not taken all it was given."""
        return self.transport.get_write_buffer_size() > 0

    def write(self, data: bytes, now_s: float) -> None:
        """Send *data*; the connection has taken all before."""
        self.transport.write(data)
        self.spoke_s = now_s

    def is_stalled(self, now_s: float) -> bool:
        """Return whether nothing has gone out for too long."""
        unsent = self.transport.get_write_buffer_size()
        if unsent != self.unsent:
            self.unsent, self.since_s = unsent, now_s
        return now_s - self.since_s > STALLED_S


class Audience:
    """The readers of *game* whose bytes *wire* makes; everything but `frame` happens in one event loop."""

    def __init__(self, game: str, wire: Wire) -> None:
        self.game = game
        self.wire = wire
        self.readers: dict[Reader, None] = {}
        self.late: set[Reader] = set()
        self._loop = asyncio.get_running_loop()
        self._newest: Newest | None = None
        self._frame = b""
        self.asked: Newest | None = None
        """What is being made for a reader who came to find it missing."""

    def has(self, newest: Newest) -> bool:
        """Return whether the bytes of *newest* are at hand."""
        return self._newest is newest

    def is_behind(self, newest: Newest) -> bool:
        """Return whether *newest* is newer than what was taken last."""
        return self._newest is None or self._newest.mark < newest.mark

    def take(self, newest: Newest, frame: bytes) -> None:
        """Send *frame*, the bytes of *newest*, to every reader who has less; other work may go on in between."""
        self._newest, self._frame = newest, frame
        self._write_some(iter(tuple(self.readers)))

    def serve(self, reader: Reader, now_s: float) -> None:
        """Send *reader* the newest bytes, unless it has them or has not taken the last."""
        if self._newest is None or reader.mark >= self._newest.mark or reader.is_gone():
            return
        if reader.is_full():
            self.late.add(reader)
            return
        reader.write(self._frame, now_s)
        reader.mark, reader.ahead = self._newest.mark, False

    def leave(self, reader: Reader) -> None:
        """Forget *reader*."""
        self.readers.pop(reader, None)
        self.late.discard(reader)

    def end(self) -> None:
        """Send all readers home."""
        for reader in tuple(self.readers):
            reader.end()

    def look_at_late(self, now_s: float) -> None:
        """Serve the late ones who have taken what they had, and send away who takes nothing."""
        for reader in tuple(self.late):
            if reader.is_gone():
                reader.end()
            elif not reader.is_full():
                self.late.discard(reader)
                reader.unsent = 0
                self.serve(reader, now_s)
            elif reader.is_stalled(now_s):
                reader.transport.abort()
                reader.end()

    def look_at_all(self, now_s: float, quiet_s: float) -> list[Reader]:
        """
        Keep quiet streams awake, and let those go whose connection is lost.

        Return the readers who were ahead of everything known for a quiet span: what they had is of a history that was
        deleted, so they are now behind everything.
        """
        behind = []
        for reader in tuple(self.readers):
            if reader.is_gone():
                reader.end()
            elif now_s - reader.spoke_s >= quiet_s:
                if reader.is_full():
                    self.late.add(reader)
                    continue
                reader.write(reader.quiet, now_s)
                if reader.ahead:
                    reader.mark, reader.ahead = BEFORE_ALL, False
                    behind.append(reader)
        return behind

    def _write_some(self, readers: Iterator[Reader]) -> None:
        now_s = self._loop.time()
        reader = None
        for reader in islice(readers, _WRITES_A_TURN):
            self.serve(reader, now_s)
        if reader is not None:
            self._loop.call_soon(self._write_some, readers)


def _keep_little_unsent(transport: asyncio.WriteTransport) -> None:
    """Let the system keep little that is not under way: what waits there grows old, and a newer document replaces it."""
    connection = transport.get_extra_info("socket")
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if connection is not None and option is not None:
        connection.setsockopt(socket.IPPROTO_TCP, option, _UNSENT_BYTES_MAX)
