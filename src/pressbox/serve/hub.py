"""
The hub: the newest document of each live game, and the readers it is carried to.

A document is complete, so a slow reader is never queued for: it skips to the newest when it comes back. That keeps
memory a reader constant, and nobody waits for anybody. What readers are sent is made in the thread that brings the
document, once for all who are sent the same, and only where somebody reads; the event loop does nothing but send.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from pressbox.errors import Unavailable
from pressbox.model.box_score import BoxScoreResult, Document, Gone
from pressbox.serve.audience import QUIET_S, Audience, Reader, Wire
from pressbox.serve.newest import Named, Newest, named, newest_of
from pressbox.stream.clock import Clock, SystemClock
from pressbox.stream.store import Batch, Cursor

__all__ = ["Hub", "Named", "Newest", "ReaderLimits", "named", "newest_of"]

_LOOK_S: Final = 0.1
_AGAIN_S: Final = 30.0

_LOGGER: Final = logging.getLogger(__name__)


class ReaderLimits(Struct, frozen=True):
    """How many streams may be open at once, in all and to one address."""

    readers_max: int = 10_000
    address_readers_max: int = 1_000


class Hub:
    """A store of results that lives in memory; readers get its documents in the event loop."""

    name = "live pages"

    def __init__(
        self,
        begin: Callable[[int], Cursor | None],
        clock: Clock | None = None,
        *,
        limits: ReaderLimits | None = None,
        quiet_s: float = QUIET_S,
    ) -> None:
        self._begin = begin
        self._clock = clock or SystemClock()
        self._limits = limits or ReaderLimits()
        self._quiet_s = quiet_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._newest: dict[str, Newest] = {}
        self._writing = threading.Lock()
        self._audiences: dict[str, tuple[Audience, ...]] = {}
        self._addresses: dict[str, int] = {}
        self._looking: asyncio.TimerHandle | None = None
        self._looked_at_all_s = 0.0
        self.ended = False

    def attach(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Tell readers in *loop* from now on; None: nobody reads any more."""
        self._loop = loop

    def end(self) -> None:
        """Send all readers home; called in their event loop, before its server stops."""
        self.ended = True
        for audience in self._all():
            audience.end()

    def open(self) -> None:
        """Nothing to make ready."""

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to begin: what is older is in the document store."""
        return self._begin(partition)

    def write(self, batch: Batch[BoxScoreResult]) -> None:
        """Remember the newest document of each game in *batch* and carry it to its readers."""
        now_ms = self._clock.now_ms()
        games: dict[str, None] = {}
        for result in batch.results:
            if isinstance(result, Document):
                mark = (result.revision, result.index)
                self._keep(result.game, Newest(result.event_id, mark, bytes(result.body), now_ms))
                games[result.game] = None
            elif isinstance(result, Gone):
                self._forget(result)
        for game in games:
            for audience in self._audiences.get(game, ()):
                self._carry(audience, self._newest.get(game))

    def close(self) -> None:
        """Nothing to let go of."""

    def remember(self, game: str, body: bytes) -> Newest:
        """Keep the stored document *body* of *game*, unless a newer one is known, and return the newer of the two."""
        return self._keep(game, newest_of(body))

    def newest(self, game: str) -> Newest | None:
        """Return the newest document of *game* that is known here."""
        return self._newest.get(game)

    def waiting(self) -> int:
        """Return how many readers there are."""
        return sum(len(audience.readers) for audience in self._all())

    def late(self) -> int:
        """Return how many readers have not taken what they were sent last."""
        return sum(len(audience.late) for audience in self._all())

    def admit(self, address: str) -> None:
        """
        Return if one more reader from *address* may come.

        Raises:
            Unavailable: there are as many as there may be.
        """
        if sum(self._addresses.values()) >= self._limits.readers_max:
            raise Unavailable("as many readers follow games as this server is set to take", retry_after_s=_AGAIN_S)
        if self._addresses.get(address, 0) >= self._limits.address_readers_max:
            raise Unavailable(f"as many readers follow games from {address} as may", retry_after_s=_AGAIN_S)

    async def follow(self, game: str, wire: Wire, reader: Reader, address: str) -> None:
        """
        Send *reader* each newest document of *game* as the bytes *wire* makes, until it leaves or the hub ends.

        A reader ahead of everything known here is of a history that was deleted, unless the hub is about to catch up
        after a restart: it is given one quiet span, and then the newest there is.
        """
        if self.ended:
            return
        audience = self._audience(game, wire)
        audience.readers[reader] = None
        self._addresses[address] = self._addresses.get(address, 0) + 1
        try:
            self._welcome(audience, reader)
            self._look_later()
            await reader.over
        finally:
            self._leave(audience, reader, address)

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

    def _all(self) -> list[Audience]:
        return [audience for audiences in tuple(self._audiences.values()) for audience in audiences]

    def _audience(self, game: str, wire: Wire) -> Audience:
        audiences = self._audiences.get(game, ())
        known = next((one for one in audiences if one.wire == wire), None)
        if known is None:
            known = Audience(game, wire)
            self._audiences[game] = (*audiences, known)
        return known

    def _leave(self, audience: Audience, reader: Reader, address: str) -> None:
        audience.leave(reader)
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]
        if audience.readers:
            return
        left = tuple(one for one in self._audiences[audience.game] if one is not audience)
        if left:
            self._audiences[audience.game] = left
        else:
            del self._audiences[audience.game]

    def _welcome(self, audience: Audience, reader: Reader) -> None:
        """Give a reader who has just come what it lacks."""
        newest = self._newest.get(audience.game)
        if newest is None:
            return
        reader.ahead = newest.mark < reader.mark
        if newest.mark <= reader.mark:
            return
        if audience.has(newest):
            audience.serve(reader, asyncio.get_running_loop().time())
        elif audience.asked is not newest:  # else it is being made, for somebody who came a moment ago
            audience.asked = newest
            asyncio.get_running_loop().run_in_executor(None, self._carry, audience, newest)

    def _carry(self, audience: Audience, newest: Newest | None) -> None:
        """Make the bytes of *newest* and have them sent; may be called in any thread but that of the event loop."""
        loop = self._loop
        if newest is None or loop is None:
            return
        try:
            frame = audience.wire(newest)
        except Exception:  # a page that cannot be made must not keep documents from others
            _LOGGER.exception("what readers of %s get cannot be made", audience.game)
            loop.call_soon_threadsafe(audience.end)
            return
        loop.call_soon_threadsafe(self._take, audience, newest, frame)

    def _take(self, audience: Audience, newest: Newest, frame: bytes) -> None:
        if audience.is_behind(newest) or self._newest.get(audience.game) is newest:
            audience.take(newest, frame)

    def _look_later(self) -> None:
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(_LOOK_S, self._look)

    def _look(self) -> None:
        self._looking = None
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        audiences = self._all()
        for audience in audiences:
            audience.look_at_late(now_s)
        if now_s - self._looked_at_all_s >= min(1.0, self._quiet_s / 2):
            self._looked_at_all_s = now_s
            for audience in audiences:
                for reader in audience.look_at_all(now_s, self._quiet_s):
                    self._welcome(audience, reader)
        if audiences:
            self._look_later()
