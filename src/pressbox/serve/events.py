"""Server-Sent Events: the wire format, and the resumable stream of one game."""

from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from typing import Final

from litestar.response import Stream

from pressbox.serve.hub import Hub, Newest
from pressbox.stream.revision import BEFORE_ALL, Mark

QUIET_S: Final = 15.0
"""A stream says something this often at least, so that both ends find out when the other is gone."""

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
    """Return the answer that goes on for as long as the reader stays, from behind the event *last* on."""
    return event_stream(documents(hub, game, mark_of(last), shape))


def event_stream(events: AsyncIterator[bytes]) -> Stream:
    """Return the answer that sends *events* as they come."""
    return Stream(events, media_type="text/event-stream", headers=_HEADERS)


async def documents(
    hub: Hub, game: str, last: Mark, shape: Callable[[Newest], bytes], *, quiet_s: float = QUIET_S
) -> AsyncIterator[bytes]:
    """
    Yield each newest document of *game* after *last*, as the event *shape* makes of it, until the hub ends.

    A reader ahead of everything known here is of a history that was deleted, unless the hub is about to catch up after
    a restart: it is given one quiet span, and then the newest there is.
    """
    yield BEGINNING
    known = hub.newest(game)
    ahead = known is not None and known.mark < last
    while not hub.ended:
        newest = await hub.newer(game, last, timeout_s=quiet_s)
        if newest is not None:
            last, ahead = newest.mark, False
            yield shape(newest)
            continue
        if ahead:
            last, ahead = BEFORE_ALL, False
        yield QUIET
