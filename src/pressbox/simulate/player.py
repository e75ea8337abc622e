"""
What players of a mobile game send, by seed, and callers that send it.

The same seed sends the same events under the same ids: whoever calls twice doubles nothing.
"""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from pressbox.errors import BadSettings, Unavailable
from pressbox.simulate.chance import Chance

MIX: Final[Mapping[str, int]] = {
    "purchase_sword": 10, "purchase_axe": 4, "purchase_shield": 6, "join_guild": 4, "declare_war": 1, "declare_peace": 1,
    "guild_join": 8, "enemy_kill": 24, "damage_take": 24, "quest_accept": 8, "transaction": 10,
}  # fmt: skip
"""How often each type of event is sent, in parts."""

_IDS: Final = {
    "guild_join": ("guild_id", 8),
    "enemy_kill": ("enemy_id", 10),
    "damage_take": ("enemy_id", 10),
    "quest_accept": ("quest_id", 6),
    "transaction": ("inventory_id", 21),
}
_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "purchase_sword": {"item": "sword"},
    "purchase_axe": {"item": "axe"},
    "purchase_shield": {"item": "shield"},
    "declare_war": {"declaration": "war"},
    "declare_peace": {"declaration": "peace"},
}
_TIMEOUT_S: Final = 30.0
_TRIES_MAX: Final = 8
_REST_S_MAX: Final = 2.0


class PlayersTold(Struct, frozen=True):
    """What became of the events by answer, how many requests it took, how many had to be sent again, and how long."""

    answers: dict[str, int]
    requests: int
    sent_again: int
    seconds: float


def played(seed: int, player: int, *, mix: Mapping[str, int] = MIX, bad: float = 0.0) -> Iterator[bytes]:
    """Yield the events of *player*, without end; the share *bad* of them is broken, unknown, or names a wrong id."""
    chance = Chance(f"{seed}/{player}")
    types = [event_type for event_type, parts in mix.items() for _ in range(parts)]
    number = 0
    while True:
        event_id = f"{seed}-{player}-{number}"
        number += 1
        if chance.happens(bad):
            yield _bad(chance, event_id)
            continue
        event_type = chance.pick(types)
        event: dict[str, Any] = {"event_type": event_type, "event_id": event_id, **_FIELDS.get(event_type, {})}
        if event_type in _IDS:
            key, last = _IDS[event_type]
            event[key] = chance.between(1, last)
        yield json.dumps(event).encode()


def _bad(chance: Chance, event_id: str) -> bytes:
    events: list[dict[str, Any]] = [
        {"event_type": "cheat", "event_id": event_id},
        {"event_type": "enemy_kill", "event_id": event_id, "enemy_id": 10_000},
        {"event_type": "transaction", "event_id": event_id, "inventory_id": "a sword"},
        {"event_id": event_id},
    ]
    return json.dumps(chance.pick(events)).encode()


class Players:
    """So many *players* at *address*, each on a connection of its own, who send *events* in all, *batch* at a time."""

    def __init__(
        self,
        address: str,
        *,
        players: int,
        events: int,
        batch: int = 1,
        per_s: float | None = None,
        seed: int = 0,
        bad: float = 0.0,
        key: str | None = None,
        mix: Mapping[str, int] = MIX,
    ) -> None:
        """
        Make ready.

        Raises:
            BadSettings: *address* is none of HTTP.
        """
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadSettings(f"{address!r} is no address such as http://127.0.0.1:5000")
        self._parts, self._players, self._events, self._batch = parts, players, events, batch
        self._per_s, self._seed, self._bad, self._mix = per_s, seed, bad, mix
        self._headers = {"Content-Type": "application/json", "User-Agent": "pressbox players"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"
        self._answers: Counter[str] = Counter()
        self._requests = self._sent_again = 0
        self._turn = threading.Lock()
        self._failure: BaseException | None = None

    def play(self, told: Callable[[int], None] = lambda _: None) -> PlayersTold:
        """
        Send all of it; *told* hears of each number of events that was answered.

        Raises:
            Unavailable: the collector does not answer, however often it is asked.
        """
        begin_s = time.monotonic()
        shares = [self._events // self._players + (one < self._events % self._players) for one in range(self._players)]
        threads = [threading.Thread(target=self._send_all, args=(*one, told)) for one in enumerate(shares)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failure is not None:
            raise self._failure
        return PlayersTold(
            dict(sorted(self._answers.items())), self._requests, self._sent_again, time.monotonic() - begin_s
        )

    def _send_all(self, player: int, share: int, told: Callable[[int], None]) -> None:
        events = played(self._seed, player, mix=self._mix, bad=self._bad)
        begin_s, done = time.monotonic(), 0
        connection = self._connection()
        try:
            while done < share and self._failure is None:
                some = [next(events) for _ in range(min(self._batch, share - done))]
                if self._per_s is not None:
                    due_s = begin_s + done * self._players / self._per_s
                    time.sleep(max(0.0, due_s - time.monotonic()))
                self._count(self._send(connection, some))
                done += len(some)
                told(len(some))
        except Unavailable as error:
            self._failure = error
        finally:
            connection.close()

    def _send(self, connection: http.client.HTTPConnection, events: list[bytes]) -> list[str]:
        """Return what became of each of *events*, sent again until the collector has answered."""
        body = events[0] if self._batch == 1 else b"[" + b",".join(events) + b"]"
        problem = ""
        for attempt in range(_TRIES_MAX):
            if attempt:
                with self._turn:
                    self._sent_again += 1
                time.sleep(min(_REST_S_MAX, 0.05 * 2**attempt))
            try:
                connection.request("POST", f"{self._parts.path.rstrip('/')}/v1/events", body, self._headers)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                problem = str(error) or type(error).__name__
                continue
            with self._turn:
                self._requests += 1
            if answer.status in {429, 503}:
                problem = f"{answer.status}"
                continue
            if answer.status in {401, 413, 415}:
                raise Unavailable(f"the collector refuses: {content.decode(errors='replace')[:300]}")
            told = msgspec.json.decode(content)
            return [one["status"] for one in told.get("results", [told])]
        raise Unavailable(f"{self._parts.netloc} did not take an event in {_TRIES_MAX} tries: {problem}")

    def _count(self, answers: list[str]) -> None:
        with self._turn:
            self._answers.update(answers)

    def _connection(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        return kind(self._parts.hostname or "", self._parts.port, timeout=_TIMEOUT_S)
