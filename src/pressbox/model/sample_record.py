"""
The records of topic `samples`: sessions, what sensors sent and who wore them, keyed by stadium and session.

The bytes of a message are kept as they came. What else figures depend on is written beside them once, when they came
in, and never worked out again: so a replay next year gives the same figures. All of it is medical.
"""

from typing import TypeAlias

import msgspec
from msgspec import Struct

from pressbox.model.load import MinuteReopened, PeriodEnded, PeriodStarted, SessionClosed, SessionOpened


class SamplesReceived(Struct, frozen=True, tag="samples"):
    """
    A message of a device.

    *received_ms* is when it came, by our clock. *clock_offset_ms* is what to add to the times of the device to have
    ours; it was estimated once in this boot of the device.
    """

    stadium: str
    session: str
    device: str
    received_ms: int
    clock_offset_ms: int
    message: bytes


class DeviceAssigned(Struct, frozen=True, tag="assigned"):
    """From this record on the samples of *device* in this session are those of *athlete*; None: nobody's."""

    stadium: str
    session: str
    device: str
    athlete: str | None


class SamplesRejected(Struct, frozen=True, tag="rejected"):
    """The dead letter of a message that is none: in a topic of its own, and medical as well."""

    stadium: str
    session: str
    device: str
    received_ms: int
    reason: str
    message: bytes


class RecordErased(Struct, frozen=True, tag="erased"):
    """Stands in the log where a record of an athlete was who is erased; it changes nothing."""

    stadium: str
    session: str


SampleRecord: TypeAlias = (
    SessionOpened
    | SessionClosed
    | PeriodStarted
    | PeriodEnded
    | DeviceAssigned
    | SamplesReceived
    | MinuteReopened
    | RecordErased
)


def session_key(stadium: str, session: str) -> str:
    """Return the key of the records of *session* in *stadium*, so that all of them lie in one partition."""
    return f"{stadium}/{session}"


encode_sample_record = msgspec.msgpack.Encoder().encode
decode_sample_record = msgspec.msgpack.Decoder(SampleRecord).decode
decode_samples_rejected = msgspec.msgpack.Decoder(SamplesRejected | RecordErased).decode
