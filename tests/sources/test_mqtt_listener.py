"""Devices publish with a real client: what is acknowledged is in the log, what is not theirs is refused and counted."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from pressbox.access.devices import FILE_NAME, DeviceRegistry
from pressbox.codec.sensor_message import decode_sensor_message, encode_messagepack
from pressbox.errors import BadSettings, Unavailable
from pressbox.log.reader import SegmentReader
from pressbox.model.sample_record import DeviceAssigned, SamplesReceived, decode_sample_record
from pressbox.sources.mqtt_listener import MqttSettings
from pressbox.sources.sensor_ingest import SAMPLES, SAMPLES_DEAD_LETTERS, Incoming
from pressbox.stream.log import Topic
from tests.cli.process import start
from tests.runtime.memory_log import MemoryLog, Moment
from tests.sources.mqtt_stand import CLOCK, Publisher, Stand, listening, message_of, publisher, topic_of, until

V3, V5 = MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5
versions = pytest.mark.parametrize("version", [V3, V5], ids=["3.1.1", "5"])


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with listening(tmp_path) as stand:
        yield stand


def tag(stand: Stand, name: str = "tag-7") -> str:
    return stand.registry.add(name, CLOCK.now_ms())


@versions
def test_what_is_acknowledged_is_in_the_log_as_it_came(stand: Stand, version: MQTTProtocolVersion) -> None:
    with publisher(stand.port, version=version) as device:
        device.connect("tag-7", tag(stand))
        assert device.publish_acknowledged(topic_of("tag-7"), message_of("tag-7")) == "Success"
        (record,) = stand.records()
    assert isinstance(record, SamplesReceived)
    assert (record.stadium, record.session, record.device) == ("home", "training", "tag-7")
    assert record.message == message_of("tag-7")
    assert record.clock_offset_ms == record.received_ms - 1000
    assert (stand.ingest.messages.flow().total, stand.ingest.samples.flow().total) == (1, 1)


def test_messagepack_and_qos_0_are_taken_too(stand: Stand) -> None:
    payload = encode_messagepack(decode_sensor_message(message_of("tag-7")))
    with publisher(stand.port) as device:
        device.connect("tag-7", tag(stand))
        device.publish(topic_of("tag-7"), payload, qos=0)
        until(lambda: len(stand.records()) == 1)
    (record,) = stand.records()
    assert isinstance(record, SamplesReceived)
    assert record.message == payload


def test_many_messages_of_many_devices_are_all_there_in_the_order_of_each(stand: Stand) -> None:
    names = [f"tag-{number}" for number in range(3)]
    devices = [Publisher(stand.port, version=V5).connect(name, tag(stand, name)) for name in names]
    for sequence in range(150):
        for name, device in zip(names, devices, strict=True):
            device.publish(topic_of(name), message_of(name, sequence))
    until(lambda: all(len(device.acknowledged) == 150 for device in devices))
    for device in devices:
        device.close()
    kept = [decode_sensor_message(one.message) for one in stand.records() if isinstance(one, SamplesReceived)]
    for name in names:
        assert [one.samples[0].sequence for one in kept if one.device == name] == list(range(150))


@pytest.mark.parametrize("payload", [b"", b"nonsense", b'{"version": 2}', message_of("tag-8")], ids=repr)
def test_what_cannot_be_read_is_a_dead_letter_and_acknowledged(stand: Stand, payload: bytes) -> None:
    with publisher(stand.port) as device:
        device.connect("tag-7", tag(stand))
        assert device.publish_acknowledged(topic_of("tag-7"), payload) == "Success"
    (letter,) = stand.letters()
    assert (letter.device, letter.message, stand.records()) == ("tag-7", payload, [])
    assert letter.reason.startswith("sensor message")
    assert stand.ingest.rejected.flow().total == 1


def test_the_offset_of_a_clock_is_estimated_once_a_boot_and_outlives_a_restart(tmp_path: Path) -> None:
    offsets = []
    secret = ""
    for boot, sequence in ((1, 0), (1, 1), (2, 2)):
        with listening(tmp_path) as stand, publisher(stand.port) as device:
            secret = secret or tag(stand)
            device.connect("tag-7", secret)
            payload = message_of("tag-7", sequence, boot, time_ms=1000 + 50_000 * sequence)
            device.publish_acknowledged(topic_of("tag-7"), payload)
            offsets = [one.clock_offset_ms for one in stand.records() if isinstance(one, SamplesReceived)]
    assert offsets[0] == offsets[1]
    assert offsets[2] != offsets[0]


def test_an_assignment_becomes_a_record_of_its_session_once(tmp_path: Path) -> None:
    assigned = DeviceAssigned("home", "training", "tag-7", "ana")
    for _ in range(2):
        with listening(tmp_path) as stand:
            if not stand.registry.devices():
                tag(stand)
                stand.registry.assign(assigned)
            until(lambda stand=stand: stand.records() == [assigned])  # type: ignore[misc]
            until(lambda stand=stand: stand.registry.assignments_to_append() == [])  # type: ignore[misc]


@versions
@pytest.mark.parametrize(
    ("user", "reason_3", "reason_5", "counted"),
    [
        ("tag-7", "Unspecified error|Bad user name or password", "Bad user name or password", "bad_password"),
        ("nobody", "Unspecified error|Bad user name or password", "Bad user name or password", "bad_password"),
        ("", "Not authorized", "Not authorized", "not_authorized"),
    ],
)
def test_who_cannot_say_who_he_is_stays_outside(
    stand: Stand, version: MQTTProtocolVersion, user: str, reason_3: str, reason_5: str, counted: str
) -> None:
    tag(stand)
    with publisher(stand.port, version=version) as device:
        device.connect(user, "wrong")
        assert device.connected[0] in (reason_5 if version == V5 else reason_3).split("|")
    assert stand.refused(counted) == 1


@versions
def test_a_revoked_device_stays_outside_and_one_that_is_inside_goes(stand: Stand, version: MQTTProtocolVersion) -> None:
    secret = tag(stand)
    with publisher(stand.port, version=version) as device:
        assert device.connect("tag-7", secret).connected == ["Success"]
        stand.registry.revoke("tag-7", CLOCK.now_ms())
        until(lambda: bool(device.left))
    with publisher(stand.port, version=version) as device:
        assert device.connect("tag-7", secret).connected == ["Banned" if version == V5 else "Not authorized"]
    assert stand.refused("banned") == 2


@pytest.mark.parametrize("topic", [topic_of("tag-8"), "pressbox/home/tag-7/samples", "other", topic_of("tag-7") + "/x"])
def test_a_topic_of_others_is_refused(stand: Stand, topic: str) -> None:
    secret = tag(stand)
    with publisher(stand.port) as device:
        device.connect("tag-7", secret)
        assert device.publish_acknowledged(topic, message_of("tag-7")) == "Not authorized"
        assert device.publish_acknowledged(topic_of("tag-7"), message_of("tag-7")) == "Success"
    with publisher(stand.port, version=V3) as old:
        old.connect("tag-7", secret)
        old.publish(topic, message_of("tag-7"))
        until(lambda: bool(old.left))
        assert old.acknowledged == {}
    assert stand.refused("not_authorized") == 2
    assert len(stand.records()) == 1


@versions
def test_qos_2_ends_the_connection(stand: Stand, version: MQTTProtocolVersion) -> None:
    with publisher(stand.port, version=version) as device:
        device.connect("tag-7", tag(stand))
        device.client._send_publish(1, topic_of("tag-7").encode(), message_of("tag-7"), 2)
        until(lambda: bool(device.left))
        assert version == V3 or device.left == ["QoS not supported"]
    assert stand.refused("qos_not_supported") == 1
    assert stand.records() == []


@versions
def test_nobody_can_subscribe_and_the_connection_goes_on(stand: Stand, version: MQTTProtocolVersion) -> None:
    with publisher(stand.port, version=version) as device:
        device.connect("tag-7", tag(stand))
        device.client.subscribe("pressbox/#")
        until(lambda: bool(device.subscribed))
        assert device.subscribed == ["Not authorized" if version == V5 else "Unspecified error"]
        device.publish_acknowledged(topic_of("tag-7"), message_of("tag-7"))
    assert stand.refused("subscribe") == 1


@versions
def test_a_packet_that_is_too_long_ends_the_connection(stand: Stand, version: MQTTProtocolVersion) -> None:
    with publisher(stand.port, version=version) as device:
        device.connect("tag-7", tag(stand))
        device.publish(topic_of("tag-7"), b"x" * 300_000)
        until(lambda: bool(device.left))
        assert version == V3 or device.left == ["Packet too large"]
    assert stand.refused("packet_too_large") == 1


def test_a_retained_message_is_refused_where_the_device_was_told_so(stand: Stand) -> None:
    with publisher(stand.port) as device:
        device.connect("tag-7", tag(stand))
        device.client.publish(topic_of("tag-7"), message_of("tag-7"), 1, retain=True)
        until(lambda: bool(device.left))
        assert device.left == ["Retain not supported"]


def test_a_device_that_comes_again_takes_over(stand: Stand) -> None:
    secret = tag(stand)
    with publisher(stand.port) as first, publisher(stand.port) as second:
        first.connect("tag-7", secret)
        second.connect("tag-7", secret)
        until(lambda: bool(first.left))
        assert first.left == ["Session taken over"]
        assert second.publish_acknowledged(topic_of("tag-7"), message_of("tag-7")) == "Success"
    until(lambda: stand.listener.connections == 0)


def test_one_too_many_is_told_that_we_are_busy(tmp_path: Path) -> None:
    with listening(tmp_path, connections_max=1) as stand:
        secrets = {name: tag(stand, name) for name in ("tag-1", "tag-2")}
        with publisher(stand.port) as first, publisher(stand.port) as second:
            first.connect("tag-1", secrets["tag-1"])
            assert second.connect("tag-2", secrets["tag-2"]).connected == ["Server busy"]
        assert stand.refused("busy") == 1


def test_who_publishes_too_fast_is_slowed_down_and_loses_nothing(tmp_path: Path) -> None:
    with listening(tmp_path, messages_per_s_max=100) as stand, publisher(stand.port) as device:
        device.connect("tag-7", tag(stand))
        for sequence in range(160):
            device.publish(topic_of("tag-7"), message_of("tag-7", sequence))
        until(lambda: len(device.acknowledged) == 160)
        assert stand.refused("slowed_down") > 0
        assert len(stand.records()) == 160


def test_a_silent_connection_ends(tmp_path: Path) -> None:
    with listening(tmp_path, keep_alive_s_max=1) as stand:
        secret = tag(stand)
        with closing(socket.create_connection(("127.0.0.1", stand.port), timeout=20)) as wire:
            name, password = b"tag-7", secret.encode()
            body = b"\0\4MQTT\4\xc2\0\0\0\0" + b"\0\5" + name + len(password).to_bytes(2, "big") + password
            wire.sendall(bytes([0x10, len(body)]) + body)
            assert wire.recv(4) == b"\x20\2\0\0"
            assert wire.recv(1) == b""
        assert stand.refused("keep_alive_over") == 1


def test_it_ends_also_while_everybody_waits_for_the_disk(tmp_path: Path) -> None:
    log = MemoryLog([Topic(SAMPLES), Topic(SAMPLES_DEAD_LETTERS)])

    def full(_moment: Moment) -> None:
        raise Unavailable("full", retry_after_s=0.01)

    log.trouble = full
    with listening(tmp_path, log=log) as stand, publisher(stand.port) as device:
        device.connect("tag-7", tag(stand))
        for _ in range(2):  # the first ones are on their way to the disk
            while not stand.ingest.is_full:
                stand.ingest.hand_in(Incoming("home", "other", "tag-8", 0, b"x" * (16 << 20), lambda: None))
            until(lambda: stand.ingest.problem == "full")
        device.publish(topic_of("tag-7"), message_of("tag-7"))
        until(lambda: any(one.device == "tag-7" for one in list(stand.ingest._waiting)))
        assert device.acknowledged == {}


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b""),
        (b"\x10\x0f\0\6MQIsdp\3\2\0\x3c\0\1a", b"\x20\2\0\1"),
        (b"\x10\xff\xff\x7f", b""),
        (b"\x10\x0c\0\4MQTT\4\0\0\x3c\0\0", b"\x20\2\0\2"),
    ],
)  # fmt: skip
def test_who_does_not_speak_as_we_do_is_told_as_far_as_he_understands(stand: Stand, sent: bytes, answer: bytes) -> None:
    with closing(socket.create_connection(("127.0.0.1", stand.port), timeout=20)) as wire:
        wire.sendall(sent)
        assert wire.recv(100) == answer
        assert answer == b"" or wire.recv(1) == b""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    settings = tmp_path / "pressbox.toml"
    settings.write_text("mqtt.port = 0\n")
    data = tmp_path / "data"
    up = start(data, "--settings", str(settings))
    stdout = up.process.stdout
    assert stdout is not None
    port = int(stdout.readline().strip().rpartition(":")[2])
    secret = DeviceRegistry(data / FILE_NAME).add("tag-7", CLOCK.now_ms())
    with publisher(port) as device:
        device.connect("tag-7", secret)
        for sequence in range(2000):
            device.publish(topic_of("tag-7"), message_of("tag-7", sequence))
        until(lambda: len(device.acknowledged) >= 300)
        up.kill()
        until(lambda: bool(device.left))
        acknowledged = len(device.acknowledged)
    with SegmentReader(data / "log") as reader:
        records = [decode_sample_record(one.value) for one in reader.read(SAMPLES, 0, 0, records_max=10_000)]
    assert len(records) >= acknowledged
    kept = [decode_sensor_message(one.message) for one in records if isinstance(one, SamplesReceived)]
    assert [one.samples[0].sequence for one in kept] == list(range(len(records)))


def test_a_port_that_is_taken_is_named(stand: Stand, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot listen"), listening(tmp_path / "other", port=stand.port):
        pass


def test_half_of_tls_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="TLS needs both"), listening(tmp_path, certificate="server.pem"):
        pass


def test_the_default_is_for_this_machine_only() -> None:
    assert (MqttSettings().host, MqttSettings().certificate) == ("127.0.0.1", None)
