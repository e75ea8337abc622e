"""
The hub: the newest document of each live game, and the readers who wait for a newer one.

A document is complete, so a slow reader is never queued for: it skips to the newest when it comes back. That keeps
memory a reader constant, and nobody waits for anybody.
"""

import asyncio
import threading
from collections.abc import Callable

import msgspec
from msgspec import Struct

from pressbox.model.box_score import BoxScoreResult, Document, Gone
from pressbox.stream.clock import Clock, SystemClock
from pressbox.stream.revision import Mark
from pressbox.stream.store import Batch, Cursor


class Newest(Struct, frozen=True):
    """A document as readers get it; *seen_ms* is when this process got it, None where it is older than the process."""

    event_id: int
    mark: Mark
    body: bytes
    seen_ms: int | None = None


class Named(Struct, frozen=True):
    """The fields of a stored document that tell it from every other one of its game."""

    event_id: int = msgspec.field(name="_id")
    revision: int
    revision_index: int


named = msgspec.json.Decoder(Named).decode


def newest_of(body: bytes) -> Newest:
    """Return the stored document *body* as readers get it."""
    stored = named(body)
    return Newest(stored.event_id, (stored.revision, stored.revision_index), body)


class Hub:
    """A store of results that lives in memory; readers wait for its documents in the event loop."""

    name = "live pages"

    def __init__(self, begin: Callable[[int], Cursor | None], clock: Clock | None = None) -> None:
        self._begin = begin
        self._clock = clock or SystemClock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._newest: dict[str, Newest] = {}
        self._writing = threading.Lock()
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self.ended = False

    def attach(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Tell readers in *loop* from now on; None: nobody reads any more."""
        self._loop = loop

    def end(self) -> None:
        """Send all readers home; called in their event loop, before its server stops."""
        self.ended = True
        self._wake(list(self._waiting))

    def open(self) -> None:
        """Nothing to make ready."""

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to begin: what is older is in the document store."""
        return self._begin(partition)

    def write(self, batch: Batch[BoxScoreResult]) -> None:
        """Remember the newest document of each game in *batch* and wake its readers."""
        now_ms = self._clock.now_ms()
        games: set[str] = set()
        for result in batch.results:
            if isinstance(result, Document):
                mark = (result.revision, result.index)
                self._keep(result.game, Newest(result.event_id, mark, bytes(result.body), now_ms))
                games.add(result.game)
            elif isinstance(result, Gone):
                self._forget(result)
        if games and self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake, games)

    def close(self) -> None:
        """Nothing to let go of."""

    def remember(self, game: str, body: bytes) -> Newest:
        """Keep the stored document *body* of *game*, unless a newer one is known, and return the newer of the two."""
        return self._keep(game, newest_of(body))

    def newest(self, game: str) -> Newest | None:
        """Return the newest document of *game* that is known here."""
        return self._newest.get(game)

    def waiting(self) -> int:
        """Return how many readers wait."""
        return sum(map(len, self._waiting.values()))

    async def newer(self, game: str, than: Mark, *, timeout_s: float) -> Newest | None:
        """Return the newest document of *game* as soon as one is newer *than*; None after *timeout_s* or at the end."""
        arrived = asyncio.Event()
        self._waiting.setdefault(game, set()).add(arrived)
        try:
            async with asyncio.timeout(timeout_s):
                while not self.ended:
                    newest = self._newest.get(game)
                    if newest is not None and newest.mark > than:
                        return newest
                    arrived.clear()
                    await arrived.wait()
        except TimeoutError:
            return None
        finally:
            self._leave(game, arrived)
        return None

    def _keep(self, game: str, document: Newest) -> Newest:
        with self._writing:
            known = self._newest.get(game)
            if known is None or document.mark > known.mark:
                self._newest[game] = known = document
            return known

    def _forget(self, gone: Gone) -> None:
        with self._writing:
            known = self._newest.get(gone.game)
            if known is not None and known.event_id == gone.event_id and known.mark < (gone.revision, gone.index):
                del self._newest[gone.game]

    def _leave(self, game: str, arrived: asyncio.Event) -> None:
        readers = self._waiting[game]
        readers.discard(arrived)
        if not readers:
            del self._waiting[game]

    def _wake(self, games: "set[str] | list[str]") -> None:
        for game in games:
            for arrived in self._waiting.get(game, ()):
                arrived.set()
