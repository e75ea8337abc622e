"""FIT files as watches write them, small: a header, definitions, records, a checksum."""

import struct
from collections.abc import Sequence
from datetime import datetime

FIT_EPOCH_S = 631_065_600
NO_HEART_RATE = 0xFF
_NIBBLES = (
    0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
    0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
)  # fmt: skip
Record = tuple[datetime, float, float, float, float, int]
"""(time, latitude, longitude, distance in m, speed in m/s, heart rate)."""


def fit_file(sessions: Sequence[Sequence[Record]]) -> bytes:
    """Return a file with the records of *sessions*, each closed by its session message."""
    fields = ((253, 4, 0x86), (0, 4, 0x85), (1, 4, 0x85), (5, 4, 0x86), (6, 2, 0x84), (3, 1, 0x02))
    body = _definition(0, 20, fields) + _definition(1, 18, ((253, 4, 0x86),))
    for records in sessions:
        for told, latitude, longitude, distance_m, speed_m_s, heart_rate in records:
            body += struct.pack(
                "<BIiiIHB", 0, _fit_s(told), _semicircles(latitude), _semicircles(longitude),
                round(distance_m * 100), round(speed_m_s * 1000), heart_rate,
            )  # fmt: skip
        body += struct.pack("<BI", 1, _fit_s(records[-1][0]))
    header = struct.pack("<BBHI4s", 14, 0x20, 2132, len(body), b".FIT")
    head = header + struct.pack("<H", _checksum(header))
    return head + body + struct.pack("<H", _checksum(head + body))


def _definition(local: int, number: int, fields: Sequence[tuple[int, int, int]]) -> bytes:
    head = struct.pack("<BBBHB", 0x40 | local, 0, 0, number, len(fields))
    return head + b"".join(struct.pack("<BBB", *field) for field in fields)


def _fit_s(told: datetime) -> int:
    return round(told.timestamp()) - FIT_EPOCH_S


def _semicircles(degrees: float) -> int:
    return round(degrees / 180 * 2**31)


def _checksum(data: bytes) -> int:
    sum_ = 0
    for byte in data:
        for nibble in (byte & 0xF, byte >> 4):
            sum_ = (sum_ >> 4) & 0x0FFF ^ _NIBBLES[sum_ & 0xF] ^ _NIBBLES[nibble]
    return sum_
