"""Gzip for answers, made once for the same bytes, and for event streams, made once for all their readers."""

import gzip
import re
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

STREAM_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""How a gzip stream begins: no name, no time."""

_LEVEL: Final = 6
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
