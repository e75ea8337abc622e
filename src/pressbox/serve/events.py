"""Server-Sent Events: the wire format, and the resumable stream of one game."""

from collections.abc import AsyncIterator, Callable
from typing import Final

from pressbox.model.box_score import Document
from pressbox.serve.hub import Hub
from pressbox.stream.revision import BEFORE_ALL, Mark

_QUIET_S: Final = 15.0
_RETRY_MS: Final = 1000


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
    if revision.isdecimal() and index.isdecimal() and len(revision) + len(index) < 32:  # noqa: PLR2004 - two numbers
        return int(revision), int(index)
    return BEFORE_ALL


async def documents(hub: Hub, game: str, last: Mark, shape: Callable[[Document], bytes]) -> AsyncIterator[bytes]:
    """
    Yield each newest document of *game* after *last* as an event, for as long as the reader stays.

    A comment every quiet quarter of a minute keeps the connection open and finds out who has left.
    """
    yield f"retry: {_RETRY_MS}\n\n".encode()
    while True:
        newest = await hub.newer(game, last, timeout_s=_QUIET_S)
        if newest is None:
            yield b": quiet\n\n"
            continue
        last = (newest.revision, newest.index)
        yield event("document", shape(newest), identity_of(last))
