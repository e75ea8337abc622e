"""
MQTT 3.1.1 and 5, as far as a server needs that takes messages and gives none: bytes in, packets out, no I/O.

`PacketReader` is fed whatever came and gives whole packets; the functions below it make the answers. What a server of
this kind refuses is decoded only as far as a polite answer needs. Sources: OASIS MQTT 3.1.1 and 5.0.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from pressbox.codec.mqtt_field import Fields, Property, Reason, Violation, properties, variable

V3: Final = 4
V5: Final = 5

Level: TypeAlias = Literal[4, 5]
Qos: TypeAlias = Literal[0, 1, 2]


class Connect(Struct, frozen=True):
    """The first packet of a client; *level* is 4 for version 3.1.1 and 5 for version 5."""

    level: Level
    client_id: str
    keep_alive_s: int
    clean: bool
    user: str | None = None
    password: bytes | None = None
    will_qos: Qos = 0
    will_retained: bool = False
    authentication_method: str | None = None


class Publish(Struct, frozen=True):
    """A message. *packet_id* is 0 where nobody waits for an answer."""

    topic: str
    payload: bytes
    qos: Qos = 0
    packet_id: int = 0
    retained: bool = False
    repeated: bool = False
    topic_alias: int | None = None


class Subscribe(Struct, frozen=True):
    """A wish to get messages, of *filters* filters."""

    packet_id: int
    filters: int


class Unsubscribe(Struct, frozen=True):
    """A wish to get no more, of *filters* filters."""

    packet_id: int
    filters: int


class Ping(Struct, frozen=True):
    """The client is alive."""


class Disconnect(Struct, frozen=True):
    """The client goes."""


class Other(Struct, frozen=True):
    """A packet no client of ours sends: answers to messages it was never sent, and authentication in steps."""

    kind: int


Packet: TypeAlias = Connect | Publish | Subscribe | Unsubscribe | Ping | Disconnect | Other

_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _PUBREL = 1, 2, 3, 4, 6
_SUBSCRIBE, _SUBACK, _UNSUBSCRIBE, _UNSUBACK, _PINGREQ, _PINGRESP, _DISCONNECT, _AUTH = range(8, 16)
_KINDS: Final = frozenset(range(1, 16))
_HEADER_BYTES_MAX: Final = 5
_CONNECT_BYTES_MAX: Final = 16 * 1024
_FLAGS: Final[Mapping[int, int]] = {_PUBREL: 2, _SUBSCRIBE: 2, _UNSUBSCRIBE: 2}
_OLD_REASONS: Final[Mapping[Reason, int]] = {
    Reason.SUCCESS: 0,
    Reason.UNKNOWN_VERSION: 1,
    Reason.BAD_CLIENT_ID: 2,
    Reason.UNAVAILABLE: 3,
    Reason.BUSY: 3,
    Reason.SHUTTING_DOWN: 3,
    Reason.BAD_PASSWORD: 4,
}
_OLD_NOT_AUTHORIZED: Final = 5
_OLD_FAILURE: Final = 0x80


class PacketReader:
    """
    Turns the bytes of one connection into packets, in whatever pieces they come.

    A packet longer than *bytes_max* is refused by its header, before its content is kept; CONNECT, which anybody may
    send, is no longer than 16 KiB. *level* is that of the
    client, once it has connected. After a `Violation` nothing more can be read.
    """

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._buffer = bytearray()
        self.level: Level | None = None

    def read(self, data: bytes) -> Iterator[Packet]:
        """
        Take *data* and give the packets that are whole now.

        Raises:
            Violation: what came is no packet, or none that may come here; the packets before it were given.
        """
        self._buffer += data
        while (framed := self._next()) is not None:
            yield self._decoded(*framed)

    def _next(self) -> tuple[int, bytes] | None:
        header = bytes(self._buffer[:_HEADER_BYTES_MAX])
        if not header:
            return None
        if self.level is None and header[0] >> 4 != _CONNECT:
            raise Violation(Reason.PROTOCOL_ERROR, "the first packet is not CONNECT")
        length = _length(header)
        if length is None:
            return None
        begin, end = length[0], sum(length)
        bytes_max = min(_CONNECT_BYTES_MAX, self._bytes_max) if self.level is None else self._bytes_max
        if end > bytes_max:
            raise Violation(Reason.PACKET_TOO_LARGE, f"a packet of {end} bytes, {bytes_max} at most")
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[begin:end])
        del self._buffer[:end]
        return header[0], body

    def _decoded(self, first: int, body: bytes) -> Packet:
        kind, flags = first >> 4, first & 0x0F
        if kind not in _KINDS or (kind != _PUBLISH and flags != _FLAGS.get(kind, 0)):
            raise Violation(Reason.MALFORMED, f"no packet begins with {first:#04x}")
        if kind == _CONNECT:
            return self._connected(body)
        level = self.level or V3
        if kind == _PUBLISH:
            return _publish(flags, Fields(body), level)
        decode = _DECODERS.get(kind)
        return Other(kind) if decode is None else decode(Fields(body), level)

    def _connected(self, body: bytes) -> Connect:
        if self.level is not None:
            raise Violation(Reason.PROTOCOL_ERROR, "a second CONNECT")
        packet = _connect(Fields(body))
        self.level = packet.level
        return packet


def _length(header: bytes) -> tuple[int, int] | None:
    """Return the bytes of the fixed header and of what follows it, None where more has to come."""
    number = 0
    for place, byte in enumerate(header[1:]):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - the last one
            return place + 2, number
    if len(header) == _HEADER_BYTES_MAX:
        raise Violation(Reason.MALFORMED, "the length of a packet is longer than four bytes")
    return None


def _connect(fields: Fields) -> Connect:
    level = _level(fields)
    flags = fields.number(1)
    has_user, has_password, has_will = bool(flags & 0x80), bool(flags & 0x40), bool(flags & 0x04)
    qos = _qos(flags >> 3 & 3)
    if flags & 1 or (not has_will and flags & 0x38) or (level == V3 and has_password and not has_user):
        raise Violation(Reason.MALFORMED, f"CONNECT with flags {flags:#04x}")
    keep_alive_s = fields.number(2)
    given = fields.properties() if level == V5 else {}
    client_id = fields.text()
    if has_will:  # nobody could get it; read over
        _ = fields.properties() if level == V5 else None
        _ = fields.text(), fields.binary()
    user = fields.text() if has_user else None
    password = fields.binary() if has_password else None
    _refuse_more(fields)
    method = given.get(Property.AUTHENTICATION_METHOD)
    return Connect(
        level=level,
        client_id=client_id,
        keep_alive_s=keep_alive_s,
        clean=bool(flags & 2),
        user=user,
        password=password,
        will_qos=qos,
        will_retained=bool(flags & 0x20),
        authentication_method=None if method is None else str(method),
    )


def _level(fields: Fields) -> Level:
    name, level = fields.text(), fields.number(1)
    if name == "MQTT" and level == V5:
        return 5
    if name == "MQTT" and level == V3:
        return 4
    if name in ("MQTT", "MQIsdp"):
        raise Violation(Reason.UNKNOWN_VERSION, f"{name} of level {level}; known are 4 (3.1.1) and 5")
    raise Violation(Reason.PROTOCOL_ERROR, "a protocol that is not MQTT")


def _qos(number: int) -> Qos:
    match number:
        case 0 | 1 | 2:
            return number
    raise Violation(Reason.MALFORMED, "QoS 3")


def _publish(flags: int, fields: Fields, level: Level) -> Publish:
    qos = _qos(flags >> 1 & 3)
    topic = fields.text()
    if "+" in topic or "#" in topic:
        raise Violation(Reason.MALFORMED, "a topic with a wildcard")
    packet_id = _packet_id(fields) if qos else 0
    given = fields.properties() if level == V5 else {}
    alias = given.get(Property.TOPIC_ALIAS)
    return Publish(
        topic=topic,
        payload=fields.rest(),
        qos=qos,
        packet_id=packet_id,
        retained=bool(flags & 1),
        repeated=bool(flags & 8),
        topic_alias=alias if isinstance(alias, int) else None,
    )


def _subscribe(fields: Fields, level: Level) -> Subscribe:
    return Subscribe(*_filters(fields, level, has_options=True))


def _unsubscribe(fields: Fields, level: Level) -> Unsubscribe:
    return Unsubscribe(*_filters(fields, level, has_options=False))


def _filters(fields: Fields, level: Level, *, has_options: bool) -> tuple[int, int]:
    packet_id = _packet_id(fields)
    _ = fields.properties() if level == V5 else None
    filters = 0
    while not fields.is_over:
        _ = fields.text(), fields.number(1) if has_options else None
        filters += 1
    if not filters:
        raise Violation(Reason.PROTOCOL_ERROR, "a packet without a filter")
    return packet_id, filters


def _packet_id(fields: Fields) -> int:
    packet_id = fields.number(2)
    if not packet_id:
        raise Violation(Reason.PROTOCOL_ERROR, "packet id 0")
    return packet_id


def _ping(fields: Fields, _level: Level) -> Ping:
    _refuse_more(fields)
    return Ping()


def _disconnect(fields: Fields, level: Level) -> Disconnect:
    if level == V3:
        _refuse_more(fields)  # version 5 may say why
    return Disconnect()


def _refuse_more(fields: Fields) -> None:
    if not fields.is_over:
        raise Violation(Reason.MALFORMED, "a packet is longer than its fields")


_DECODERS: Final[Mapping[int, Callable[[Fields, Level], Packet]]] = {
    _SUBSCRIBE: _subscribe,
    _UNSUBSCRIBE: _unsubscribe,
    _PINGREQ: _ping,
    _DISCONNECT: _disconnect,
}


def connack(level: Level, reason: Reason, values: Mapping[Property, int | str]) -> bytes:
    """Return the answer to CONNECT; *values* are told to version 5 only."""
    if level == V5:
        return _packet(_CONNACK, bytes([0, reason]) + properties(values))
    return _packet(_CONNACK, bytes([0, _OLD_REASONS.get(reason, _OLD_NOT_AUTHORIZED)]))


def puback(level: Level, packet_id: int, reason: Reason = Reason.SUCCESS) -> bytes:
    """Return the answer to a message of QoS 1; version 3.1.1 has none but success."""
    told = bytes([reason]) if level == V5 and reason else b""
    return _packet(_PUBACK, packet_id.to_bytes(2, "big") + told)


def suback(level: Level, packet: Subscribe) -> bytes:
    """Return the refusal of every filter of *packet*."""
    head = packet.packet_id.to_bytes(2, "big")
    if level == V5:
        return _packet(_SUBACK, head + properties({}) + bytes([Reason.NOT_AUTHORIZED]) * packet.filters)
    return _packet(_SUBACK, head + bytes([_OLD_FAILURE]) * packet.filters)


def unsuback(level: Level, packet: Unsubscribe) -> bytes:
    """Return the answer that there was nothing to end."""
    head = packet.packet_id.to_bytes(2, "big")
    told = properties({}) + bytes([Reason.NO_SUBSCRIPTION]) * packet.filters if level == V5 else b""
    return _packet(_UNSUBACK, head + told)


def pingresp() -> bytes:
    """Return the answer to a ping."""
    return _packet(_PINGRESP, b"")


def disconnect(level: Level, reason: Reason) -> bytes:
    """Return the last word of a server; version 3.1.1 has none, its server just closes."""
    return _packet(_DISCONNECT, bytes([reason])) if level == V5 else b""


def _packet(kind: int, body: bytes) -> bytes:
    return bytes([kind << 4]) + variable(len(body)) + body
