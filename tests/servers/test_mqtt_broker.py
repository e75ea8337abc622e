"""Samples through a real broker: what it acknowledged to a device is in the log, whoever is killed in between."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from pressbox.access.certificates import Authority
from pressbox.access.devices import AUTHORITY_FILE, FILE_NAME, DeviceRegistry
from pressbox.codec.sensor_message import decode_sensor_message
from pressbox.log.reader import SegmentReader
from pressbox.model.sample_record import SampleRecord, SamplesReceived, decode_sample_record
from pressbox.sources.mqtt_subscription import MqttBrokerSettings, MqttSubscription
from pressbox.sources.sensor_ingest import SAMPLES, SAMPLES_DEAD_LETTERS, SensorIngest
from pressbox.stream.log import Topic
from servers import mosquitto
from servers.ports import free_ports
from servers.process import LOG, Running
from tests.cli.process import start
from tests.requirement import needed
from tests.runtime.memory_log import MemoryLog
from tests.sources.mqtt_stand import CLOCK, Publisher, message_of, publisher, topic_of, until

pytestmark = pytest.mark.server
versions = pytest.mark.parametrize("version", ["5", "3.1.1"])

SETTINGS = """
[mqtt]
kind = "broker"
url = "${MQTT_URL}"
user = "${MQTT_USER}"
password = "${MQTT_PASSWORD}"
"""


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    needed("mosquitto")
    running = mosquitto.start(tmp_path_factory.mktemp("broker"))
    yield running
    running.stop()


class Subscribed(Struct):
    """The parts of one subscription that runs."""

    registry: DeviceRegistry
    log: MemoryLog
    ingest: SensorIngest
    subscription: MqttSubscription

    def sequences(self) -> list[int]:
        records = [decode_sample_record(one.value) for one in self.log.read(SAMPLES, 0, 0, records_max=10_000)]
        return [sequence_of(one) for one in records if isinstance(one, SamplesReceived)]

    def letters(self) -> list[tuple[str, str]]:
        read = self.log.read(SAMPLES_DEAD_LETTERS, 0, 0, records_max=10_000)
        letters = [msgspec.msgpack.decode(one.value) for one in read]
        return [(one["device"], one["reason"]) for one in letters]


def sequence_of(record: SamplesReceived) -> int:
    return decode_sensor_message(record.message).samples[0].sequence


def settings_for(broker: Running, **others: object) -> MqttBrokerSettings:
    access = {name: broker.access[name] for name in ("url", "user", "password")}
    return msgspec.convert({"kind": "broker"} | access | others, MqttBrokerSettings)


@contextmanager
def subscribed(broker: Running, folder: Path, **others: object) -> Iterator[Subscribed]:
    log = MemoryLog([Topic(SAMPLES), Topic(SAMPLES_DEAD_LETTERS)])
    registry = DeviceRegistry(folder / FILE_NAME)
    registry.open()
    ingest = SensorIngest(log, CLOCK, registry)
    subscription = MqttSubscription(settings_for(broker, **others), registry, ingest, CLOCK, folder=folder)
    stopping = threading.Event()
    threads = [threading.Thread(target=part.run, args=(stopping,)) for part in (ingest, subscription)]
    for thread in threads:
        thread.start()
    try:
        yield Subscribed(registry, log, ingest, subscription)
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


@contextmanager
def device(broker: Running, name: str = "tag-1") -> Iterator[Publisher]:
    made = Publisher(int(broker.access["url"].rpartition(":")[2]), client_id=name)
    try:
        yield made.connect(name, broker.access["device_password"])
    finally:
        made.close()


@versions
def test_what_devices_publish_is_in_the_log_in_the_order_of_each(broker: Running, tmp_path: Path, version: str) -> None:
    with subscribed(broker, tmp_path, version=version) as stand, device(broker) as tag:
        until(lambda: stand.subscription.problem == "")
        assert (stand.subscription.connections, stand.subscription.address) == (1, broker.access["url"])
        for sequence in range(300):
            tag.publish(topic_of("tag-1"), message_of("tag-1", sequence))
        until(lambda: len(stand.sequences()) == 300)
        assert stand.sequences() == list(range(300))


@versions
def test_what_came_while_nobody_was_there_comes_afterwards_and_once(
    broker: Running, tmp_path: Path, version: str
) -> None:
    with subscribed(broker, tmp_path, version=version) as stand:
        until(lambda: stand.subscription.problem == "")
    with device(broker) as tag:
        for sequence in range(1500):  # more than the broker keeps unless told so
            tag.publish(topic_of("tag-1"), message_of("tag-1", sequence))
        until(lambda: len(tag.acknowledged) == 1500)
    with subscribed(broker, tmp_path, version=version) as stand:
        until(lambda: len(stand.sequences()) == 1500)
        assert stand.sequences() == list(range(1500))
    with subscribed(broker, tmp_path, version=version) as stand, device(broker) as tag:
        until(lambda: stand.subscription.problem == "")
        tag.publish(topic_of("tag-1"), message_of("tag-1", 1500))
        until(lambda: bool(stand.sequences()))
        assert stand.sequences() == [1500]


@versions
def test_nothing_is_acknowledged_before_the_log_has_it(broker: Running, tmp_path: Path, version: str) -> None:
    with subscribed(broker, tmp_path, version=version, inflight_max=10) as stand, device(broker) as tag:
        until(lambda: stand.subscription.problem == "")
        held: list[object] = []
        stand.ingest.hand_in = held.append  # type: ignore[method-assign]
        for sequence in range(30):
            tag.publish(topic_of("tag-1"), message_of("tag-1", sequence))
        until(lambda: len(tag.acknowledged) == 30)
        until(lambda: len(held) >= 10)
        assert version != "5" or len(held) == 10  # it may not send more ahead
    with subscribed(broker, tmp_path, version=version) as stand:
        until(lambda: len(stand.sequences()) == 30)
        assert stand.sequences() == list(range(30))


def test_what_cannot_be_used_is_a_dead_letter_and_keeps_nothing_back(broker: Running, tmp_path: Path) -> None:
    with subscribed(broker, tmp_path, topic="pressbox/{stadium}/{session}/{device}/samples") as stand:
        with device(broker) as tag:
            until(lambda: stand.subscription.problem == "")
            tag.publish(topic_of("tag-1"), b"nonsense")
            tag.publish(topic_of("tag-1"), message_of("tag-2"))
            tag.publish("pressbox/a field/training/tag-1/samples", message_of("tag-1"))
            tag.publish(topic_of("tag-1"), b"x" * 2_000_000)
            tag.publish(topic_of("tag-1"), message_of("tag-1", 9))
            until(lambda: stand.sequences() == [9])
        until(lambda: len(stand.letters()) == 4)
        reasons = dict.fromkeys(reason for _, reason in stand.letters())
        assert any("sent by device tag-1" in reason for reason in reasons)
        assert "topic pressbox/a field/training/tag-1/samples names no stadium, session and device" in reasons
        assert "a message of 2000000 bytes, of which these are kept" in reasons
        assert stand.subscription.refusals == {"topic": 1}


def test_a_revoked_device_brings_nothing_any_more(broker: Running, tmp_path: Path) -> None:
    registry = DeviceRegistry(tmp_path / FILE_NAME)
    registry.open()
    registry.add("tag-1", CLOCK.now_ms())
    registry.revoke("tag-1", CLOCK.now_ms())
    with subscribed(broker, tmp_path) as stand, device(broker) as tag:
        until(lambda: stand.subscription.problem == "")
        tag.publish(topic_of("tag-1"), message_of("tag-1"))
        until(lambda: stand.letters() == [("tag-1", "device tag-1 was revoked")])
        assert (stand.sequences(), stand.subscription.refusals) == ([], {"banned": 1})


def test_a_retained_message_is_taken_when_it_is_sent_and_never_again(broker: Running, tmp_path: Path) -> None:
    with subscribed(broker, tmp_path, version="3.1.1") as stand, device(broker) as tag:
        until(lambda: stand.subscription.problem == "")
        tag.client.publish(topic_of("tag-1"), message_of("tag-1", 5), 1, retain=True)
        until(lambda: stand.sequences() == [5])
    with subscribed(broker, tmp_path, version="3.1.1") as stand:
        until(lambda: stand.subscription.refusals == {"retained": 1})
        assert stand.sequences() == []


@versions
def test_a_wrong_password_says_so_and_is_tried_again(broker: Running, tmp_path: Path, version: str) -> None:
    with subscribed(broker, tmp_path, version=version, password="wrong") as stand:
        until(lambda: stand.subscription.refusals["login"] > 1)
        assert f"{broker.access['url']} refuses user pressbox as pressbox: Not authorized" == stand.subscription.problem
        assert stand.subscription.connections == 0


def test_two_of_the_same_name_are_told_so(broker: Running, tmp_path: Path) -> None:
    with subscribed(broker, tmp_path) as first:
        until(lambda: first.subscription.problem == "")
        with subscribed(broker, tmp_path):
            until(lambda: "give each its own mqtt.client_id" in first.subscription.problem)


def test_a_broker_that_restarts_keeps_what_waits_and_is_found_again(broker: Running, tmp_path: Path) -> None:
    with subscribed(broker, tmp_path) as stand:
        until(lambda: stand.subscription.problem == "")
    with device(broker) as tag:
        for sequence in range(200):
            tag.publish(topic_of("tag-1"), message_of("tag-1", sequence))
        until(lambda: len(tag.acknowledged) == 200)
    broker.stop()
    with subscribed(broker, tmp_path) as stand:
        until(lambda: "Connection refused" in stand.subscription.problem)
        again = mosquitto.start(broker.folder)
        try:
            until(lambda: len(stand.sequences()) == 200)
            assert stand.subscription.problem == ""
            assert stand.sequences() == list(range(200))
        finally:
            again.stop()
        until(lambda: bool(stand.subscription.problem))


def test_what_was_acknowledged_to_devices_survives_that_pressbox_is_killed(broker: Running, tmp_path: Path) -> None:
    settings, data, total = tmp_path / "pressbox.toml", tmp_path / "data", 1500
    settings.write_text(SETTINGS)
    environment = {f"MQTT_{name.upper()}": broker.access[name] for name in ("url", "user", "password")}
    running = start(data, "--settings", str(settings), environment=environment)
    until(lambda: "as pressbox" in (broker.folder / LOG).read_text())
    with ExitStack() as open_devices:
        tags = {name: open_devices.enter_context(device(broker, name)) for name in mosquitto.DEVICES}
        for sequence in range(total):
            for name, tag in tags.items():
                tag.publish(topic_of(name), message_of(name, sequence))
            if sequence in (400, 900):
                until(lambda bound=sequence: len(kept(data)) > bound)  # type: ignore[misc]
                running.kill()
                running = start(data, "--settings", str(settings), environment=environment)
        for tag in tags.values():
            until(lambda tag=tag: len(tag.acknowledged) == total)  # type: ignore[misc]
    wanted = {(name, 1, sequence) for name in tags for sequence in range(total)}
    until(lambda: set(kept(data)) >= wanted)
    running.kill()
    assert set(kept(data)) == wanted


@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket")  # paho leaves it to the collector
def test_devices_and_pressbox_are_known_to_a_broker_by_certificates_of_ours(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    needed("mosquitto")
    authority, now = Authority(tmp_path / AUTHORITY_FILE), datetime.now(UTC)
    names = ("server", "tag-1", "pressbox")
    for name in names:
        issued = authority.issue_server(["127.0.0.1"], now) if name == "server" else authority.issue(name, now)
        (tmp_path / f"{name}.pem").write_bytes(issued.certificate)
        (tmp_path / f"{name}.key").write_bytes(issued.key)
    (port,) = free_ports(1)
    files = f"cafile {tmp_path / AUTHORITY_FILE}", f"certfile {tmp_path}/server.pem", f"keyfile {tmp_path}/server.key"
    lines = [f"listener {port} 127.0.0.1", *files, "require_certificate true", "use_identity_as_username true"]
    broker = mosquitto.start(tmp_path_factory.mktemp("broker"), lines)
    wire = ssl.create_default_context(cafile=tmp_path / AUTHORITY_FILE)
    wire.load_cert_chain(tmp_path / "tag-1.pem", tmp_path / "tag-1.key")
    secure = {"url": f"mqtts://127.0.0.1:{port}", "user": None, "password": None}
    shown = {"certificate": "pressbox.pem", "key": "pressbox.key"}
    try:
        with subscribed(broker, tmp_path, **secure, **shown, ca_certificate=AUTHORITY_FILE) as stand:
            until(lambda: stand.subscription.problem == "")
            with publisher(port, tls=wire) as tag:
                tag.connect()
                assert tag.publish_acknowledged(topic_of("tag-1"), message_of("tag-1", 3)) == "Success"
                assert tag.publish_acknowledged(topic_of("tag-2"), message_of("tag-2", 4)) == "Not authorized"
            until(lambda: stand.sequences() == [3])
        with subscribed(broker, tmp_path, **secure, **shown) as stand:
            until(lambda: "certificate verify failed" in stand.subscription.problem)
    finally:
        broker.stop()


def kept(data: Path) -> list[tuple[str, int, int]]:
    """Return device, boot and sequence of every message in the log, repeats among them."""
    found: list[SampleRecord] = []
    with SegmentReader(data / "log") as reader:
        while more := reader.read(SAMPLES, 0, len(found), records_max=10_000):
            found += [decode_sample_record(record.value) for record in more]
    messages = [decode_sensor_message(one.message) for one in found if isinstance(one, SamplesReceived)]
    return [(one.device, one.boot, one.samples[0].sequence) for one in messages]


def test_a_broker_as_it_comes_loses_what_it_acknowledged_which_is_why_our_settings_are_others(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    needed("mosquitto")
    broker = mosquitto.start(tmp_path_factory.mktemp("broker"), ["max_queued_messages 1000", "max_queued_bytes 0"])
    try:
        with subscribed(broker, tmp_path) as stand:
            until(lambda: stand.subscription.problem == "")
        with device(broker) as tag:
            for sequence in range(3000):
                tag.publish(topic_of("tag-1"), message_of("tag-1", sequence))
            until(lambda: len(tag.acknowledged) == 3000)
            assert set(tag.acknowledged.values()) == {"Success"}
            with subscribed(broker, tmp_path) as stand:
                until(lambda: len(stand.sequences()) >= 1000)
                tag.publish(topic_of("tag-1"), message_of("tag-1", 3000))
                until(lambda: 3000 in stand.sequences())
                assert len(stand.sequences()) < 3000
    finally:
        broker.stop()
