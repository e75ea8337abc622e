"""
The board: where every game stands, at any moment of the last minutes, under versions that readers can resume from.

A version is the moment of a change in epoch milliseconds, each above the one before; with the moment the board began it
names what a reader has. A reader who was away is given each game that changed since, as it stands now: nothing is queued
for anybody. A delayed reader is given the version that was the newest that long ago, so nothing younger is in its answer;
what was before the board began is asked from the history of the log.
"""

import asyncio
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from pressbox.model.summary import GameSummary
from pressbox.serve.delay import DELAY_S_MAX
from pressbox.stream.clock import Clock, SystemClock
from pressbox.stream.history import GameHistory

Seen: TypeAlias = GameSummary | None
"""A game as it stood; None: it was not there."""

STEP_S: Final = 0.25
"""Readers are told this often at most."""

_STEP_MS: Final = int(STEP_S * 1000)
_SECOND_MS: Final = 1000
_KEPT_MS: Final = (DELAY_S_MAX + 60) * 1000


class Board:
    """
    Where every game stands. Safe from any thread; readers wait in one event loop.

    *games* tells all games as they stand; *history* what was known of one before this board began.
    """

    def __init__(
        self, games: Callable[[], Iterable[GameSummary]], history: GameHistory, clock: Clock | None = None
    ) -> None:
        self._games = games
        self._clock = clock or SystemClock()
        self._changing = threading.Lock()
        self.began = self._clock.now_ms()
        self._versions: dict[str, list[tuple[int, Seen]]] = {one.game: [(self.began, one)] for one in games()}
        self._earlier = _Earlier(history, self.began, self._versions)
        self._journal: list[int] = []
        self._changed: list[tuple[str, ...]] = []
        self._oldest = self.newest = self._told = self.began
        self._loop: asyncio.AbstractEventLoop | None = None
        self._telling: asyncio.TimerHandle | None = None
        self._waiting: set[asyncio.Event] = set()
        self.ended = False

    def now_ms(self) -> int:
        """Return what the clock of the board says."""
        return self._clock.now_ms()

    def put(self, summaries: Iterable[GameSummary]) -> None:
        """Take in where games stand now; what is wrong with a feed stays until `refresh` finds that it is not."""
        self._take({one.game: self._with_problem(one) for one in summaries})

    def refresh(self) -> None:
        """Take in what nobody told: problems that came and went, feeds that are gone. Forget what is too old."""
        before = self.newest
        listed = {one.game: one for one in self._games()}
        with self._changing:
            # What was put meanwhile is newer than the list.
            known = {game: seen[-1][1] for game, seen in self._versions.items() if seen[-1][0] <= before}
        gone: dict[str, Seen] = {game: None for game, seen in known.items() if seen and game not in listed}
        new = {one.game: one for one in listed.values() if one.game not in self._versions or one.game in known}
        self._take(gone | {game: one for game, one in new.items() if known.get(game) != one})
        with self._changing:
            self._forget(self._clock.now_ms() - _KEPT_MS)

    def one(self, game: str, delay_s: int = 0) -> Seen:
        """Return *game* as it was known *delay_s* ago."""
        if game not in self._versions:
            self.refresh()
        return self.at(game, self.version(delay_s))

    def version(self, delay_s: int = 0) -> int:
        """Return the version that was the newest *delay_s* ago; before the board began it is the moment itself."""
        if not delay_s:
            return self.newest
        return self._version_at(self._clock.now_ms() - delay_s * 1000)

    def all_at(self, version: int) -> list[GameSummary]:
        """
        Return every game as it stood at *version*, in no order.

        Raises:
            Unavailable: that was before the board began, and the log is away.
        """
        with self._changing:
            games = list(self._versions)
        return [seen for game in games if (seen := self.at(game, version)) is not None]

    def at(self, game: str, version: int) -> Seen:
        """
        Return *game* as it stood at *version*.

        Raises:
            Unavailable: that was before the board began, and the log is away.
        """
        if version < self.began:
            return self._earlier.at(game, version)
        versions = self._versions.get(game, [])
        if versions and versions[-1][0] <= version:
            return versions[-1][1]
        with self._changing:
            place = bisect_right(versions, version, key=lambda one: one[0])
        return versions[place - 1][1] if place else None

    def since(self, began: int, version: int) -> int | None:
        """Return *version* where a reader who has it can be told what changed since; None: it has to be told all."""
        first = self.began - _KEPT_MS if version < self.began else self._oldest
        return version if began == self.began and first <= version <= self.newest else None

    def changed(self, since: int, version: int) -> Mapping[str, Seen]:
        """
        Return each game that changed after *since*, as it stood at *version*.

        Raises:
            Unavailable: that was before the board began, and the log is away.
        """
        games: set[str] = set(self._earlier.changed(since, version)) if since < self.began else set()
        with self._changing:
            first, last = bisect_right(self._journal, since), bisect_right(self._journal, version)
            games.update(*self._changed[first:last])
        return {game: self.at(game, version) for game in games}

    def attach(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Tell readers in *loop* from now on; None: nobody reads any more."""
        self._loop = loop
        self._told = self.newest

    def end(self) -> None:
        """Send all readers home; called in their event loop, before its server stops."""
        self.ended = True
        if self._telling is not None:
            self._telling.cancel()
        self._wake()

    def told(self, delay_s: int = 0) -> int:
        """Return the version readers are told now: the same one for all of a delay, so that it is shaped once."""
        if not delay_s:
            return self._told
        moment = self._step_ms() - delay_s * 1000
        if moment < self.began:
            return moment - moment % _SECOND_MS
        return self._version_at(moment)

    def waiting(self) -> int:
        """Return how many readers wait."""
        return len(self._waiting)

    async def newer(self, than: int, delay_s: int, *, timeout_s: float) -> int | None:
        """Return a version newer *than* as soon as there is one to tell; None after *timeout_s* or at the end."""
        arrived = asyncio.Event()
        self._waiting.add(arrived)
        try:
            async with asyncio.timeout(timeout_s):
                while not self.ended:
                    version = self.told(delay_s)
                    if version > than:
                        return version
                    arrived.clear()
                    await _wait(arrived, self._due_s(than, delay_s))
        except TimeoutError:
            return None
        finally:
            self._waiting.discard(arrived)
        return None

    def _with_problem(self, one: GameSummary) -> GameSummary:
        held = self._versions.get(one.game, [(0, None)])[-1][1]
        return one.with_problem(held.problem) if held and held.problem and held.state == one.state else one

    def _take(self, seen: Mapping[str, Seen]) -> None:
        if not seen:
            return
        with self._changing:
            self.newest = max(self._clock.now_ms(), self.newest + 1)
            for game, one in seen.items():
                self._versions.setdefault(game, []).append((self.newest, one))
            self._journal.append(self.newest)
            self._changed.append(tuple(seen))
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tell)

    def _forget(self, before: int) -> None:
        """Keep of each game what is needed to tell how it stood after *before*."""
        old = bisect_right(self._journal, before)
        if not old:
            return
        self._oldest = self._journal[old - 1]
        for game in {game for games in self._changed[:old] for game in games}:
            versions = self._versions[game]
            place = bisect_right(versions, self._oldest, key=lambda one: one[0])
            self._versions[game] = versions[place - 1 :] if place else versions
            if self._versions[game] == [(versions[-1][0], None)]:
                del self._versions[game]
        del self._journal[:old], self._changed[:old]

    def _version_at(self, moment: int) -> int:
        if moment < self.began:
            return moment
        with self._changing:
            place = bisect_right(self._journal, moment)
            return self._journal[place - 1] if place else self._oldest

    def _step_ms(self) -> int:
        now_ms = self._clock.now_ms()
        return now_ms - now_ms % _STEP_MS

    def _due_s(self, than: int, delay_s: int) -> float | None:
        """Return in how many seconds a delayed reader is to be told what comes after *than*; None: nothing is due."""
        if not delay_s:
            return None
        now_ms = self._clock.now_ms()
        if than < self.began:
            return (_SECOND_MS - now_ms % _SECOND_MS) / 1000
        with self._changing:
            place = bisect_right(self._journal, than)
            following = self._journal[place] if place < len(self._journal) else None
        if following is None:
            return None
        due_ms = following + delay_s * 1000
        return max(1, due_ms + -due_ms % _STEP_MS - now_ms) / 1000

    def _tell(self) -> None:
        """Tell at once where it was quiet, and else a step after the last time."""
        if self._telling is None and self._loop is not None:
            self._tell_now()
            self._telling = self._loop.call_later(STEP_S, self._tell_again)

    def _tell_again(self) -> None:
        self._telling = None
        if self._told < self.newest:
            self._tell()

    def _tell_now(self) -> None:
        self._told = self.newest
        self._wake()

    def _wake(self) -> None:
        for arrived in self._waiting:
            arrived.set()


class _Earlier:
    """How games stood before the board began, as the log tells; each answer is kept for as long as it holds."""

    def __init__(self, history: GameHistory, began: int, versions: Mapping[str, list[tuple[int, Seen]]]) -> None:
        self._history = history
        self._began = began
        self._first = {game: seen[0][1] for game, seen in versions.items()}
        self._moved = {
            game: seen.updated_ms
            for game, seen in self._first.items()
            if seen is not None and seen.updated_ms is not None and seen.updated_ms > began - _KEPT_MS
        }
        self._answers: dict[str, tuple[int, int, Seen]] = {}

    def at(self, game: str, moment: int) -> Seen:
        if self._moved.get(game, 0) <= moment:
            return self._first.get(game)
        begins, ends, seen = self._answers.get(game, (0, 0, None))
        if not begins <= moment < ends:
            body = self._history.known(game, moment)
            seen = None if body is None else _summary_of(game, body)
            following = self._history.next_ms(game, moment)
            self._answers[game] = (moment, self._began if following is None else following, seen)
        return seen

    def changed(self, since: int, moment: int) -> Iterable[str]:
        moved = (game for game, updated_ms in self._moved.items() if updated_ms > since)
        return (game for game in moved if self._differs(game, since, moment))

    def _differs(self, game: str, since: int, moment: int) -> bool:
        return self.at(game, since) != (self._first[game] if moment >= self._began else self.at(game, moment))


class _Side(Struct):
    name: str
    score: int


class _Play(Struct):
    text: str


class _Known(Struct):
    """What a document tells of where its game stood."""

    id: int = msgspec.field(name="_id")
    run: int
    home: _Side
    away: _Side
    period: int
    period_clock: str
    final: bool
    plays: list[_Play]


_decode_known = msgspec.json.Decoder(_Known).decode


def _summary_of(game: str, body: bytes) -> GameSummary:
    known = _decode_known(body)
    return GameSummary(
        game=game,
        state="final" if known.final else "live",
        run=known.run,
        home=known.home.name,
        away=known.away.name,
        home_score=known.home.score,
        away_score=known.away.score,
        period=known.period,
        clock=known.period_clock,
        event_id=known.id,
        last_play=known.plays[0].text if known.plays else "",
    )


async def _wait(arrived: asyncio.Event, within_s: float | None) -> None:
    try:
        async with asyncio.timeout(within_s):
            await arrived.wait()
    except TimeoutError:
        pass
