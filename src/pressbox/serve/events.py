"""Server-Sent Events: the wire format, and the resumable stream of one game."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from litestar import Request
from litestar.response import Stream
from litestar.response.base import ASGIResponse
from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import HTTPResponseBodyEvent, Receive, Send

from pressbox.serve.audience import QUIET_S, Reader, Wire
from pressbox.serve.compression import STREAM_HEAD, accepts_gzip, gzip_part
from pressbox.serve.hub import Hub, Newest
from pressbox.stream.revision import BEFORE_ALL, Mark

__all__ = [
    "BEGINNING",
    "QUIET",
    "QUIET_S",
    "TRANSPORT",
    "Coding",
    "body_event",
    "event",
    "event_stream",
    "identity_of",
    "mark_of",
    "stream",
]

TRANSPORT: Final = "transport"
"""Where in the state of a request its connection is."""

_MEDIA_TYPE: Final = "text/event-stream"
_WIRES: Final = 1024
_RETRY_MS: Final = 1000
_DIGITS_MAX: Final = 32
_GAMES_SHAPED: Final = 256
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
BEGINNING: Final = f"retry: {_RETRY_MS}\n\n".encode()
QUIET: Final = b"event: quiet\ndata:\n\n"


def event(name: str, data: bytes, identity: str) -> bytes:
    """Return one event; *data* may hold newlines."""
    lines = b"".join(b"data: " + line + b"\n" for line in data.split(b"\n"))
    return f"event: {name}\nid: {identity}\n".encode() + lines + b"\n"


def identity_of(mark: Mark) -> str:
    """Return the event id that stands for *mark*."""
    return f"{mark[0]}.{mark[1]}"


def mark_of(identity: str | None) -> Mark:
    """Return the mark a reader names as the last it has; one that is malformed or missing means none."""
    revision, _, index = (identity or "").partition(".")
    if identity and identity.isascii() and revision.isdecimal() and index.isdecimal() and len(identity) <= _DIGITS_MAX:
        return int(revision), int(index)
    return BEFORE_ALL


@lru_cache(maxsize=_GAMES_SHAPED)
def body_event(newest: Newest) -> bytes:
    """Return the event that carries a document as JSON; made once for all its readers."""
    return event("document", newest.body, identity_of(newest.mark))


def stream(hub: Hub, game: str, last: str | None, shape: Callable[[Newest], bytes]) -> Stream:
    """
    Return the answer that goes on for as long as the reader stays, from behind the event *last* on.

    Readers with the same *shape* share what it makes, so it has to be the same object for all of them. The answer
    writes to the connection itself, which `Server` hands it.

    Raises:
        Unavailable: when it is sent: there are as many readers as there may be.
    """
    return _Following(hub, game, mark_of(last), shape)


def event_stream(events: AsyncIterator[bytes]) -> Stream:
    """Return the answer that sends *events* as they come."""
    return Stream(events, media_type=_MEDIA_TYPE, headers=_HEADERS)


class _Following(Stream):
    """A stream whose readers are sent the same bytes, made once for all of them: gzip too, for those who take it."""

    def __init__(self, hub: Hub, game: str, last: Mark, shape: Callable[[Newest], bytes]) -> None:
        super().__init__((), media_type=_MEDIA_TYPE, headers=_HEADERS)
        self._hub, self._game, self._last, self._shape = hub, game, last, shape

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **answer: Any) -> ASGIResponse:  # noqa: ARG002
        address = request.client.host if request.client else ""
        self._hub.admit(address)
        coding = Coding(accepts_gzip(request.scope["headers"]))
        transport = request.scope["state"][TRANSPORT]
        headers = {**_HEADERS, "Vary": "Accept-Encoding", **({"Content-Encoding": "gzip"} if coding.gzip else {})}

        async def follow(send: Send) -> None:
            await send(_body(coding.beginning(BEGINNING), more=True))
            reader = Reader(transport, self._last, coding.framed(QUIET))
            await self._hub.follow(self._game, _wire(self._shape, coding), reader, address)
            await send(_body(b"", more=False))

        return _Answer(follow, media_type=_MEDIA_TYPE, headers=headers, status_code=answer.get("status_code"))


class _Answer(ASGIStreamingResponse):
    def __init__(self, follow: Callable[[Send], Awaitable[None]], **answer: Any) -> None:
        super().__init__(iterator=(), **answer)
        self._follow = follow

    async def send_body(self, send: Send, receive: Receive) -> None:  # noqa: ARG002 - who leaves is seen by the hub
        await self._follow(send)


class Coding(NamedTuple):
    """How bytes go over the wire."""

    gzip: bool

    def beginning(self, data: bytes) -> bytes:
        """Return *data* as the beginning of a body, which the server frames."""
        return STREAM_HEAD + gzip_part(data) if self.gzip else data

    def framed(self, data: bytes) -> bytes:
        """Return *data* as what follows in the body: a chunk of HTTP/1.1, as the server makes them."""
        part = gzip_part(data) if self.gzip else data
        return b"%x\r\n%s\r\n" % (len(part), part)


@lru_cache(maxsize=_WIRES)
def _wire(shape: Callable[[Newest], bytes], coding: Coding) -> Wire:
    def wire(newest: Newest) -> bytes:
        return coding.framed(shape(newest))

    return wire


def _body(data: bytes, *, more: bool) -> HTTPResponseBodyEvent:
    return {"type": "http.response.body", "body": data, "more_body": more}
