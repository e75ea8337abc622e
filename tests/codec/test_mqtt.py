"""MQTT as bytes: what a real client library writes is read, in any pieces; anything else is a violation with a reason."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.codec.mqtt import (
    V3,
    V5,
    Connect,
    Disconnect,
    Level,
    Other,
    Packet,
    PacketReader,
    Ping,
    Publish,
    Subscribe,
    Unsubscribe,
    connack,
    disconnect,
    pingresp,
    puback,
    suback,
    unsuback,
)
from pressbox.codec.mqtt_field import Fields, Property, Reason, Violation, properties, text, variable

BYTES_MAX = 1 << 20
LEVELS: tuple[Level, ...] = (V3, V5)
levels = st.sampled_from(LEVELS)
names = st.text(st.characters(codec="utf-8", exclude_characters="\0+#"), max_size=20)
ids = st.integers(1, 65535)


def framed(first: int, body: bytes) -> bytes:
    return bytes([first]) + variable(len(body)) + body


def connect(level: Level, *, client_id: str = "tag", flags: int = 2, name: str = "MQTT", tail: bytes = b"") -> bytes:
    head = text(name) + bytes([level, flags]) + (60).to_bytes(2, "big") + (b"\0" if level == V5 else b"")
    return framed(0x10, head + text(client_id) + tail)


def encoded(packet: Packet, level: Level) -> bytes:
    nothing = b"\0" if level == V5 else b""
    match packet:
        case Publish():
            alias = packet.topic_alias
            given = nothing if alias is None else properties({Property.TOPIC_ALIAS: alias})
            head = text(packet.topic) + (packet.packet_id.to_bytes(2, "big") if packet.qos else b"")
            flags = packet.repeated << 3 | packet.qos << 1 | packet.retained
            return framed(0x30 | flags, head + given + packet.payload)
        case Subscribe():
            return framed(0x82, packet.packet_id.to_bytes(2, "big") + nothing + (text("a/#") + b"\1") * packet.filters)
        case Unsubscribe():
            return framed(0xA2, packet.packet_id.to_bytes(2, "big") + nothing + text("a/#") * packet.filters)
        case Ping():
            return b"\xc0\0"
        case Disconnect():
            return b"\xe0\0"
    raise AssertionError(packet)


@st.composite
def publications(draw: st.DrawFn, level: Level) -> Publish:
    qos = draw(st.sampled_from((0, 1, 2)))
    return Publish(
        topic=draw(names),
        payload=draw(st.binary(max_size=200)),
        qos=qos,
        packet_id=draw(ids) if qos else 0,
        retained=draw(st.booleans()),
        repeated=draw(st.booleans()),
        topic_alias=draw(st.none() | ids) if level == V5 else None,
    )


def packets(level: Level) -> st.SearchStrategy[Packet]:
    return st.one_of(
        publications(level),
        st.builds(Subscribe, ids, st.integers(1, 3)),
        st.builds(Unsubscribe, ids, st.integers(1, 3)),
        st.just(Ping()),
        st.just(Disconnect()),
    )


@given(st.data(), levels)
def test_packets_are_read_as_they_were_written_in_whatever_pieces(data: st.DataObject, level: Level) -> None:
    written = data.draw(st.lists(packets(level), max_size=5))
    stream = connect(level) + b"".join(encoded(packet, level) for packet in written)
    reader, read = PacketReader(BYTES_MAX), list[Packet]()
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        read += reader.read(stream[:cut])
        stream = stream[cut:]
    assert read[1:] == written
    assert isinstance(read[0], Connect)


@given(st.lists(st.binary(max_size=50), max_size=4), st.sampled_from([b"", *map(connect, LEVELS)]))
def test_any_bytes_are_packets_or_a_violation(pieces: list[bytes], begin: bytes) -> None:
    reader = PacketReader(BYTES_MAX)
    with suppress(Violation):
        for piece in (begin, *pieces):
            assert all(isinstance(packet, Packet) for packet in reader.read(piece))


@given(st.data(), levels)
def test_a_damaged_packet_is_a_packet_or_a_violation(data: st.DataObject, level: Level) -> None:
    good = connect(level) + encoded(data.draw(packets(level)), level)
    body = bytearray(good)
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Violation):
        assert all(isinstance(packet, Packet) for packet in PacketReader(BYTES_MAX).read(bytes(body)))


@given(st.integers(0, 268_435_455))
def test_a_variable_number_comes_back(number: int) -> None:
    assert Fields(variable(number)).variable() == number


@pytest.mark.parametrize("level", LEVELS)
def test_a_connect_says_who_and_how(level: Level) -> None:
    packet = list(PacketReader(BYTES_MAX).read(connect(level, flags=0xC2, tail=text("tag-7") + text("secret"))))
    assert packet == [Connect(level, "tag", 60, clean=True, user="tag-7", password=b"secret")]


@pytest.mark.parametrize("level", LEVELS)
def test_a_will_is_read_over(level: Level) -> None:
    will = (b"\0" if level == V5 else b"") + text("topic") + text("gone")
    packet = list(PacketReader(BYTES_MAX).read(connect(level, flags=0xA6, tail=will + text("tag-7"))))
    assert packet == [Connect(level, "tag", 60, clean=True, user="tag-7", will_retained=True)]


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"\xc0\0", Reason.PROTOCOL_ERROR),
        (connect(V3) + connect(V3), Reason.PROTOCOL_ERROR),
        (connect(3), Reason.UNKNOWN_VERSION),
        (connect(3, name="MQIsdp"), Reason.UNKNOWN_VERSION),
        (connect(V3, name="HTTP"), Reason.PROTOCOL_ERROR),
        (connect(V3, flags=1), Reason.MALFORMED),
        (connect(V3, flags=0x42), Reason.MALFORMED),
        (connect(V3, tail=b"x"), Reason.MALFORMED),
        (connect(V3) + b"\x30\xff\xff\xff\x7f", Reason.PACKET_TOO_LARGE),
        (connect(V3) + b"\x30\xff\xff\xff\xff", Reason.MALFORMED),
        (connect(V3) + b"\x36\x05\0\1a\0\1", Reason.MALFORMED),
        (connect(V3) + b"\x32\x05\0\1a\0\0", Reason.PROTOCOL_ERROR),
        (connect(V3) + framed(0x30, text("a/#")), Reason.MALFORMED),
        (connect(V3) + framed(0x30, text("a\0")), Reason.MALFORMED),
        (connect(V3) + framed(0x30, b"\0\2\xed\xa0"), Reason.MALFORMED),
        (connect(V3) + b"\x80\x02\0\1", Reason.MALFORMED),
        (connect(V3) + b"\x82\x02\0\1", Reason.PROTOCOL_ERROR),
        (connect(V3) + b"\0\0", Reason.MALFORMED),
        (connect(V5) + framed(0x30, text("a") + b"\6\x23\0\1\x23\0\1"), Reason.PROTOCOL_ERROR),
        (connect(V5) + framed(0x30, text("a") + b"\1\x7e"), Reason.MALFORMED),
    ],
)  # fmt: skip
def test_what_breaks_the_protocol_is_named(stream: bytes, reason: Reason) -> None:
    with pytest.raises(Violation) as broken:
        list(PacketReader(BYTES_MAX).read(stream))
    assert broken.value.reason == reason


def test_a_packet_that_is_too_long_is_refused_by_its_header() -> None:
    reader = PacketReader(100)
    list(reader.read(connect(V5)))
    with pytest.raises(Violation, match="100 at most"):
        list(reader.read(b"\x30\x64"))


def test_packets_no_client_of_ours_sends_are_only_named() -> None:
    assert list(PacketReader(BYTES_MAX).read(connect(V5) + b"\xf0\0\x62\2\0\1"))[1:] == [Other(15), Other(6)]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: connack(V3, Reason.SUCCESS, {Property.QOS_MAXIMUM: 1}), b"\x20\2\0\0"),
        (lambda: connack(V3, Reason.BANNED, {}), b"\x20\2\0\5"),
        (lambda: connack(V3, Reason.BAD_PASSWORD, {}), b"\x20\2\0\4"),
        (lambda: connack(V5, Reason.SUCCESS, {Property.QOS_MAXIMUM: 1}), b"\x20\5\0\0\2\x24\1"),
        (lambda: connack(V5, Reason.SUCCESS, {Property.ASSIGNED_CLIENT_ID: "a"}), b"\x20\7\0\0\4\x12\0\1a"),
        (lambda: puback(V3, 258), b"\x40\2\1\2"),
        (lambda: puback(V5, 258), b"\x40\2\1\2"),
        (lambda: puback(V5, 258, Reason.NOT_AUTHORIZED), b"\x40\3\1\2\x87"),
        (lambda: suback(V3, Subscribe(1, 2)), b"\x90\4\0\1\x80\x80"),
        (lambda: suback(V5, Subscribe(1, 2)), b"\x90\5\0\1\0\x87\x87"),
        (lambda: unsuback(V3, Unsubscribe(1, 2)), b"\xb0\2\0\1"),
        (lambda: unsuback(V5, Unsubscribe(1, 2)), b"\xb0\5\0\1\0\x11\x11"),
        (pingresp, b"\xd0\0"),
        (lambda: disconnect(V3, Reason.QOS_NOT_SUPPORTED), b""),
        (lambda: disconnect(V5, Reason.QOS_NOT_SUPPORTED), b"\xe0\1\x9b"),
    ],
)
def test_answers_are_as_the_standard_draws_them(made: Callable[[], bytes], expected: bytes) -> None:
    assert made() == expected
