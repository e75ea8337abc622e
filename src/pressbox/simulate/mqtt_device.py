"""
One device at an MQTT broker: a connection of its own, which comes back and sends again what was not acknowledged.

All of it runs in one event loop, except that a connection is opened in another thread, because that blocks.
"""

import asyncio
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple

from msgspec import Struct

from pressbox.errors import BadInput, BadSettings, PressboxError, Unavailable

try:
    from paho.mqtt import client as paho
    from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
except ModuleNotFoundError as error:
    raise BadSettings("publishing by MQTT needs paho-mqtt: install it with pip install 'pressbox[mqtt]'") from error

INFLIGHT_MAX: Final = 50

_KEEP_ALIVE_S: Final = 60
_ANSWER_S: Final = 15.0
_GOODBYE_S: Final = 2.0
_WAITS_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_PASSING: Final = frozenset({"Server unavailable", "Server busy", "Quota exceeded", "Connection rate exceeded"})


class Broker(Struct, frozen=True):
    """Where to publish. With *tls* the connection is encrypted; *authority* is a PEM file to trust, unset: the system's."""

    host: str
    port: int
    tls: bool = False
    authority: str | None = None

    def __str__(self) -> str:
        """Return it as a person writes it."""
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


class Identity(Struct, frozen=True):
    """By what a broker knows the device *name*: a password, or a certificate and its key as PEM files."""

    name: str
    password: str | None = None
    certificate: tuple[str, str] | None = None


class Outgoing(NamedTuple):
    """A message on its way since *sent_s*, and how many samples are in it."""

    topic: str
    payload: bytes
    samples: int
    sent_s: float


class Watcher(NamedTuple):
    """Who is told when a message is acknowledged, and when one is refused, with the reason."""

    acknowledged: Callable[[Outgoing], None]
    refused: Callable[[Outgoing, str], None]


class MqttDevice:
    """The device *identity* at *broker*, by MQTT 5. To be made and used within one running event loop."""

    def __init__(self, identity: Identity, broker: Broker, watcher: Watcher) -> None:
        self.name = identity.name
        self.problem = ""
        self.reconnects = 0
        self._identity, self._broker, self._watcher = identity, broker, watcher
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._outbox: deque[Outgoing] = deque()
        self._inflight: dict[int, Outgoing] = {}
        self._inflight_max = INFLIGHT_MAX
        self._client: paho.Client | None = None
        self._answer: asyncio.Future[None] | None = None
        self._is_connected = False
        self._gone = asyncio.Event()
        self._is_closing = False
        self._returning: asyncio.Task[None] | None = None

    @property
    def unacknowledged(self) -> int:
        """How many messages are not acknowledged yet."""
        return len(self._outbox) + len(self._inflight)

    async def connect(self) -> None:
        """
        Connect.

        Raises:
            BadInput: the broker refuses the device for good.
            Unavailable: it cannot be reached, or cannot take it now.
        """
        self._answer = self._loop.create_future()
        self._client = client = self._new_client()
        try:
            await self._loop.run_in_executor(None, client.connect, self._broker.host, self._broker.port, _KEEP_ALIVE_S)
            async with asyncio.timeout(_ANSWER_S):
                await self._answer
        except TimeoutError as error:
            raise Unavailable(f"{self._broker} does not answer device {self.name}") from error
        except ssl.SSLError as error:
            raise BadInput(f"{self._broker}: no TLS connection for device {self.name}: {error}") from error
        except OSError as error:
            raise Unavailable(f"{self._broker} cannot be reached: {error.strerror or error}") from error

    def send(self, outgoing: Outgoing) -> None:
        """Send *outgoing* as soon as there is a connection and room in it."""
        self._outbox.append(outgoing)
        self._pump()

    def cut(self) -> None:
        """Lose the connection as one out of reach does, without a word; it comes back by itself."""
        sock = self._client.socket() if self._client is not None and self._is_connected else None
        if isinstance(sock, socket.socket):
            sock.shutdown(socket.SHUT_RDWR)

    def look_after(self) -> None:
        """Keep the connection alive; to be called each second or so."""
        if self._client is not None and self._is_connected:
            self._client.loop_misc()

    async def close(self) -> None:
        """Say goodbye. What is not acknowledged stays so."""
        self._is_closing = True
        if self._returning is not None:
            self._returning.cancel()
        if self._client is not None and self._is_connected:
            self._client.disconnect()
            with suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE_S):
                    await self._gone.wait()

    def _pump(self) -> None:
        client = self._client
        while client is not None and self._is_connected and self._outbox and len(self._inflight) < self._inflight_max:
            outgoing = self._outbox[0]
            sent = client.publish(outgoing.topic, outgoing.payload, qos=1)
            if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return  # the connection is going: `_lost` will be told
            self._inflight[sent.mid] = self._outbox.popleft()

    def _new_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.name,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        client.max_inflight_messages_set(INFLIGHT_MAX)
        if self._identity.password is not None:
            client.username_pw_set(self.name, self._identity.password)
        if self._broker.tls:
            certificate, key = self._identity.certificate or (None, None)
            client.tls_set(self._broker.authority, certificate, key)
        client.on_connect = self._on_connect
        client.on_disconnect = lambda client, *_: self._lost(client)
        client.on_publish = self._on_publish
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = lambda _client, _data, sock: self._in_loop(self._loop.remove_reader, sock.fileno())
        client.on_socket_register_write = lambda client, _data, sock: self._in_loop(
            self._loop.add_writer, sock.fileno(), client.loop_write
        )
        client.on_socket_unregister_write = lambda _client, _data, sock: self._in_loop(
            self._loop.remove_writer, sock.fileno()
        )
        return client

    def _in_loop(self, work: Callable[..., object], *arguments: Any) -> None:
        if self._loop.is_closed():  # a client that was left alone closes its socket when it is collected
            return
        if threading.get_ident() == self._thread:
            work(*arguments)
        else:
            self._loop.call_soon_threadsafe(work, *arguments)

    def _on_socket_open(self, client: paho.Client, _data: Any, sock: Any) -> None:
        self._in_loop(self._loop.add_reader, sock.fileno(), self._read, client)

    def _read(self, client: paho.Client) -> None:
        client.loop_read()
        while isinstance(sock := client.socket(), ssl.SSLSocket) and sock.pending():
            client.loop_read()  # what TLS has unpacked already wakes nobody

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, properties: Any) -> None:
        answer = self._answer
        if answer is None or answer.done() or client is not self._client:
            return
        if reason.is_failure:
            told = f"device {self.name} is refused by {self._broker}: {reason}"
            answer.set_exception(Unavailable(told) if str(reason) in _PASSING else BadInput(told))
            return
        self._inflight_max = min(INFLIGHT_MAX, getattr(properties, "ReceiveMaximum", INFLIGHT_MAX))
        self._is_connected = True
        self._gone.clear()
        answer.set_result(None)
        self._pump()

    def _on_publish(self, client: paho.Client, _data: Any, number: int, reason: Any, _properties: Any) -> None:
        outgoing = self._inflight.pop(number, None) if client is self._client else None
        if outgoing is None:
            return
        if reason.is_failure:
            self._watcher.refused(outgoing, str(reason))
        else:
            self._watcher.acknowledged(outgoing)
        self._pump()

    def _lost(self, client: paho.Client) -> None:
        if client is not self._client:
            return
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Unavailable(f"{self._broker} hung up on device {self.name}"))
        if not self._is_connected:
            return
        self._is_connected = False
        self._gone.set()
        self._outbox.extendleft(reversed(self._inflight.values()))
        self._inflight.clear()
        if not self._is_closing:
            self._returning = self._loop.create_task(self._return())

    async def _return(self) -> None:
        for wait_s in (*_WAITS_S, *_WAITS_S[-1:] * 1000):
            await asyncio.sleep(wait_s)
            try:
                await self.connect()
            except BadInput as error:
                self.problem = str(error)
                return
            except PressboxError as error:
                self.problem = str(error)
            else:
                self.problem = ""
                self.reconnects += 1
                return
