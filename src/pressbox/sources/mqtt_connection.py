"""
One device's connection: who it is, what it may publish, and when it has to go.

It takes messages and gives none. What it refuses is answered as the version of MQTT allows, and counted by its reason.
"""

import asyncio
import hashlib
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol

from pressbox.codec.mqtt import (
    V3,
    V5,
    Connect,
    Disconnect,
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
from pressbox.codec.mqtt_field import Property, Reason, Violation
from pressbox.errors import BadSettings, Unavailable
from pressbox.model.device import Admission
from pressbox.sources.mqtt_topic import Place
from pressbox.sources.sensor_ingest import Incoming

INFLIGHT_MAX: Final = 100

_CONNECT_S: Final = 10.0
_LAST_WORD_S: Final = 1.0
_READ_BYTES: Final = 64 * 1024
_PATIENCE: Final = 1.5
_REFUSALS: Final = {Admission.WRONG: Reason.BAD_PASSWORD, Admission.REVOKED: Reason.BANNED}


class Terms(NamedTuple):
    """What the settings grant a connection."""

    packet_bytes_max: int
    keep_alive_s_max: int
    messages_per_s_max: int


class Door(Protocol):
    """What a connection needs of its listener."""

    terms: Terms
    refusals: Counter[str]

    @property
    def is_crowded(self) -> bool:
        """Whether there are more connections than there may be."""
        ...

    def now_ms(self) -> int:
        """Return epoch milliseconds."""
        ...

    def admit(self, user: str, password: str) -> Awaitable[Admission]:
        """Return whether the password is that of the device."""
        ...

    def admit_certificate(self, device: str, fingerprint: str) -> Awaitable[Admission]:
        """Return whether the certificate still is that of the device."""
        ...

    def enter(self, connection: "MqttConnection") -> None:
        """Take note of a device that was admitted; an older connection of it ends."""
        ...

    def place_of(self, topic: str) -> Place | None:
        """Return what *topic* names, None where it is none for samples."""
        ...

    def hand_in(self, incoming: Incoming) -> None:
        """Take a message on its way to the log."""
        ...

    def room(self, has_room: Callable[[], bool]) -> Awaitable[None]:
        """Wait until *has_room* and the log keeps up, or all ends."""
        ...

    def in_loop(self, work: Callable[[], None]) -> None:
        """Do *work* in the thread of the connections."""
        ...


class MqttConnection:
    """The talk with one client, from its first byte to its last."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, door: Door) -> None:
        self._reader, self._writer, self._door = reader, writer, door
        self._packets = PacketReader(door.terms.packet_bytes_max)
        self._is_connected = False
        self._is_ended = False
        self._silence_s = _CONNECT_S
        self._inflight = 0
        self._free_s = 0.0
        self.device = ""

    async def run(self) -> None:
        """Talk until one of both goes."""
        try:
            await self._talk()
        except Violation as violation:
            self.end(violation.reason)
        except TimeoutError:
            self.end(Reason.KEEP_ALIVE_OVER)
        except (Unavailable, BadSettings):
            self.end(Reason.UNAVAILABLE)
        except OSError:
            pass  # it is gone
        finally:
            with suppress(OSError):
                await self._part()

    def end(self, reason: Reason) -> None:
        """Say the last word, once; what is not acknowledged yet is sent again by the device."""
        if self._is_over():
            return
        self._is_ended = True
        self._door.refusals[reason.name.lower()] += 1
        level = self._packets.level
        if self._is_connected:
            self._writer.write(disconnect(level or V5, reason))
        elif level is not None or reason is Reason.UNKNOWN_VERSION:
            self._writer.write(connack(level or V3, reason, {}))
        if self._writer.can_write_eof():
            self._writer.write_eof()
        asyncio.get_running_loop().call_later(_LAST_WORD_S, self._writer.close)

    def close(self) -> None:
        """Say that the process ends, and hang up."""
        if self._is_connected and not self._is_over():
            self._writer.write(disconnect(self._packets.level or V5, Reason.SHUTTING_DOWN))
        self._is_ended = True
        self._writer.close()

    def _is_over(self) -> bool:
        return self._is_ended or self._writer.is_closing()

    async def _part(self) -> None:
        # To hang up on somebody who is still sending would take the last word away from him.
        while self._is_ended and await self._reader.read(_READ_BYTES):
            pass
        self._writer.close()
        await self._writer.wait_closed()

    async def _talk(self) -> None:
        async for packet in self._received():
            match packet:
                case Connect():
                    await self._connect(packet)
                case Publish():
                    self._publish(packet)
                case Ping():
                    self._writer.write(pingresp())
                case Disconnect():
                    return
                case Subscribe() | Unsubscribe():
                    self._subscribe(packet)
                case _:
                    raise Violation(Reason.PROTOCOL_ERROR, "a packet only a server sends")

    async def _received(self) -> AsyncIterator[Packet]:
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        while not self._is_over():
            until_s = (loop.time() if self._is_connected else begun_s) + self._silence_s
            async with asyncio.timeout_at(until_s):
                data = await self._reader.read(_READ_BYTES)
            if not data:
                return
            published = 0
            for packet in self._packets.read(data):
                published += isinstance(packet, Publish)
                yield packet
                if self._is_over():
                    return
            await self._slow_down(published)

    async def _slow_down(self, published: int) -> None:
        """Read on only when acknowledgements are taken, the log keeps up, and the rate is kept."""
        async with asyncio.timeout(self._silence_s):
            await self._writer.drain()
        if self._inflight >= INFLIGHT_MAX:
            await self._door.room(lambda: self._inflight < INFLIGHT_MAX or self._is_over())
        await self._door.room(lambda: True)
        rate, now_s = self._door.terms.messages_per_s_max, asyncio.get_running_loop().time()
        self._free_s = max(self._free_s, now_s - 1) + published / rate  # what was not used for a second is granted
        if self._free_s > now_s:
            self._door.refusals["slowed_down"] += 1
            await asyncio.sleep(self._free_s - now_s)

    async def _connect(self, packet: Connect) -> None:
        if self._door.is_crowded:
            raise Violation(Reason.BUSY, "too many connections")
        _check_wishes(packet)
        self.device = await self._identity(packet)
        longest_s = self._door.terms.keep_alive_s_max
        keep_alive_s = min(packet.keep_alive_s or longest_s, longest_s)
        self._silence_s = keep_alive_s * _PATIENCE
        self._door.enter(self)
        self._is_connected = True
        told: dict[Property, int | str] = {
            Property.RECEIVE_MAXIMUM: INFLIGHT_MAX,
            Property.QOS_MAXIMUM: 1,
            Property.RETAIN_AVAILABLE: 0,
            Property.PACKET_BYTES_MAX: self._door.terms.packet_bytes_max,
            Property.SESSION_EXPIRY: 0,
            Property.WILDCARD_AVAILABLE: 0,
            Property.SUBSCRIPTION_IDS_AVAILABLE: 0,
            Property.SHARED_AVAILABLE: 0,
        }
        if keep_alive_s != packet.keep_alive_s:
            told[Property.SERVER_KEEP_ALIVE] = keep_alive_s
        if not packet.client_id:
            told[Property.ASSIGNED_CLIENT_ID] = self.device
        self._writer.write(connack(packet.level, Reason.SUCCESS, told))

    async def _identity(self, packet: Connect) -> str:
        """Return the device: by the certificate it showed, else by user and password."""
        device, fingerprint = _certificate(self._writer)
        if fingerprint:
            if packet.user not in (None, device):
                raise Violation(Reason.BAD_PASSWORD, "the certificate is another device's")
            admission = await self._door.admit_certificate(device, fingerprint)
        elif packet.user is None or packet.password is None:
            raise Violation(Reason.NOT_AUTHORIZED, "neither password nor certificate")
        else:
            device = packet.user
            admission = await self._door.admit(device, packet.password.decode("utf-8", "replace"))
        if admission is not Admission.WELCOME:
            raise Violation(_REFUSALS[admission], f"device {device}: {admission.value}")
        return device

    def _publish(self, packet: Publish) -> None:
        if packet.qos > 1:
            raise Violation(Reason.QOS_NOT_SUPPORTED, "QoS 2")
        if packet.topic_alias is not None:
            raise Violation(Reason.TOPIC_ALIAS_INVALID, "a topic alias")
        if packet.retained and self._packets.level == V5:
            raise Violation(Reason.RETAIN_NOT_SUPPORTED, "a retained message")
        place = self._door.place_of(packet.topic)
        if place is None or place.device != self.device:
            self._refuse_topic(packet)
            return
        self._inflight += 1
        received_ms = self._door.now_ms()
        self._door.hand_in(
            Incoming(*place, received_ms, packet.payload, lambda: self._door.in_loop(lambda: self._stored(packet)))
        )

    def _refuse_topic(self, packet: Publish) -> None:
        # Version 3.1.1 cannot say no to a message, and an acknowledgement would be a lie.
        if self._packets.level != V5 or not packet.qos:
            raise Violation(Reason.NOT_AUTHORIZED, f"device {self.device} may not publish under {packet.topic}")
        self._door.refusals["not_authorized"] += 1
        self._writer.write(puback(V5, packet.packet_id, Reason.NOT_AUTHORIZED))

    def _stored(self, packet: Publish) -> None:
        self._inflight -= 1
        if packet.qos and not self._is_over():
            self._writer.write(puback(self._packets.level or V5, packet.packet_id))

    def _subscribe(self, packet: Subscribe | Unsubscribe) -> None:
        level = self._packets.level or V5
        if isinstance(packet, Unsubscribe):
            self._writer.write(unsuback(level, packet))
            return
        self._door.refusals["subscribe"] += 1
        self._writer.write(suback(level, packet))


def _check_wishes(packet: Connect) -> None:
    if packet.authentication_method is not None:
        raise Violation(Reason.BAD_AUTHENTICATION, "authentication in steps")
    if packet.level == V5 and packet.will_retained:
        raise Violation(Reason.RETAIN_NOT_SUPPORTED, "a retained will")
    if packet.level == V5 and packet.will_qos > 1:
        raise Violation(Reason.QOS_NOT_SUPPORTED, "a will of QoS 2")
    if packet.level != V5 and not packet.client_id and not packet.clean:
        raise Violation(Reason.BAD_CLIENT_ID, "a kept session without a client id")


def _certificate(writer: asyncio.StreamWriter) -> tuple[str, str]:
    """Return common name and fingerprint of the certificate the client showed, which TLS has verified."""
    tls = writer.get_extra_info("ssl_object")
    if not isinstance(tls, ssl.SSLObject):
        return "", ""
    shown, content = tls.getpeercert(), tls.getpeercert(binary_form=True)
    if not shown or not content:
        return "", ""
    subject: Any = shown.get("subject", ())
    names = [str(value) for part in subject for key, value in part if key == "commonName"]
    return names[0] if names else "", hashlib.sha256(content).hexdigest()
