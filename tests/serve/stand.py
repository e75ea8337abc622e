"""A stand for the pages: documents by hand, a store in memory, and a server on loopback."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from pressbox.model.box_score import BoxScore, Document, Gone, PlayerLine, PlayLine, TeamBox
from pressbox.model.overview import (
    DeadLettersOverview,
    DiskOverview,
    Flow,
    GamesOverview,
    Overview,
    PartitionOverview,
    PartOverview,
    RestartOverview,
    judged,
)
from pressbox.model.standings import StandingsRows
from pressbox.model.story import Story
from pressbox.model.summary import GameSummary
from pressbox.serve.board import Board
from pressbox.serve.entrance import Entrance
from pressbox.serve.hub import Hub
from pressbox.serve.server import Server
from pressbox.serve.services import Services
from pressbox.serve.telemetry import Telemetry
from pressbox.simulate.reference import REFERENCE
from pressbox.stream.clock import Clock
from pressbox.stream.store import Batch, Cursor

TOKEN = "token"


class Nobody:
    """A gate of a pressbox nobody was added to."""

    def by_session(self, token: str) -> None: ...

    def by_key(self, token: str) -> None: ...


class Memory:
    """A document reader that can be filled, and counts how often it is asked."""

    def __init__(self) -> None:
        self.bodies: dict[str, dict[int, bytes]] = {}
        self.asked = 0

    def put(self, one: Document) -> None:
        self.bodies.setdefault(one.game, {})[one.event_id] = bytes(one.body)

    def newest(self, game: str) -> bytes | None:
        return self.at(game, max(self.event_ids(game), default=-1))

    def at(self, game: str, event_id: int) -> bytes | None:
        self.asked += 1
        found = max((one for one in self.event_ids(game) if one <= event_id), default=None)
        return None if found is None else self.bodies[game][found]

    def event_ids(self, game: str) -> list[int]:
        return sorted(self.bodies.get(game, {}))

    def games(self) -> list[str]:
        return sorted(self.bodies)


class Past:
    """A history by hand: documents by game, event id and revision, the stories of their moments, and their times."""

    def __init__(self) -> None:
        self.bodies: dict[tuple[str, int, int], bytes] = {}
        self.stories: dict[tuple[str, int, int], Story] = {}
        self.times: dict[str, list[tuple[int, bytes]]] = {}

    def stored(self, game: str, event_id: int, revision: int) -> bytes | None:
        return self.bodies.get((game, event_id, revision))

    def story(self, game: str, event_id: int, revision: int) -> Story | None:
        return self.stories.get((game, event_id, revision))

    def known(self, game: str, time_ms: int) -> bytes | None:
        return next((body for when_ms, body in reversed(self.times.get(game, [])) if when_ms <= time_ms), None)

    def next_ms(self, game: str, after_ms: int) -> int | None:
        return next((when_ms for when_ms, _ in self.times.get(game, []) if when_ms > after_ms), None)


def team(teamid: int, name: str, score: int = 0, **more: Any) -> TeamBox:
    players = [PlayerLine(teamid * 10 + one, f"player {one}", str(one)) for one in range(1, 4)]
    fields = {"conference": "ACC", "wins": 5, "losses": 2, "status": "tied", "players": players, "name": name}
    periods = {"shots_by_period": [score, 0, 0, 0], "goals_by_period": [score, 0, 0, 0]}
    return TeamBox(**{"teamid": teamid, "score": score, **fields, **periods, **more})


def box(game: str = "game", event_id: int = 1, revision: int = 1, index: int = 0, **more: Any) -> BoxScore:
    play = PlayLine(event_id, 1, "07:31", "shot_on_goal", 101, 1011, f"shot number {event_id}", (0, 0))
    fields: dict[str, Any] = {
        "timestamp": "52:31",
        "home": team(101, "syracuse"),
        "away": team(205, "johns hopkins"),
        "run": 1,
        "period": 1,
        "period_clock": "07:31",
        "final": False,
        "plays": [play],
        "confirmed": [],
        "amended": [],
        "voided": [],
    }
    return BoxScore(id=event_id, game=game, revision=revision, revision_index=index, **{**fields, **more})


def document(game: str = "game", event_id: int = 1, revision: int = 1, index: int = 0, **more: Any) -> Document:
    body = msgspec.json.encode(box(game, event_id, revision, index, **more))
    return Document(game, revision, index, 1, 0, event_id, False, msgspec.Raw(body))


def batch(*results: Document | Gone) -> Batch[Any]:
    return Batch(0, results, Cursor(0, 0))


def new_hub() -> Hub:
    return Hub(lambda _: Cursor(0, 0))


def part(name: str = "fold", **more: Any) -> PartOverview:
    fields: dict[str, Any] = {
        "role": "fold" if name == "fold" else "source" if name == "source" else "store",
        "kind": "embedded",
        "topic": "games" if name in ("fold", "source") else "boxscores",
        "generation": 0,
        "standing": "idle",
        "flow": Flow(),
        "cursors": {0: 7},
    }
    return PartOverview(name=name, **{**fields, **more})


def overview(**more: Any) -> Overview:
    """Return an overview in which all is well, but for *more*, with the verdict that follows."""
    fields: dict[str, Any] = {
        "version": "1",
        "profile": {"source": "folder", "fold": "embedded"},
        "up_since_ms": 1_800_000_000_000,
        "told_ms": 1_800_000_100_000,
        "parts": (part("source"), part("fold", lag_records=0, lag_s=0.0)),
        "partitions": (PartitionOverview("games", 0, 0, 2, 7, 8 << 20),),
        "disk": DiskOverview(5 << 30, 9 << 30),
        "readers": 3,
        "games": GamesOverview({"live": 1, "waiting": 0, "final": 2}),
        "dead_letters": DeadLettersOverview(),
        "gaps_total": 0,
        "gaps": (),
        "restart": RestartOverview(
            is_first=False, was_clean=True, recovery_s=0.25, records_folded_again=0, results_appended=0
        ),
    }
    return judged(Overview(**{**fields, **more}))


def services(
    memory: Memory,
    *,
    waiting: tuple[GameSummary, ...] = (),
    past: Past | None = None,
    operations: Mapping[str, Callable[..., Any]] | None = None,
    standings: Callable[[], StandingsRows] = lambda: StandingsRows(REFERENCE, settled=False),
    clock: Clock | None = None,
    seen: Callable[[], Overview] = overview,
    operators: Sequence[str] = ("127.0.0.0/8", "::1/128"),
    entrance: Entrance | None = None,
    telemetry: Telemetry | None = None,
) -> Services:
    def games() -> list[GameSummary]:
        return [*(GameSummary(game=game, state="live") for game in memory.games()), *waiting]

    history = past or Past()
    board = Board(games, history, clock)
    entrance = entrance or Entrance(Nobody(), Nobody(), "secret")  # type: ignore[arg-type]
    return Services(
        memory, history, new_hub(), board, standings, operations or {}, TOKEN, seen, operators, entrance, telemetry
    )


@contextmanager
def serving(stand: Services) -> Iterator[str]:
    """Serve *stand* on loopback and give its address; leaving stops the server and waits for it."""
    server = Server(stand)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.stop()
            thread.join()
