"""Gzip for answers, made once for the same bytes, and for event streams, made once for all their readers."""

import asyncio
import gzip
import re
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

STREAM_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""How a gzip stream begins: no name, no time."""

_LEVEL: Final = 6
_BYTES_MIN: Final = 1000
_BYTES_AT_ONCE: Final = 1 << 16
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_VARY: Final = (b"vary", b"Accept-Encoding")
_NEVER: Final = "/control/"
_TEXTS: Final = frozenset(
    (
        b"application/javascript",
        b"application/json",
        b"application/manifest+json",
        b"application/openmetrics-text",
        b"application/vnd.oai.openapi+json",
        b"image/svg+xml",
        b"text/css",
        b"text/csv",
        b"text/html",
        b"text/javascript",
        b"text/plain",
    )
)
_BODIES_KEPT: Final = 256
_ACCEPTED: Final = re.compile(r"(?:^|[,\s])(?:gzip|\*)\s*(?:;\s*q=(?P<weight>[0-9.]+))?\s*(?:,|$)", re.IGNORECASE)


def accepts_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether who sent *headers* takes gzip."""
    for name, value in headers:
        if name == b"accept-encoding":
            accepted = _ACCEPTED.search(value.decode("latin-1"))
            return accepted is not None and (accepted["weight"] or "1").strip("0.") != ""
    return False


@lru_cache(maxsize=_BODIES_KEPT)
def gzipped(body: bytes) -> bytes:
    """Return *body* as gzip; known by its bytes, so an answer that stays the same is made once."""
    return gzip.compress(body, _LEVEL, mtime=0)


def gzip_part(data: bytes) -> bytes:
    """
    Return *data* as a part of a gzip stream, behind `STREAM_HEAD` and any other parts.

    It refers to nothing before it and ends with a byte, so the same part fits into the streams of all readers, whatever
    each was sent before; and a reader can read all of it at once. Such a stream has no checksum at its end, because
    that would differ from reader to reader; it ends with its connection.
    """
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)


class Packing:
    """
    Answers out of *app*, compressed for those who take it: text of a size that is worth it, complete in one piece.

    The ETag of an answer that may be compressed is weak for them: it stands for the same thing in other bytes. What a
    request names as its ETags reaches *app* without that mark. Streams and the door of commands are left alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(_NEVER) or not accepts_gzip(scope["headers"]):
            await self._app(scope, receive, _with_vary(send) if scope["type"] == ScopeType.HTTP else send)
            return
        scope["headers"] = [
            (name, _strong(value) if name == b"if-none-match" else value) for name, value in scope["headers"]
        ]
        await self._app(scope, receive, _Packed(send, scope["method"]).send)


class _Packed:
    """One answer: its head is held back until its body is known."""

    def __init__(self, send: Send, method: str) -> None:
        self._send = send
        self._is_head = method == "HEAD"
        self._start: HTTPResponseStartEvent | None = None
        self._parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body" and self._start is not None:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body"):
                await self._finish(self._start, b"".join(self._parts))
        else:
            await self._send(message)

    async def _begin(self, start: HTTPResponseStartEvent) -> None:
        headers = dict(start["headers"])
        may_be_packed = start["status"] == _NOT_MODIFIED or _is_text(headers.get(b"content-type", b""))
        if not may_be_packed or b"content-encoding" in headers:
            await self._send(start)
            return
        start["headers"] = [*_weakened(start["headers"]), _VARY]
        if start["status"] != _OK or self._is_head:
            await self._send(start)
        else:
            self._start = start

    async def _finish(self, start: HTTPResponseStartEvent, body: bytes) -> None:
        self._start = None
        if len(body) >= _BYTES_MIN:
            body = gzipped(body) if len(body) < _BYTES_AT_ONCE else await asyncio.to_thread(gzipped, body)
            kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            start["headers"] = [*kept, (b"content-encoding", b"gzip"), (b"content-length", str(len(body)).encode())]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


def _with_vary(send: Send) -> Send:
    async def send_out(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = dict(message["headers"])
            if _is_text(headers.get(b"content-type", b"")) and b"vary" not in headers:
                message["headers"] = [*message["headers"], _VARY]
        await send(message)

    return send_out


def _is_text(media_type: bytes) -> bool:
    return media_type.partition(b";")[0].strip().lower() in _TEXTS


def _weakened(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [
        (name, b"W/" + value if name == b"etag" and not value.startswith(b"W/") else value) for name, value in headers
    ]


def _strong(tags: bytes) -> bytes:
    return b", ".join(tag.strip().removeprefix(b"W/") for tag in tags.split(b","))
