"""
The HTTP API of games: events come in here, and the answer goes out once the log has them on disk.

Clients send `POST /v1/events`, one event or a list. The routes without a key, such as `/purchase_a_sword`, are for curl
and load tools. A plain ASGI application: what a framework does for a request costs more here than the request.
"""

import asyncio
import hmac
import ipaddress
import logging
import socket
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final, TypeAlias

import msgspec
import uvicorn
import zstandard
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from msgspec import Meta, Struct

from pressbox.codec.action import Kept
from pressbox.errors import BadSettings
from pressbox.sources.collector_api import description
from pressbox.sources.event_ingest import EventIngest, Stored
from pressbox.sources.event_reading import EVENTS_MAX, EventAnswer, EventReading, ReadEvent, is_event_id
from pressbox.sources.s3 import SECRET

BODY_BYTES_MAX: Final = 1 << 20

_BODY_S_MAX: Final = 30.0
_STORE_S_MAX: Final = 30.0
_KEPT_CHARACTERS_MAX: Final = 1024
_ID_DIGITS_MAX: Final = 18

_LOGGER: Final = logging.getLogger(__name__)

Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]

_FIXED: Final[Mapping[str, tuple[str, Mapping[str, str], str]]] = {
    "/": ("default", {}, "This is the game. See /openapi.json for what it can do."),
    "/purchase_a_sword": ("purchase_sword", {"item": "sword"}, "Sword purchased!"),
    "/purchase_an_axe": ("purchase_axe", {"item": "axe"}, "Axe purchased!"),
    "/purchase_a_shield": ("purchase_shield", {"item": "shield"}, "Shield purchased!"),
    "/join_a_guild": ("join_guild", {}, "Guild joined!"),
    "/declare_a_war": ("declare_war", {"declaration": "war"}, "War declared!"),
    "/declare_peace": ("declare_peace", {"declaration": "peace"}, "Peace declared!"),
}
_BY_ID: Final[Mapping[str, tuple[str, str]]] = {
    "/join_a_guild/": ("guild_join", "Guild joined!"),
    "/kill_enemy/": ("enemy_kill", "Enemy killed!"),
    "/take_damage/": ("damage_take", "Damage taken!"),
    "/accepted_a_quest/": ("quest_accept", "Quest accepted!"),
    "/transaction/": ("transaction", "Transaction done!"),
}
_STATUS: Final = {"accepted": 200, "dead letter": 422, "unknown": 404, "refused": 503}
_JSON: Final = (b"content-type", b"application/json")
_TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")


class CollectedGame(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A game whose clients send events."""

    name: Annotated[str, Meta(description="name of the game, as its events have it", pattern="^[a-z][a-z0-9_]{0,62}$")]
    key: Annotated[
        str, Meta(description="key its clients send as Authorization: Bearer KEY", extra=SECRET, min_length=16)
    ]


class CollectorSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where mobile games send their events. Loopback unless told otherwise."""

    host: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(description="port to listen on; 0: any free one", ge=0, le=65535)] = 5000
    game: Annotated[str, Meta(description="the game of routes that need no key", pattern="^[a-z][a-z0-9_]{0,62}$")] = (
        "game"
    )
    games: Annotated[
        tuple[CollectedGame, ...],
        Meta(description="games with keys; none: on loopback clients need no key and are of *game*"),
    ] = ()
    origins: Annotated[
        tuple[str, ...], Meta(description="web origins whose pages may send events, such as https://play.example.com")
    ] = ()
    requests_per_s_max: Annotated[int, Meta(description="requests a second from one key or address", ge=1)] = 20_000
    roll_s: Annotated[float, Meta(description="seconds after which rows go to a Parquet file at the latest", gt=0)] = (
        60.0
    )
    roll_mb: Annotated[int, Meta(description="megabytes of rows that make a file at once", ge=1, le=1024)] = 64


class _Refused(Exception):
    """An answer that ends a request at once."""

    def __init__(self, status: int, reason: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(reason)
        self.status, self.headers = status, headers


class Collector:
    """The application and its server, which listens once it is made; see `run`."""

    def __init__(self, settings: CollectorSettings, ingest: EventIngest, reading: EventReading) -> None:
        """
        Listen.

        Raises:
            BadSettings: nobody may listen there, or strangers could send events without a key.
        """
        if not settings.games and not _is_loopback(settings.host):
            raise BadSettings(
                f"collector.host {settings.host}: others can reach it, and no key is asked for: "
                'add [[collector.games]] with name and key = "${NAME}"'
            )
        self._settings, self._ingest, self._reading = settings, ingest, reading
        self._keys = [(game.key.encode(), game.name) for game in settings.games]
        self._pace = FixedWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerSecond(settings.requests_per_s_max)
        self._schema = msgspec.json.encode(description(sorted(_FIXED), sorted(_BY_ID)))
        self._listener = _listen(settings)
        self.address = "http://{}:{}".format(*self._listener.getsockname()[:2])
        self._server = uvicorn.Server(
            uvicorn.Config(
                self,
                lifespan="off",
                ws="none",
                log_level="error",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=1,
            )
        )

    def run(self) -> None:
        """Answer until `close`."""
        self._server.run(sockets=[self._listener])

    def close(self) -> None:
        """Stop soon; may be called from any thread."""
        self._server.should_exit = True

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        more = self._allowed_origin(headers)
        try:
            status, own, body = await self._answer(scope, headers, receive)
        except _Refused as refused:
            status, own = refused.status, [_JSON, *refused.headers]
            body = msgspec.json.encode({"detail": str(refused)})
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [*own, length, *more]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(
        self, scope: dict[str, Any], headers: Mapping[bytes, bytes], receive: Receive
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        path, method = scope["path"], scope["method"]
        if path == "/v1/events":
            if method == "OPTIONS":
                return 204, _PREFLIGHT, b""
            _demand(method, "POST", "OPTIONS")
            return await self._take(scope, headers, receive)
        if path in _FIXED:
            _demand(method, "GET")
            event_type, fields, said = _FIXED[path]
            self._keep_pace(_client(scope))
            game, kept, event_id = self._settings.game, _kept(headers), _header_id(headers)
            return await self._routed(self._reading.fixed(game, event_type, fields, kept, event_id), said)
        beginning = path[: path.rfind("/") + 1]
        if beginning in _BY_ID:
            _demand(method, "GET")
            event_type, said = _BY_ID[beginning]
            self._keep_pace(_client(scope))
            number = _number(path[len(beginning) :])
            read = self._reading.named(self._settings.game, event_type, number, _kept(headers), _header_id(headers))
            return await self._routed(read, said)
        if path == "/openapi.json":
            _demand(method, "GET", "HEAD")
            return 200, [_JSON], self._schema
        if path == "/healthz":
            _demand(method, "GET", "HEAD")
            return 200, [_JSON], b'{"status":"ready"}'
        raise _Refused(404, f"there is no {path[:200]}: /openapi.json tells what there is")

    async def _routed(self, read: ReadEvent, said: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        (answer,) = await self._store([read])
        if answer.status != "accepted":
            raise _Refused(_STATUS[answer.status], answer.reason, *_RETRY.get(answer.status, ()))
        return 200, [_TEXT, (b"event-id", answer.event_id.encode())], f"{said}\n".encode()

    async def _take(
        self, scope: dict[str, Any], headers: Mapping[bytes, bytes], receive: Receive
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        game = self._game(scope, headers)
        body = _unpacked(await _body(headers, receive), headers.get(b"content-encoding", b"").lower())
        read, is_list = self._reading.body(game, body, _kept(headers), _header_id(headers))
        if len(read) > EVENTS_MAX:
            raise _Refused(413, f"{len(read)} events at once: {EVENTS_MAX} at most")
        answers = await self._store(read)
        if not is_list:
            status = _STATUS[answers[0].status]
            return status, [_JSON, *_RETRY.get(answers[0].status, ())], msgspec.json.encode(answers[0])
        states = {answer.status for answer in answers}
        status = 200 if states <= {"accepted"} else 503 if states == {"refused"} else 207
        retry = _RETRY["refused"] if "refused" in states else ()
        return status, [_JSON, *retry], msgspec.json.encode({"results": answers})

    async def _store(self, read: list[ReadEvent]) -> list[EventAnswer]:
        records = [one.record for one in read if one.record is not None]
        stored = iter(await self._stored(records) if records else ())
        answers = []
        for one in read:
            if one.record is None:
                answers.append(EventAnswer(one.event_id, "unknown", reason=one.reason))
                continue
            place = next(stored)
            if place.problem:
                answers.append(EventAnswer(one.event_id, "refused", reason=place.problem))
            else:
                status: Any = "dead letter" if one.reason else "accepted"
                answers.append(EventAnswer(one.event_id, status, place.partition, place.offset, one.reason))
        return answers

    async def _stored(self, records: list[Any]) -> list[Stored]:
        if self._ingest.is_full:
            raise _Refused(503, "too much waits for the disk: send it again in a second", *_RETRY["refused"])
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Stored]] = loop.create_future()

        def answer(stored: list[Stored]) -> None:
            loop.call_soon_threadsafe(_resolve, future, stored)

        self._ingest.hand_in(records, answer)
        return await asyncio.wait_for(future, _STORE_S_MAX)

    def _game(self, scope: dict[str, Any], headers: Mapping[bytes, bytes]) -> str:
        if not self._keys:
            self._keep_pace(_client(scope))
            return self._settings.game
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer":
            found = [game for key, game in self._keys if hmac.compare_digest(key, token.strip())]
            if found:
                self._keep_pace(found[0])
                return found[0]
        self._keep_pace(_client(scope))
        raise _Refused(401, "say which game you are: Authorization: Bearer KEY", (b"www-authenticate", b"Bearer"))

    def _keep_pace(self, who: str) -> None:
        if not self._pace.hit(self._limit, who):
            limit = f"{self._settings.requests_per_s_max} requests a second"
            raise _Refused(429, f"more than {limit}: go on in a second", (b"retry-after", b"1"))

    def _allowed_origin(self, headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and origin in self._settings.origins:
            return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin")]
        return []


_RETRY: Final[Mapping[str, tuple[tuple[bytes, bytes], ...]]] = {"refused": ((b"retry-after", b"1"),)}
_PREFLIGHT: Final = [
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding, idempotency-key"),
    (b"access-control-max-age", b"600"),
]


def _resolve(future: asyncio.Future[list[Stored]], stored: list[Stored]) -> None:
    if not future.done():  # the client may have left
        future.set_result(stored)


def _demand(method: str, *allowed: str) -> None:
    if method not in allowed:
        raise _Refused(405, f"{method} is nothing to do here", (b"allow", ", ".join(allowed).encode()))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > _ID_DIGITS_MAX:
        raise _Refused(404, f"{text[:50]!r} is no id: an id is a whole number")
    return int(text)


def _client(scope: Mapping[str, Any]) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _kept(headers: Mapping[bytes, bytes]) -> Kept:
    return Kept(*(_text(headers.get(name)) for name in (b"accept", b"host", b"user-agent")))


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")[:_KEPT_CHARACTERS_MAX]


def _header_id(headers: Mapping[bytes, bytes]) -> str | None:
    value = headers.get(b"idempotency-key")
    if value is None:
        return None
    text = value.decode("latin-1")
    if not is_event_id(text):
        raise _Refused(400, "Idempotency-Key is 1 to 128 visible ASCII characters")
    return text


async def _body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > BODY_BYTES_MAX:
        raise _too_much()
    parts, size, is_more = [], 0, True
    try:
        async with asyncio.timeout(_BODY_S_MAX):
            while is_more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Refused(400, "the connection closed before the body ended")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > BODY_BYTES_MAX:
                    raise _too_much()
                is_more = message.get("more_body", False)
    except TimeoutError:
        raise _Refused(408, f"the body did not come within {_BODY_S_MAX:.0f} s", (b"connection", b"close")) from None
    return b"".join(parts)


def _unpacked(body: bytes, encoding: bytes) -> bytes:
    try:
        match encoding:
            case b"" | b"identity":
                return body
            case b"gzip":
                unpacking = zlib.decompressobj(wbits=31)
                plain = unpacking.decompress(body, BODY_BYTES_MAX + 1)
                is_whole = unpacking.eof
            case b"zstd":
                stream = zstandard.ZstdDecompressor(max_window_size=8 << 20).stream_reader(body)
                plain, is_whole = stream.read(BODY_BYTES_MAX + 1), True
            case _:
                raise _Refused(415, "content-encoding is gzip, zstd or none", (b"accept-encoding", b"gzip, zstd"))
    except (zlib.error, zstandard.ZstdError) as error:
        raise _Refused(400, f"the body is no {encoding.decode()}: {error}") from error
    if len(plain) > BODY_BYTES_MAX:
        raise _too_much()
    if not is_whole:
        raise _Refused(400, f"the body ends before its {encoding.decode()} does")
    return plain


def _too_much() -> _Refused:
    return _Refused(
        413, f"a body holds {BODY_BYTES_MAX} bytes, unpacked: send fewer events at once", (b"connection", b"close")
    )


def _listen(settings: CollectorSettings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port), backlog=1024)
    except OSError as error:
        raise BadSettings(
            f"collector {settings.host}:{settings.port}: {error.strerror}: choose another port"
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
