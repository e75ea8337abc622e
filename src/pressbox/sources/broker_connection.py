"""
One connection to an MQTT broker, from CONNECT to its end, with acknowledgements of our own.

Messages of a connection are acknowledged on that connection or not at all, in the order they came: another connection
may give their numbers to other messages.
"""

import selectors
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

from msgspec import Struct

from pressbox.errors import BadSettings, Unavailable

try:
    from paho.mqtt import client as paho
    from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties
    from paho.mqtt.subscribeoptions import SubscribeOptions
except ImportError:  # an extra: who subscribes is told its name
    _CLIENT = False
else:
    _CLIENT = True

_KEEP_ALIVE_S: Final = 30
_CONNECT_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.5
_FULL_S: Final = 0.01


class Terms(Struct, frozen=True, kw_only=True):
    """What the settings say of the broker and of us there."""

    url: str
    host: str
    port: int
    tls: ssl.SSLContext | None
    user: str | None
    password: str | None
    client_id: str
    is_5: bool
    topics: str
    session_expiry_s: int
    inflight_max: int


class Message(Protocol):
    """What the broker sent."""

    mid: int
    qos: int
    retain: bool
    payload: bytes

    @property
    def topic(self) -> str:
        """The topic it was published under; a `UnicodeDecodeError` where that is none."""
        ...


class Receiver(Protocol):
    """Who takes the messages, in the thread of the connection."""

    @property
    def is_full(self) -> bool:
        """Whether nothing more may be read now."""
        ...

    def connected(self, *, kept: bool) -> None:
        """Take note that the subscription stands, in a session the broker had *kept* or in a new one."""
        ...

    def refused(self, reason: str) -> None:
        """Take note that the broker let us not in."""
        ...

    def take(self, message: Message, stored: Callable[[], None]) -> None:
        """Take *message* and call *stored*, from any thread, once it is on disk."""
        ...


def check_installed() -> None:
    """
    Raise where the client library is missing.

    Raises:
        BadSettings: it is.
    """
    if not _CLIENT:
        raise BadSettings("an MQTT broker needs paho-mqtt: install it with pip install 'pressbox[mqtt]'")


class _Waiting:
    """A message on its way to the disk."""

    __slots__ = ("is_stored", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_stored = False


class BrokerConnection:
    """Connects on *terms* and gives *receiver* what comes. All but what it is given to call is done by `run`'s thread."""

    def __init__(self, terms: Terms, receiver: Receiver) -> None:
        self.was_subscribed = False
        self._terms, self._receiver = terms, receiver
        self._is_kept = False
        self._end = ""
        self._waiting: deque[_Waiting] = deque()
        self._received = 0
        self._is_woken = False
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        self._client = self._made()

    def run(self, stopping: threading.Event) -> None:
        """
        Talk until *stopping*.

        Raises:
            Unavailable: the connection came to no good or to its end.
        """
        try:
            self._connect()
            with selectors.DefaultSelector() as selector:
                selector.register(self._bell, selectors.EVENT_READ)
                connection: Any = self._client.socket()
                selector.register(connection, selectors.EVENT_READ)
                while not stopping.is_set() and self._client.socket() is not None:
                    self._turn(selector, stopping)
            if not stopping.is_set():
                raise Unavailable(self._end or f"{self._terms.url} hung up")
            self._client.disconnect()
        finally:
            self._bell.close()
            self._ringer.close()

    def _made(self) -> "paho.Client":
        terms, is_5 = self._terms, self._terms.is_5
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=terms.client_id,
            clean_session=None if is_5 else False,
            protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = _CONNECT_S
        if terms.user is not None:
            client.username_pw_set(terms.user, terms.password)
        if terms.tls is not None:
            client.tls_set_context(terms.tls)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _connect(self) -> None:
        wishes: dict[str, Any] = {}
        if self._terms.is_5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = self._terms.session_expiry_s
            properties.ReceiveMaximum = self._terms.inflight_max
            wishes = {"clean_start": False, "properties": properties}
        try:
            self._client.connect(self._terms.host, self._terms.port, _KEEP_ALIVE_S, **wishes)
        except (OSError, ValueError) as error:  # a certificate that is not good is an OSError as well
            raise Unavailable(f"{self._terms.url}: {error}") from error

    def _turn(self, selector: selectors.BaseSelector, stopping: threading.Event) -> None:
        connection: Any = self._client.socket()
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._client.want_write() else 0)
        if selector.get_key(connection).events != wanted:
            selector.modify(connection, wanted)
        for key, events in selector.select(_LOOK_EVERY_S):
            if key.fileobj is self._bell:
                self._bell.recv(64)
            elif events & selectors.EVENT_WRITE:
                self._client.loop_write()
            elif events & selectors.EVENT_READ:
                self._read(stopping)
        self._acknowledge()
        self._client.loop_misc()

    def _read(self, stopping: threading.Event) -> None:
        """Read what has come; what TLS has taken from the socket does not show there any more."""
        while True:
            while self._receiver.is_full and not stopping.wait(_FULL_S):
                self._acknowledge()
            before = self._received
            self._client.loop_read()
            connection: Any = self._client.socket()
            is_more = isinstance(connection, ssl.SSLSocket) and connection.pending()
            if connection is None or (self._received == before and not is_more):
                return

    def _acknowledge(self) -> None:
        self._is_woken = False  # before looking: what is stored from now on rings again
        while self._waiting and self._waiting[0].is_stored:
            self._client.ack(self._waiting.popleft().number, 1)

    def _stored(self, waiting: _Waiting) -> None:
        waiting.is_stored = True
        if not self._is_woken:
            self._is_woken = True
            with suppress(OSError):  # the connection has ended: the broker sends it again
                self._ringer.send(b"\0")

    def _on_connect(self, client: "paho.Client", _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._receiver.refused(str(reason))
            self._end = f"{self._terms.url} refuses user {self._terms.user} as {self._terms.client_id}: {reason}"
            return
        self._is_kept = bool(flags.session_present)
        if self._terms.is_5:
            options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
            client.subscribe(self._terms.topics, options=options)
        else:
            client.subscribe(self._terms.topics, qos=1)

    def _on_subscribe(self, client: "paho.Client", _data: Any, _number: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._end = f"{self._terms.url} lets us not subscribe to {self._terms.topics}: {reasons[0]}"
            client.disconnect()
            return
        self.was_subscribed = True
        self._receiver.connected(kept=self._is_kept)

    def _on_disconnect(self, _client: "paho.Client", _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._end = self._end or f"{self._terms.url}: the connection ended: {reason}"

    def _on_message(self, _client: "paho.Client", _data: Any, message: Any) -> None:
        self._received += 1
        one = _Waiting(message.mid)
        if message.qos:
            self._waiting.append(one)
        self._receiver.take(message, lambda: self._stored(one))
