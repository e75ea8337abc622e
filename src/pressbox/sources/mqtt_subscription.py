"""
Samples from an outside MQTT broker. Needs the extra `mqtt`.

The session at the broker is persistent and a message is acknowledged to it once the log has it: so what the broker had
taken while pressbox was away comes afterwards, and what it sent and heard nothing of comes again.
"""

import logging
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final, Literal, Protocol
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from pressbox.errors import BadSettings, Unavailable
from pressbox.sources.broker_connection import BrokerConnection, Message, Terms, check_installed
from pressbox.sources.mqtt_topic import TOPIC, Place, SampleTopic
from pressbox.sources.s3 import SECRET
from pressbox.sources.sensor_ingest import Incoming, SensorIngest
from pressbox.stream.clock import Clock

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_PAUSE_S_MIN: Final = 0.5
_PAUSE_S_MAX: Final = 30.0
_STEADY_S: Final = 10.0
_REVOKED_EVERY_S: Final = 1.0
_KEPT_BYTES_MAX: Final = 1 << 20
_WRONG_LOGIN: Final = frozenset({"Bad user name or password", "Not authorized", "Bad authentication method", "Banned"})
_NOBODY: Final = Place("", "", "")
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")

_LOGGER: Final = logging.getLogger(__name__)


class MqttBrokerSettings(Struct, frozen=True, kw_only=True, tag="broker", tag_field="kind", forbid_unknown_fields=True):
    """A broker of your own, such as Mosquitto or EMQX, to which devices publish and pressbox subscribes."""

    url: Annotated[str, Meta(description="mqtt:// or mqtts:// address of the broker, with its port")]
    user: Annotated[str | None, Meta(description="user pressbox is known to the broker by")] = None
    password: Annotated[str | None, Meta(description="such as ${MQTT_PASSWORD}", extra=SECRET)] = None
    ca_certificate: Annotated[
        str | None, Meta(description="PEM file of who signs the broker's certificate; unset: whom the machine trusts")
    ] = None
    certificate: Annotated[str | None, Meta(description="PEM file of the certificate pressbox shows the broker")] = None
    key: Annotated[str | None, Meta(description="PEM file of that certificate's key")] = None
    client_id: Annotated[
        str, Meta(description="name of the session at the broker: another one for each pressbox", min_length=1)
    ] = "pressbox"
    version: Annotated[Literal["5", "3.1.1"], Meta(description="version of MQTT")] = "5"
    topic: Annotated[
        str, Meta(description="what devices publish under: {stadium}, {session} and {device} each once")
    ] = TOPIC
    session_expiry_s: Annotated[
        int, Meta(description="seconds the broker keeps what comes while pressbox is away (MQTT 5)", ge=1, lt=1 << 32)
    ] = 7 * 86_400
    inflight_max: Annotated[
        int, Meta(description="messages the broker may send ahead of their acknowledgement (MQTT 5)", ge=1, le=65_535)
    ] = 1000


class Revocations(Protocol):
    """Who may bring nothing any more."""

    def revoked(self) -> frozenset[str]:
        """Return the devices that were revoked."""
        ...


class MqttSubscription:
    """
    Subscribes at the broker *settings* name and hands messages to *ingest*, see `run`.

    Files the settings name lie below *folder*. Devices are known by the topic they publish under: who may do so is the
    broker's to say. *refusals* counts by reason what became a dead letter because of its topic or its device, what was
    retained and therefore old, and logins the broker refused. *problem* says why nothing comes, as long as it does not.
    """

    def __init__(
        self, settings: MqttBrokerSettings, devices: Revocations, ingest: SensorIngest, clock: Clock, *, folder: Path
    ) -> None:
        """
        Check the settings; nothing is connected before `run`.

        Raises:
            BadSettings: address, files or topic cannot be used, or the extra is not installed.
        """
        check_installed()
        self.refusals: Counter[str] = Counter()
        self.connections = 0
        self.problem = "not connected yet"
        self._settings, self._devices, self._ingest, self._clock = settings, devices, ingest, clock
        self._topic = SampleTopic(settings.topic)
        self._terms = _terms(settings, self._topic.filter, folder)
        self._revoked: frozenset[str] = frozenset()
        self._looked_s = float("-inf")
        self._had_session = False
        if self._terms.tls is None and settings.password is not None and self._terms.host not in _LOOPBACK:
            _LOGGER.warning("mqtt: %s speaks no TLS: the password can be read on the way", settings.url)

    @property
    def address(self) -> str:
        """Where the broker is."""
        return self._settings.url

    def run(self, stopping: threading.Event) -> None:
        """Stay connected until *stopping*; after each failure the pause is twice as long, up to half a minute."""
        pause_s = _PAUSE_S_MIN
        while not stopping.is_set():
            connection, begun_s = BrokerConnection(self._terms, self), self._clock.monotonic_s()
            try:
                connection.run(stopping)
            except Unavailable as error:
                was_short = self._clock.monotonic_s() - begun_s < _STEADY_S
                self._tell(f"{error}{self._hint}" if was_short and connection.was_subscribed else str(error))
                pause_s = min(2 * pause_s, _PAUSE_S_MAX) if was_short else _PAUSE_S_MIN
            finally:
                self.connections = 0
            stopping.wait(pause_s)

    @property
    def _hint(self) -> str:
        # Some brokers hang up on the older of two clients of one name and do not say why.
        return f"; if somebody else is client {self._settings.client_id} there, give each its own mqtt.client_id"

    def close(self) -> None:
        """Do nothing: a connection ends with `run`."""

    def connected(self, *, kept: bool) -> None:
        """Take note that the subscription stands, in a session the broker had *kept* or in a new one."""
        if self._had_session and not kept:
            self.refusals["session_lost"] += 1
            _LOGGER.warning("mqtt: %s has lost our session, and what waited in it; see its persistence", self.address)
        self._had_session = True
        self.connections, self.problem = 1, ""
        _LOGGER.info("mqtt: subscribed to %s at %s", self._topic.filter, self.address)

    def refused(self, reason: str) -> None:
        """Take note that the broker let us not in."""
        if reason in _WRONG_LOGIN:
            self.refusals["login"] += 1

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the disk that nothing more may be read."""
        return self._ingest.is_full

    def take(self, message: Message, stored: Callable[[], None]) -> None:
        """Hand *message* in; *stored* is called from another thread once it is on disk."""
        if message.retain:  # a copy of one that was sent before: nobody knows when
            self.refusals["retained"] += 1
            stored()
            return
        place, refusal = self._place_of(message)
        payload = bytes(message.payload)
        if len(payload) > _KEPT_BYTES_MAX:
            payload, refusal = payload[:_KEPT_BYTES_MAX], f"a message of {len(payload)} bytes, of which these are kept"
        self._ingest.hand_in(Incoming(*place, self._clock.now_ms(), payload, stored, refusal))

    def _place_of(self, message: Message) -> tuple[Place, str]:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "\ufffd"
        place = self._topic.place_of(topic)
        if place is None:
            self.refusals["topic"] += 1
            return _NOBODY, f"topic {topic} names no stadium, session and device"
        if place.device in self._revoked_now():
            self.refusals["banned"] += 1
            return place, f"device {place.device} was revoked"
        return place, ""

    def _revoked_now(self) -> frozenset[str]:
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s >= _REVOKED_EVERY_S:
            with suppress(Unavailable, BadSettings):
                self._revoked = self._devices.revoked()
            self._looked_s = now_s
        return self._revoked

    def _tell(self, problem: str) -> None:
        if problem != self.problem:
            _LOGGER.warning("mqtt: %s", problem)
        self.problem = problem


def _terms(settings: MqttBrokerSettings, topics: str, folder: Path) -> Terms:
    host, port, is_secure = _address(settings.url)
    if not is_secure and (settings.ca_certificate or settings.certificate or settings.key):
        raise BadSettings(f"mqtt.url: {settings.url!r} is without TLS and would show no certificate: write mqtts://")
    return Terms(
        url=settings.url,
        host=host,
        port=port,
        tls=_tls(settings, folder) if is_secure else None,
        user=settings.user,
        password=settings.password,
        client_id=settings.client_id,
        is_5=settings.version == "5",
        topics=topics,
        session_expiry_s=settings.session_expiry_s,
        inflight_max=settings.inflight_max,
    )


def _address(url: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadSettings(f"mqtt.url: {url!r}: {error}") from error
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise BadSettings(f"mqtt.url: {url!r} is no address of a broker, such as mqtts://broker.example:8883")
    return parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "mqtts"


def _tls(settings: MqttBrokerSettings, folder: Path) -> ssl.SSLContext:
    if (settings.certificate is None) != (settings.key is None):
        raise BadSettings("mqtt.certificate and mqtt.key: a certificate to show needs both")
    try:
        trusted = None if settings.ca_certificate is None else folder / settings.ca_certificate
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=trusted)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.certificate is not None and settings.key is not None:
            context.load_cert_chain(folder / settings.certificate, folder / settings.key)
    except (OSError, ssl.SSLError) as error:
        raise BadSettings(f"mqtt.ca_certificate, mqtt.certificate, mqtt.key: {error}") from error
    return context
