"""Simulated devices at a real listener: all that is sent is counted until it is on disk, whatever is in between."""

import asyncio
import gc
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from pressbox.access.certificates import Authority
from pressbox.access.devices import AUTHORITY_FILE, DeviceRegistry
from pressbox.codec.sensor_message import decode_sensor_message, encode_json, encode_messagepack
from pressbox.errors import BadInput, Unavailable
from pressbox.model.sample_record import SamplesReceived
from pressbox.simulate.field import FieldPlan, FieldSession
from pressbox.simulate.mqtt_device import Broker, Identity
from pressbox.simulate.mqtt_publisher import MqttPublisher, Tally, Voice
from pressbox.simulate.sending import Cut, Sending
from pressbox.simulate.wearable import NO_TROUBLE
from tests.access.server_certificate import make_server_certificate
from tests.sources.mqtt_stand import CLOCK, Stand, listening

DEVICES = tuple(f"tag-{number}" for number in range(5))
SENDINGS = list(
    FieldSession(FieldPlan(session="one", devices=DEVICES, span_s=8.0, trouble=NO_TROUBLE)).sendings(1_700_000_000_000)
)
SAMPLES = 5 * 8 * 25


def added(registry: DeviceRegistry) -> list[Identity]:
    return [Identity(device, registry.add(device, 0)) for device in DEVICES]


def voice_at(stand: Stand, **said: object) -> Voice:
    broker = Broker("127.0.0.1", stand.port)
    return replace(Voice(broker=broker, stadium="home", encode=encode_json, speed=float("inf")), **said)


def published(
    voice: Voice, identities: Sequence[Identity], sendings: Sequence[Sending] = SENDINGS, *, cut: int | None = None
) -> Tally:
    """Publish *sendings*; before the one at *cut* the device of it loses its connection."""

    async def run() -> Tally:
        publisher = MqttPublisher(voice, CLOCK, patience_s=10.0)
        try:
            await publisher.connect(identities, lambda _: None)
            for place, sending in enumerate(sendings):
                lost = [Cut(sending.due_ms, sending.message.device)] if place == cut else []
                await publisher.play([*lost, sending], lambda _: None)
            await publisher.settle()
        finally:
            await publisher.close()
        return publisher.tally

    return asyncio.run(run())


def arrived(stand: Stand) -> dict[str, list[int]]:
    """The sequences of each device as they lie in the log."""
    found: dict[str, list[int]] = {}
    for record in stand.records():
        if isinstance(record, SamplesReceived):
            message = decode_sensor_message(record.message)
            found.setdefault(message.device, []).extend(one.sequence for one in message.samples)
    return found


@pytest.mark.parametrize("encode", [encode_json, encode_messagepack])
def test_all_is_acknowledged_counted_and_in_the_log_in_the_order_of_each_device(tmp_path: Path, encode: object) -> None:
    with listening(tmp_path) as stand:
        tally = published(voice_at(stand, encode=encode), added(stand.registry))
        assert (tally.samples_sent, tally.samples_acknowledged) == (SAMPLES, SAMPLES)
        assert (tally.messages_sent, tally.messages_acknowledged) == (len(SENDINGS), len(SENDINGS))
        assert tally.is_complete
        assert tally.acknowledged_ms_p50 is not None
        assert tally.acknowledged_ms_p99 is not None
        assert tally.acknowledged_ms_max is not None
        assert 0 <= tally.acknowledged_ms_p50 <= tally.acknowledged_ms_p99 <= tally.acknowledged_ms_max < 10_000
        assert arrived(stand) == {device: list(range(1, 201)) for device in DEVICES}
        assert stand.letters() == []


def test_a_device_that_loses_its_connection_comes_back_and_sends_again_what_was_not_acknowledged(
    tmp_path: Path,
) -> None:
    with listening(tmp_path) as stand:
        tally = published(voice_at(stand), added(stand.registry), cut=len(SENDINGS) // 2)
        assert (tally.is_complete, tally.reconnects, tally.problems) == (True, 1, [])
        assert {device: set(got) for device, got in arrived(stand).items()} == {
            device: set(range(1, 201)) for device in DEVICES
        }


def test_a_message_is_sent_when_it_is_due(tmp_path: Path) -> None:
    with listening(tmp_path) as stand:
        begun_ms = CLOCK.now_ms()
        published(voice_at(stand, speed=10.0), added(stand.registry), [SENDINGS[0], replace(SENDINGS[1], due_ms=3_000)])
        assert CLOCK.now_ms() - begun_ms >= 300


def test_the_time_of_sending_is_in_the_message(tmp_path: Path) -> None:
    with listening(tmp_path) as stand:
        before_ms = CLOCK.now_ms()
        published(voice_at(stand), added(stand.registry), SENDINGS[:1])
        (record,) = stand.records()
        assert isinstance(record, SamplesReceived)
        sent_ms = decode_sensor_message(record.message).sent_ms
        assert sent_ms is not None
        assert before_ms <= sent_ms <= record.received_ms


def test_a_topic_that_is_refused_is_counted_and_told(tmp_path: Path) -> None:
    with listening(tmp_path) as stand:
        tally = published(voice_at(stand, topic="elsewhere/{stadium}/{session}/{device}"), added(stand.registry))
        assert (tally.messages_acknowledged, tally.messages_refused) == (0, len(SENDINGS))
        assert not tally.is_complete
        assert "elsewhere/home/one/tag-0: Not authorized" in tally.problems


def test_devices_show_certificates_over_tls(tmp_path: Path) -> None:
    make_server_certificate(tmp_path)
    authority = Authority(tmp_path / AUTHORITY_FILE)
    issued = [authority.issue(device, datetime.now(UTC)) for device in DEVICES]
    with listening(tmp_path, certificate="server.pem", key="server.key") as stand:
        identities = []
        for device, one in zip(DEVICES, issued, strict=True):
            stand.registry.add_certificate(device, one.fingerprint, CLOCK.now_ms())
            (tmp_path / f"{device}.pem").write_bytes(one.certificate)
            (tmp_path / f"{device}.key").write_bytes(one.key)
            identities.append(Identity(device, certificate=(f"{tmp_path}/{device}.pem", f"{tmp_path}/{device}.key")))
        broker = Broker("localhost", stand.port, tls=True, authority=str(tmp_path / "server.pem"))
        tally = published(voice_at(stand, broker=broker), identities)
        assert (tally.is_complete, tally.samples_acknowledged) == (True, SAMPLES)


# the client library leaves the socket of a handshake that failed to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_whose_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    make_server_certificate(tmp_path)
    with listening(tmp_path, certificate="server.pem", key="server.key") as stand:
        broker = Broker("localhost", stand.port, tls=True)
        with pytest.raises(BadInput, match=r"no TLS connection for device tag-0: .*CERTIFICATE_VERIFY_FAILED"):
            published(voice_at(stand, broker=broker), added(stand.registry)[:1])
        gc.collect()


def test_a_wrong_password_is_said_in_words(tmp_path: Path) -> None:
    with listening(tmp_path) as stand:
        identities = added(stand.registry)
        with pytest.raises(BadInput, match=r"device tag-3 is refused by mqtt://127\.0\.0\.1:.*password"):
            published(
                voice_at(stand), [replace(one, password="x") if one.name == "tag-3" else one for one in identities]
            )


def test_a_device_that_is_revoked_meanwhile_is_told_and_nothing_waits_for_it_for_ever(tmp_path: Path) -> None:
    with listening(tmp_path) as stand:
        identities = added(stand.registry)

        async def run() -> Tally:
            publisher = MqttPublisher(voice_at(stand), CLOCK, patience_s=0.5)
            await publisher.connect(identities, lambda _: None)
            stand.registry.revoke("tag-2", 0)
            await publisher.play([Cut(0, "tag-2"), *SENDINGS], lambda _: None)
            await publisher.settle()
            await publisher.close()
            return publisher.tally

        tally = asyncio.run(run())
        assert tally.samples_acknowledged == SAMPLES * 4 // 5
        assert not tally.is_complete
        assert any("tag-2 is refused" in problem for problem in tally.problems)


def test_playing_ends_where_nothing_is_acknowledged_any_more(tmp_path: Path) -> None:
    with listening(tmp_path) as stand:
        identities = added(stand.registry)

        async def run() -> Tally:
            publisher = MqttPublisher(voice_at(stand), CLOCK, patience_s=0.5, waiting_max=20)
            await publisher.connect(identities, lambda _: None)
            for device in DEVICES:
                stand.registry.revoke(device, 0)
            await publisher.play([*(Cut(0, device) for device in DEVICES), *SENDINGS], lambda _: None)
            await publisher.settle()
            await publisher.close()
            return publisher.tally

        tally = asyncio.run(run())
        assert tally.messages_sent < len(SENDINGS)
        assert not tally.is_complete


def test_nobody_there_is_said_in_words() -> None:
    voice = Voice(broker=Broker("127.0.0.1", 1), stadium="home", encode=encode_json)
    with pytest.raises(Unavailable, match=r"mqtt://127\.0\.0\.1:1 cannot be reached: Connection refused"):
        published(voice, [Identity("tag-0", "x")], SENDINGS[:1])
