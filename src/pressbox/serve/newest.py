"""The newest document of a game, as readers get it."""

import msgspec
from msgspec import Struct

from pressbox.stream.revision import Mark


class Newest(Struct, frozen=True):
    """A document as readers get it; *seen_ms* is when this process got it, None where it is older than the process."""

    event_id: int
    mark: Mark
    body: bytes
    seen_ms: int | None = None


class Named(Struct, frozen=True):
    """The fields of a stored document that tell it from every other one of its game."""

    event_id: int = msgspec.field(name="_id")
    revision: int
    revision_index: int


named = msgspec.json.Decoder(Named).decode


def newest_of(body: bytes) -> Newest:
    """Return the stored document *body* as readers get it."""
    stored = named(body)
    return Newest(stored.event_id, (stored.revision, stored.revision_index), body)
