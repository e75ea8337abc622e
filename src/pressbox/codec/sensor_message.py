"""
What a sensor sends: one versioned message of one or more samples, as JSON or as MessagePack.

Both forms are the same struct, told apart by their first byte: a JSON object begins with a brace, a map of MessagePack
never does. Values are the device's own, in the units of their names; they are quantised once, later, and the bytes are
kept as they came. A value that is impossible but finite is no reason to refuse a message: it is cleaned where samples
are measured, and counted there.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from pressbox.errors import RejectedRecord

MESSAGE_BYTES_MAX: Final = 256 * 1024
SAMPLES_MAX: Final = 1000
VERSION: Final = 1

_INTEGER_MAX: Final = (1 << 53) - 1
_METRES_MAX: Final = 1e9
_QUANTITY_MAX: Final = 1e6
_JSON_BEGINS: Final = frozenset(b"{ \t\r\n")
_MAP_BEGINS: Final = frozenset((*range(0x80, 0x90), 0xDE, 0xDF))

_Count: TypeAlias = Annotated[int, Meta(ge=0, le=_INTEGER_MAX)]
_Metres: TypeAlias = Annotated[float, Meta(ge=-_METRES_MAX, le=_METRES_MAX)]
_Quantity: TypeAlias = Annotated[float, Meta(ge=-_QUANTITY_MAX, le=_QUANTITY_MAX)]
_Latitude: TypeAlias = Annotated[float, Meta(ge=-90, le=90)]
_Longitude: TypeAlias = Annotated[float, Meta(ge=-180, le=180)]


class SensorSample(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One reading. What the sensor does not report is left out, or null."""

    sequence: Annotated[_Count, Meta(description="counts the samples of one boot; a repeat is sent under its number")]
    time_ms: Annotated[_Count, Meta(description="when it was measured, by the device's own clock: epoch milliseconds")]
    position_m: Annotated[
        tuple[_Metres, _Metres] | None,
        Meta(description="x along the length of the field, y across, in metres from its middle"),
    ] = None
    position_deg: Annotated[
        tuple[_Latitude, _Longitude] | None, Meta(description="latitude, longitude in degrees of WGS84")
    ] = None
    speed_m_s: Annotated[_Quantity | None, Meta(description="the device's own speed, in metres per second")] = None
    distance_m: Annotated[
        _Metres | None, Meta(description="the device's own distance since it was started, in metres")
    ] = None
    heart_rate_bpm: Annotated[
        Annotated[int, Meta(ge=0, le=1000)] | None, Meta(description="beats per minute; left out where none was felt")
    ] = None
    acceleration_g: Annotated[
        tuple[_Quantity, _Quantity, _Quantity] | None, Meta(description="three axes, in g, gravity included")
    ] = None
    quality: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None,
        Meta(description="how far the device trusts the sample, from 0 to 1"),
    ] = None


class SensorMessage(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One or more samples of one boot of a device."""

    version: Annotated[Literal[1], Meta(description="of this format")]
    device: Annotated[
        str,
        Meta(pattern="^[A-Za-z0-9._-]+$", min_length=1, max_length=64, description="the name the device was added by"),
    ]
    boot: Annotated[_Count, Meta(description="a number that is another one after each start of the device")]
    samples: Annotated[
        tuple[SensorSample, ...],
        Meta(min_length=1, max_length=SAMPLES_MAX, description="in the order they were measured, as far as possible"),
    ]
    sent_ms: Annotated[
        _Count | None,
        Meta(
            description="when it was sent, by the device's own clock; the newest sample stands for it where it is unset"
        ),
    ] = None
    battery_pct: Annotated[
        Annotated[float, Meta(ge=0, le=100)] | None, Meta(description="what is left of the battery, in per cent")
    ] = None


class _Versioned(Struct):
    version: int


_decode_json = msgspec.json.Decoder(SensorMessage).decode
_decode_messagepack = msgspec.msgpack.Decoder(SensorMessage).decode
_decode_json_version = msgspec.json.Decoder(_Versioned).decode
_decode_messagepack_version = msgspec.msgpack.Decoder(_Versioned).decode

encode_json = msgspec.json.Encoder().encode
encode_messagepack = msgspec.msgpack.Encoder().encode


def decode_sensor_message(data: bytes) -> SensorMessage:
    """
    Return the message *data* holds, in either form.

    Raises:
        RejectedRecord: it is none; the reason says what is wrong where.
    """
    if len(data) > MESSAGE_BYTES_MAX:
        raise RejectedRecord(f"sensor message of {len(data)} bytes: {MESSAGE_BYTES_MAX} at most")
    decode: Callable[[bytes], SensorMessage]
    decode_version: Callable[[bytes], _Versioned]
    first = data[0] if data else -1
    if first in _JSON_BEGINS:
        decode, decode_version = _decode_json, _decode_json_version
    elif first in _MAP_BEGINS:
        decode, decode_version = _decode_messagepack, _decode_messagepack_version
    else:
        raise RejectedRecord("sensor message is neither a JSON object nor a map of MessagePack")
    try:
        message = decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RejectedRecord(f"sensor message{_other_version(decode_version, data)}: {error}") from error
    if message.device[-1] == "\n":  # which $ of the pattern lets pass
        raise RejectedRecord("sensor message: the device's name ends in a new line")
    return message


def sensor_message_schema() -> dict[str, Any]:
    """Return the JSON Schema of a message."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pressbox sensor message",
        **msgspec.json.schema(SensorMessage),
    }


def _other_version(decode_version: Callable[[bytes], _Versioned], data: bytes) -> str:
    # A newer message differs in more than its number: the number is what helps the person who reads the reason.
    try:
        version = decode_version(data).version
    except (msgspec.DecodeError, ValueError, RecursionError):
        return ""
    return "" if version == VERSION else f" of version {version}, known is {VERSION}"
