"""
The MQTT listener inside the process: devices publish here, and a message is acknowledged once the log has it.

It is no broker: nobody can subscribe, nothing is retained, no session is kept. A device that was away sends again what
was not acknowledged; repeats are told by boot and sequence.
"""

import asyncio
import ipaddress
import logging
import socket
import ssl
import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final, Protocol

from msgspec import Meta, Struct

from pressbox.codec.mqtt_field import Reason
from pressbox.codec.sensor_message import MESSAGE_BYTES_MAX
from pressbox.errors import BadSettings, Unavailable
from pressbox.model.device import Admission
from pressbox.sources.mqtt_connection import MqttConnection, Terms
from pressbox.sources.mqtt_topic import TOPIC, Place, SampleTopic
from pressbox.sources.sensor_ingest import Incoming, SensorIngest
from pressbox.stream.clock import Clock

_HEADROOM_BYTES: Final = 1024
_LOOK_EVERY_S: Final = 1.0
_ROOM_EVERY_S: Final = 0.5
_HANDSHAKE_S: Final = 10.0
_GOODBYE_S: Final = 2.0
_CROWD: Final = 2
_BACKLOG: Final = 1024

_LOGGER: Final = logging.getLogger(__name__)


class MqttSettings(Struct, frozen=True, kw_only=True, tag="listener", tag_field="kind", forbid_unknown_fields=True):
    """A listener inside the process, to which devices publish by MQTT 3.1.1 or 5. It is what is meant without a kind."""

    host: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(description="port to listen on; 0: any free one", ge=0, le=65535)] = 1883
    certificate: Annotated[
        str | None, Meta(description="PEM file of the server's certificate and those above it; unset: no TLS")
    ] = None
    key: Annotated[str | None, Meta(description="PEM file of the certificate's key")] = None
    topic: Annotated[
        str, Meta(description="what a device publishes under: {stadium}, {session} and {device} each once")
    ] = TOPIC
    connections_max: Annotated[int, Meta(description="devices that may be connected at once", ge=1)] = 1000
    packet_bytes_max: Annotated[int, Meta(description="bytes of the longest packet that is taken", ge=128)] = (
        MESSAGE_BYTES_MAX + _HEADROOM_BYTES
    )
    messages_per_s_max: Annotated[
        int, Meta(description="messages a second read from one connection; what is more waits", ge=1)
    ] = 200
    keep_alive_s_max: Annotated[
        int, Meta(description="a connection silent for one and a half times as many seconds is ended", ge=1, le=65535)
    ] = 300


class Devices(Protocol):
    """Who may come in."""

    def admit(self, name: str, password: str) -> Admission:
        """Return whether *password* shows that somebody is *name*."""
        ...

    def admit_certificate(self, name: str, fingerprint: str) -> Admission:
        """Return whether the certificate of *fingerprint* still is that of *name*."""
        ...

    def revoked(self) -> frozenset[str]:
        """Return the devices that were revoked."""
        ...


class MqttListener:
    """
    Listens as *settings* say and hands messages to *ingest*.

    Files the settings name lie below *folder*. Client certificates are taken where the file *authority*, which signs
    them, is there when the listener is made. *refusals* counts what was refused, by reason. *problem* stays empty: who
    cannot listen does not start.
    """

    def __init__(
        self,
        settings: MqttSettings,
        devices: Devices,
        ingest: SensorIngest,
        clock: Clock,
        *,
        folder: Path,
        authority: Path,
    ) -> None:
        """
        Take the port; connections are taken by `run`.

        Raises:
            BadSettings: the port, the certificate or the topic cannot be used.
        """
        self.terms = Terms(settings.packet_bytes_max, settings.keep_alive_s_max, settings.messages_per_s_max)
        self.refusals: Counter[str] = Counter()
        self.problem = ""
        self._settings, self._devices, self._ingest, self._clock = settings, devices, ingest, clock
        self._topic = SampleTopic(settings.topic)
        self._tls = _tls(settings, folder, authority)
        self._open: set[MqttConnection] = set()
        self._entered: dict[str, MqttConnection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = threading.Lock()
        self._works: deque[Callable[[], None]] = deque()
        self._is_woken = False
        self._socket = _listen(settings)
        if self._tls is None and not _is_loopback(settings.host):
            _LOGGER.warning("mqtt: %s is no loopback address and TLS is off: passwords can be read", settings.host)

    @property
    def address(self) -> str:
        """Where it listens."""
        host, port = self._socket.getsockname()[:2]
        scheme = "mqtt" if self._tls is None else "mqtts"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    @property
    def connections(self) -> int:
        """How many devices are connected."""
        return len(self._entered)

    @property
    def is_crowded(self) -> bool:
        """Whether there are more connections than there may be, those counted that did not say yet who they are."""
        return len(self._open) > self._settings.connections_max

    def run(self, stopping: threading.Event) -> None:
        """Take connections until *stopping*."""
        self._stopping = stopping
        with ThreadPoolExecutor(1, "mqtt passwords") as passwords:  # one: hashing may not take all processors
            self._passwords = passwords
            asyncio.run(self._serve())

    def close(self) -> None:
        """Let go of the port."""
        self._socket.close()

    def now_ms(self) -> int:
        """Return epoch milliseconds."""
        return self._clock.now_ms()

    def admit(self, user: str, password: str) -> Awaitable[Admission]:
        """Return whether the password is that of the device."""
        return self._loop.run_in_executor(self._passwords, self._devices.admit, user, password)

    def admit_certificate(self, device: str, fingerprint: str) -> Awaitable[Admission]:
        """Return whether the certificate still is that of the device."""
        return self._loop.run_in_executor(self._passwords, self._devices.admit_certificate, device, fingerprint)

    def enter(self, connection: MqttConnection) -> None:
        """Take note of a device that was admitted; an older connection of it ends."""
        before = self._entered.get(connection.device)
        self._entered[connection.device] = connection
        if before is not None:
            before.end(Reason.TAKEN_OVER)

    def place_of(self, topic: str) -> Place | None:
        """Return what *topic* names, None where it is none for samples."""
        return self._topic.place_of(topic)

    def hand_in(self, incoming: Incoming) -> None:
        """Take a message on its way to the log."""
        self._ingest.hand_in(incoming)

    async def room(self, has_room: Callable[[], bool]) -> None:
        """Wait until *has_room* and the log keeps up, or all ends."""
        while not self._stopping.is_set() and (self._ingest.is_full or not has_room()):
            with suppress(TimeoutError):
                async with asyncio.timeout(_ROOM_EVERY_S):
                    await self._moved.wait()

    def in_loop(self, work: Callable[[], None]) -> None:
        """Do *work* in the thread of the connections, together with what else waits there."""
        with self._turn:
            self._works.append(work)
            if self._is_woken:
                return
            self._is_woken = True
        with suppress(RuntimeError):  # the loop has ended: what is not acknowledged is sent again
            self._loop.call_soon_threadsafe(self._work)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._moved = asyncio.Event()
        server = await asyncio.start_server(
            self._accept,
            sock=self._socket,
            ssl=self._tls,
            ssl_handshake_timeout=None if self._tls is None else _HANDSHAKE_S,
            ssl_shutdown_timeout=None if self._tls is None else _GOODBYE_S,
            backlog=_BACKLOG,
        )
        looking = asyncio.create_task(self._look_for_revoked())
        await asyncio.to_thread(self._stopping.wait)
        looking.cancel()
        server.close()
        for connection in list(self._open):
            connection.close()
        await asyncio.gather(looking, *self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= _CROWD * self._settings.connections_max:
            self.refusals["crowd"] += 1
            writer.close()
            return
        connection = MqttConnection(reader, writer, self)
        task = asyncio.current_task()
        self._open.add(connection)
        if task is not None:
            self._tasks.add(task)
        try:
            await connection.run()
        finally:
            self._open.discard(connection)
            if task is not None:
                self._tasks.discard(task)
            if self._entered.get(connection.device) is connection:
                del self._entered[connection.device]

    async def _look_for_revoked(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            with suppress(Unavailable, BadSettings):
                revoked = await self._loop.run_in_executor(self._passwords, self._devices.revoked)
                for device in revoked & self._entered.keys():
                    self._entered[device].end(Reason.BANNED)

    def _work(self) -> None:
        with self._turn:
            works, self._works, self._is_woken = self._works, deque[Callable[[], None]](), False
        for work in works:
            work()
        self._moved.set()
        self._moved = asyncio.Event()


def _tls(settings: MqttSettings, folder: Path, authority: Path) -> ssl.SSLContext | None:
    if settings.certificate is None and settings.key is None:
        return None
    if settings.certificate is None or settings.key is None:
        raise BadSettings("mqtt.certificate and mqtt.key: TLS needs both")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(folder / settings.certificate, folder / settings.key)
        if authority.exists():
            context.load_verify_locations(authority)
            context.verify_mode = ssl.CERT_OPTIONAL
    except (OSError, ssl.SSLError) as error:
        raise BadSettings(f"mqtt.certificate {settings.certificate}, mqtt.key {settings.key}: {error}") from error
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(settings: MqttSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise BadSettings(f"mqtt: cannot listen on {settings.host} port {settings.port}: {error.strerror}") from error
    return listener
