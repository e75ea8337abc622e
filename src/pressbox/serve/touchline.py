"""
The touchline: where athletes are now and their figures so far, for whoever watches a session live.

It takes what the live channel tells, in the thread that folds, and keeps the newest only. A watcher that was slow gets
the newest as well, so nobody is queued for and memory a watcher is constant. Nothing here knows who may see what: the
stream asks for each viewer, for each athlete.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec import Struct, field

from pressbox.errors import Unavailable
from pressbox.model.live import LiveFigures, LiveFrame, LivePlace
from pressbox.model.load import WindowMedical, WindowPerformance

WATCHERS_MAX: Final = 500
_SESSIONS_KEPT: Final = 64
_AGAIN_S: Final = 30.0

Key: TypeAlias = tuple[str, str]
"""Stadium and session."""


class Seen(Struct):
    """
    What is known of a session: by athlete the newest of each kind, with the count of tellings it came with.

    *told* is that count, so whoever remembers it asks for what is newer.
    """

    told: int = 0
    places: dict[str, tuple[int, LivePlace]] = field(default_factory=dict)
    performance: dict[str, tuple[int, WindowPerformance]] = field(default_factory=dict)
    medical: dict[str, tuple[int, WindowMedical]] = field(default_factory=dict)


class Touchline:
    """Keeps the newest of each session and wakes its watchers."""

    def __init__(self) -> None:
        self._seen: dict[Key, Seen] = {}
        self._turn = threading.Lock()
        self._waiting: dict[Key, set[asyncio.Future[None]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watchers = 0
        self.ended = False

    def attach(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Wake watchers in *loop* from now on; None: nobody is there to be woken."""
        self._loop = loop

    def end(self) -> None:
        """Send all watchers home; called in their event loop, before its server stops."""
        self.ended = True
        for key in tuple(self._waiting):
            self._wake(key)

    def frame(self, frame: LiveFrame) -> None:
        """Take where athletes are; belongs to the thread that folds."""

        def take(seen: Seen) -> None:
            for place in frame.places:
                seen.places[place.athlete] = seen.told, place

        self._take((frame.stadium, frame.session), take)

    def figures(self, figures: LiveFigures) -> None:
        """Take the figures of sessions so far; belongs to the thread that folds."""
        performance = [one for one in figures.performance if one.window == "session"]
        medical = [one for one in figures.medical if one.window == "session"]
        if not performance and not medical:
            return

        def take(seen: Seen) -> None:
            for one in performance:
                seen.performance[one.athlete] = seen.told, one
            for other in medical:
                seen.medical[other.athlete] = seen.told, other

        self._take((figures.stadium, figures.session), take)

    def newest(self, key: Key, after: int) -> Seen:
        """Return what came to be known of a session after the telling number *after*."""
        with self._turn:
            seen = self._seen.get(key)
            if seen is None:
                return Seen(after)
            return Seen(
                seen.told,
                {athlete: one for athlete, one in seen.places.items() if one[0] > after},
                {athlete: one for athlete, one in seen.performance.items() if one[0] > after},
                {athlete: one for athlete, one in seen.medical.items() if one[0] > after},
            )

    async def newer(self, key: Key, after: int, timeout_s: float) -> bool:
        """Return whether there is anything newer than the telling number *after*, waiting for it no longer than that."""
        if self._told(key) > after:
            return True
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(key, set())
        waiting.add(woken)
        try:
            if self._told(key) <= after and not self.ended:
                await asyncio.wait_for(woken, timeout_s)
        except TimeoutError:
            return False
        finally:
            waiting.discard(woken)
            if not waiting and self._waiting.get(key) is waiting:
                del self._waiting[key]
        return self._told(key) > after

    def watch(self) -> None:
        """
        Count one more watcher, until `leave`.

        Raises:
            Unavailable: there are as many as there may be.
        """
        if self._watchers >= WATCHERS_MAX:
            raise Unavailable("as many people watch sessions as this server takes", retry_after_s=_AGAIN_S)
        self._watchers += 1

    def leave(self) -> None:
        """Count one watcher less."""
        self._watchers -= 1

    def _told(self, key: Key) -> int:
        seen = self._seen.get(key)
        return 0 if seen is None else seen.told

    def _take(self, key: Key, take: Callable[[Seen], None]) -> None:
        with self._turn:
            seen = self._seen.pop(key, None) or Seen()
            self._seen[key] = seen  # the one told last stands last, so the first is who was silent longest
            if len(self._seen) > _SESSIONS_KEPT:
                del self._seen[next(iter(self._seen))]
            seen.told += 1
            take(seen)
        loop = self._loop
        if loop is not None and key in self._waiting:
            loop.call_soon_threadsafe(self._wake, key)

    def _wake(self, key: Key) -> None:
        for woken in tuple(self._waiting.get(key, ())):
            if not woken.done():
                woken.set_result(None)
