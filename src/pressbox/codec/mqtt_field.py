"""
The fields MQTT packets are made of: numbers, strings and, in version 5, properties.

A reader goes through one packet that is there as a whole; what does not fit into it is the sender's fault.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, TypeAlias

from pressbox.errors import PressboxError

PropertyValue: TypeAlias = int | str | bytes

_VARIABLE_BYTES_MAX: Final = 4


class Reason(IntEnum):
    """Why a packet was refused, by the numbers of MQTT 5; version 3.1.1 knows fewer and gets the nearest."""

    SUCCESS = 0x00
    NO_SUBSCRIPTION = 0x11
    MALFORMED = 0x81
    PROTOCOL_ERROR = 0x82
    UNKNOWN_VERSION = 0x84
    BAD_CLIENT_ID = 0x85
    BAD_PASSWORD = 0x86
    NOT_AUTHORIZED = 0x87
    UNAVAILABLE = 0x88
    BUSY = 0x89
    BANNED = 0x8A
    SHUTTING_DOWN = 0x8B
    BAD_AUTHENTICATION = 0x8C
    KEEP_ALIVE_OVER = 0x8D
    TAKEN_OVER = 0x8E
    TOPIC_ALIAS_INVALID = 0x94
    PACKET_TOO_LARGE = 0x95
    RETAIN_NOT_SUPPORTED = 0x9A
    QOS_NOT_SUPPORTED = 0x9B


class Property(IntEnum):
    """The properties we name ourselves."""

    SERVER_KEEP_ALIVE = 0x13
    ASSIGNED_CLIENT_ID = 0x12
    AUTHENTICATION_METHOD = 0x15
    SESSION_EXPIRY = 0x11
    RECEIVE_MAXIMUM = 0x21
    TOPIC_ALIAS = 0x23
    QOS_MAXIMUM = 0x24
    RETAIN_AVAILABLE = 0x25
    PACKET_BYTES_MAX = 0x27
    WILDCARD_AVAILABLE = 0x28
    SUBSCRIPTION_IDS_AVAILABLE = 0x29
    SHARED_AVAILABLE = 0x2A


class Violation(PressboxError):
    """The other side broke the protocol; the connection ends with *reason*."""

    def __init__(self, reason: Reason, message: str) -> None:
        """Keep *reason* for the other side and *message* for people."""
        super().__init__(message)
        self.reason = reason


_BYTE, _TWO, _FOUR, _VARIABLE, _BINARY, _TEXT, _PAIR = range(7)
_KINDS: Final[Mapping[int, int]] = {
    **dict.fromkeys((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), _BYTE),
    **dict.fromkeys((0x13, 0x21, 0x22, 0x23), _TWO),
    **dict.fromkeys((0x02, 0x11, 0x18, 0x27), _FOUR),
    0x0B: _VARIABLE,
    **dict.fromkeys((0x09, 0x16), _BINARY),
    **dict.fromkeys((0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C, 0x1F), _TEXT),
    0x26: _PAIR,
}
_MAY_REPEAT: Final = frozenset((0x26, 0x0B))


class Fields:
    """The fields of one packet, read from its first to its last."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self._at == len(self._data)

    def rest(self) -> bytes:
        """Return what is left."""
        return self.take(len(self._data) - self._at)

    def take(self, length: int) -> bytes:
        """Return the next *length* bytes."""
        end = self._at + length
        if end > len(self._data):
            raise Violation(Reason.MALFORMED, "a field goes beyond its packet")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def number(self, length: int) -> int:
        """Return a number of *length* bytes."""
        return int.from_bytes(self.take(length), "big")

    def variable(self) -> int:
        """Return a number of one to four bytes."""
        number = 0
        for place in range(_VARIABLE_BYTES_MAX):
            byte = self.number(1)
            number |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:  # noqa: PLR2004 - the last one
                return number
        raise Violation(Reason.MALFORMED, "a variable number is longer than four bytes")

    def binary(self) -> bytes:
        """Return bytes that are preceded by their length."""
        return self.take(self.number(2))

    def text(self) -> str:
        """Return a string, which holds no null character."""
        try:
            text = self.binary().decode("utf-8")
        except UnicodeDecodeError:
            raise Violation(Reason.MALFORMED, "a string is not UTF-8") from None
        if "\0" in text:
            raise Violation(Reason.MALFORMED, "a string holds a null character")
        return text

    def properties(self) -> dict[int, PropertyValue]:
        """Return the properties by their number; of those that may stand several times the last one."""
        inner = Fields(self.take(self.variable()))
        found: dict[int, PropertyValue] = {}
        while not inner.is_over:
            name = inner.variable()
            if name in found and name not in _MAY_REPEAT:
                raise Violation(Reason.PROTOCOL_ERROR, f"property {name:#x} stands twice")
            found[name] = inner._value(name)
        return found

    def _value(self, name: int) -> PropertyValue:
        match _KINDS.get(name):
            case 0 | 1 | 2 as kind:
                return self.number(1 << kind)
            case 3:
                return self.variable()
            case 4:
                return self.binary()
            case 5:
                return self.text()
            case 6:
                return f"{self.text()}={self.text()}"
        raise Violation(Reason.MALFORMED, f"there is no property {name:#x}")


def variable(number: int) -> bytes:
    """Return *number* in one to four bytes."""
    encoded = bytearray()
    while True:
        number, byte = divmod(number, 128)
        encoded.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(encoded)


def text(value: str) -> bytes:
    """Return the string *value*."""
    encoded = value.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def properties(values: Mapping[Property, int | str]) -> bytes:
    """Return *values* as properties."""
    body = b"".join(bytes([name]) + _encoded(name, value) for name, value in values.items())
    return variable(len(body)) + body


def _encoded(name: Property, value: int | str) -> bytes:
    return text(value) if isinstance(value, str) else value.to_bytes(1 << _KINDS[name], "big")
