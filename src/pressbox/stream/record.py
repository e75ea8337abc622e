"""A record: one entry of the log."""

from msgspec import Struct


class NewRecord(Struct, frozen=True, gc=False):
    """A record on its way into the log: *key* decides its order, *value* is opaque, *time_ms* is epoch time."""

    key: str
    value: bytes
    time_ms: int


class Record(Struct, frozen=True, gc=False):
    """A record as the log holds it: *offset* is its place in its partition, counted from 0 without gaps."""

    offset: int
    key: str
    value: bytes
    time_ms: int
