"""
The hub: the newest document of each live game, and the readers who wait for a newer one.

A document is complete, so a slow reader is never queued for: it skips to the newest when it comes back. That keeps
memory a reader constant, and nobody waits for anybody.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable

from pressbox.model.box_score import BoxScoreResult, Document
from pressbox.stream.revision import Mark
from pressbox.stream.store import Batch, Cursor


class Hub:
    """A store of results that lives in memory and begins at the log's end; readers wait in the event loop."""

    name = "live pages"

    def __init__(self, end: Callable[[int], Cursor]) -> None:
        self._end = end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._newest: dict[str, Document] = {}
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def attach(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Tell readers in *loop* from now on; None: nobody reads any more."""
        self._loop = loop

    def open(self) -> None:
        """Nothing to make ready."""

    def cursor(self, partition: int) -> Cursor:
        """Begin at the end of the log: what is older is read from the document store."""
        return self._end(partition)

    def write(self, batch: Batch[BoxScoreResult]) -> None:
        """Remember the newest document of each game in *batch* and wake its readers."""
        games: set[str] = set()
        for result in batch.results:
            if isinstance(result, Document):
                self._newest[result.game] = result
                games.add(result.game)
        if games and self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake, games)

    def close(self) -> None:
        """Nothing to let go of."""

    def newest(self, game: str) -> Document | None:
        """Return the newest document of *game* since the process began, if there was one."""
        return self._newest.get(game)

    async def newer(self, game: str, than: Mark, *, timeout_s: float) -> Document | None:
        """Return the newest document of *game* as soon as there is one newer *than*, or None after *timeout_s*."""
        arrived = asyncio.Event()
        self._waiting[game].add(arrived)
        try:
            newest = self._newest.get(game)
            while newest is None or (newest.revision, newest.index) <= than:
                arrived.clear()
                await asyncio.wait_for(arrived.wait(), timeout_s)
                newest = self._newest.get(game)
        except TimeoutError:
            return None
        finally:
            self._waiting[game].discard(arrived)
        return newest

    def _wake(self, games: set[str]) -> None:
        for game in games:
            for arrived in self._waiting[game]:
                arrived.set()
