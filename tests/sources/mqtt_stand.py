"""An MQTT listener over a log in a folder, and a real client to publish with."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from pressbox.access.devices import AUTHORITY_FILE, FILE_NAME, DeviceRegistry
from pressbox.codec.sensor_message import SensorMessage, SensorSample, encode_json
from pressbox.log.segments import SegmentLog
from pressbox.model.sample_record import (
    SampleRecord,
    SamplesRejected,
    decode_sample_record,
    decode_samples_rejected,
)
from pressbox.sources.mqtt_listener import MqttListener, MqttSettings
from pressbox.sources.sensor_ingest import SAMPLES, SAMPLES_DEAD_LETTERS, SensorIngest
from pressbox.stream.clock import SystemClock
from pressbox.stream.log import Log, Topic

WAIT_S = 20.0
CLOCK = SystemClock()


def message_of(device: str, sequence: int = 0, boot: int = 1, time_ms: int = 1000) -> bytes:
    sample = SensorSample(sequence=sequence, time_ms=time_ms, speed_m_s=4.5, heart_rate_bpm=150)
    return encode_json(SensorMessage(version=1, device=device, boot=boot, samples=(sample,)))


def topic_of(device: str, session: str = "training") -> str:
    return f"pressbox/home/{session}/{device}/samples"


def until(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end_s, "it did not come"
        time.sleep(0.005)


class Stand(Struct):
    """The parts of one listener that runs."""

    registry: DeviceRegistry
    log: Log
    ingest: SensorIngest
    listener: MqttListener

    @property
    def port(self) -> int:
        return urlsplit(self.listener.address).port or 0

    def records(self) -> list[SampleRecord]:
        return [decode_sample_record(one.value) for one in self.log.read(SAMPLES, 0, 0, records_max=10_000)]

    def letters(self) -> list[SamplesRejected]:
        read = self.log.read(SAMPLES_DEAD_LETTERS, 0, 0, records_max=10_000)
        return [decode_samples_rejected(one.value) for one in read]

    def refused(self, reason: str) -> int:
        return self.listener.refusals[reason]


@contextmanager
def listening(folder: Path, *, log: Log | None = None, **settings: object) -> Iterator[Stand]:
    registry = DeviceRegistry(folder / FILE_NAME)
    registry.open()
    log = log or SegmentLog(folder / "log", [Topic(SAMPLES), Topic(SAMPLES_DEAD_LETTERS)], now_ms=CLOCK.now_ms)
    ingest = SensorIngest(log, CLOCK, registry)
    chosen = msgspec.convert({"port": 0} | settings, MqttSettings)
    listener = MqttListener(chosen, registry, ingest, CLOCK, folder=folder, authority=folder / AUTHORITY_FILE)
    stopping = threading.Event()
    threads = [threading.Thread(target=part.run, args=(stopping,)) for part in (ingest, listener)]
    for thread in threads:
        thread.start()
    try:
        yield Stand(registry, log, ingest, listener)
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
        listener.close()
        log.close()


class Publisher:
    """A real client. What the server said stands in *connected*, *left* and *acknowledged*."""

    def __init__(
        self,
        port: int,
        *,
        version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        tls: ssl.SSLContext | None = None,
        client_id: str = "a client",
    ) -> None:
        self.connected: list[str] = []
        self.left: list[str] = []
        self.acknowledged: dict[int, str] = {}
        self.subscribed: list[str] = []
        self._port = port
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=version, reconnect_on_failure=False
        )
        self.client.on_connect = lambda _c, _u, _f, reason, _p: self.connected.append(str(reason))
        self.client.on_disconnect = lambda _c, _u, _f, reason, _p: self.left.append(str(reason))
        self.client.on_publish = lambda _c, _u, number, reason, _p: self.acknowledged.update({number: str(reason)})
        self.client.on_subscribe = lambda _c, _u, _n, reasons, _p: self.subscribed.extend(map(str, reasons))
        if tls is not None:
            self.client.tls_set_context(tls)

    def connect(self, user: str = "", password: str = "") -> "Publisher":
        if user:
            self.client.username_pw_set(user, password)
        self.client.connect("127.0.0.1", self._port)
        self.client.loop_start()
        until(lambda: bool(self.connected))
        return self

    def publish(self, topic: str, payload: bytes, qos: int = 1) -> int:
        return self.client.publish(topic, payload, qos).mid

    def publish_acknowledged(self, topic: str, payload: bytes) -> str:
        number = self.publish(topic, payload)
        until(lambda: number in self.acknowledged)
        return self.acknowledged[number]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@contextmanager
def publisher(
    port: int, *, version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5, tls: ssl.SSLContext | None = None
) -> Iterator[Publisher]:
    made = Publisher(port, version=version, tls=tls)
    try:
        yield made
    finally:
        made.close()
