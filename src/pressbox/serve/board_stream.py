"""The board as Server-Sent Events: whole for who has nothing, and then whatever changed, several times a second at most."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec

from pressbox.model.summary import GameSummary
from pressbox.serve.board import Board
from pressbox.serve.board_page import cards
from pressbox.serve.board_view import Asked, place_of, select_page
from pressbox.serve.events import BEGINNING, QUIET, QUIET_S, event, identity_of, mark_of

_CHUNKS: Final = 64

Chunk: TypeAlias = Callable[[int | None, int], bytes]
"""Makes the event from one version to another; from None it is the whole board. Empty: nothing of it changed."""


class BoardEvents:
    """The events of *board*, each shaped once for all who read the same."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._chunk = lru_cache(maxsize=_CHUNKS)(self._shaped)

    async def cards(self, asked: Asked, last: str | None, *, quiet_s: float = QUIET_S) -> AsyncIterator[bytes]:
        """Yield the cards that change after the event *last* for readers of the page *asked* for."""
        async for chunk in self._follow(asked, last, _card_data, quiet_s):
            yield chunk

    async def summaries(self, asked: Asked, last: str | None, *, quiet_s: float = QUIET_S) -> AsyncIterator[bytes]:
        """Yield the summaries that change after the event *last*, as JSON lists."""
        async for chunk in self._follow(asked, last, _json_data, quiet_s):
            yield chunk

    async def _follow(self, asked: Asked, last: str | None, shape: "_Shape", quiet_s: float) -> AsyncIterator[bytes]:
        board = self._board
        yield BEGINNING + f"event: now\ndata: {board.now_ms()}\n\n".encode()
        since = board.since(*mark_of(last))
        if since is None:
            since = board.told(asked.delay_s)
            yield await asyncio.to_thread(self._chunk, asked, None, since, shape)
        while not board.ended:
            version = await board.newer(since, asked.delay_s, timeout_s=quiet_s)
            if version is None:
                yield QUIET
                continue
            chunk = await self._between(asked, since, version, shape)
            since = version
            yield chunk or QUIET

    async def _between(self, asked: Asked, since: int, version: int, shape: "_Shape") -> bytes:
        if since < self._board.began:  # the log has to be read
            return await asyncio.to_thread(self._chunk, asked, since, version, shape)
        return self._chunk(asked, since, version, shape)

    def _shaped(self, asked: Asked, since: int | None, version: int, shape: "_Shape") -> bytes:
        identity = identity_of((self._board.began, version))
        changed = None if since is None else self._board.changed(since, version)
        if changed is None or None in changed.values():  # a game that is gone is told by what is left
            return event("whole", shape(self._board.all_at(version), asked, True), identity)
        seen = [one for one in changed.values() if one is not None and asked.takes(one)]
        return event("changed", shape(seen, asked, False), identity) if seen else b""


_Shape: TypeAlias = Callable[[Iterable[GameSummary], Asked, bool], bytes]


def _card_data(summaries: Iterable[GameSummary], asked: Asked, whole: bool) -> bytes:
    shown = select_page(summaries, asked).games if whole else sorted(summaries, key=place_of)
    return cards(shown, asked).encode()


def _json_data(summaries: Iterable[GameSummary], asked: Asked, whole: bool) -> bytes:
    return msgspec.json.encode(sorted((one for one in summaries if not whole or asked.takes(one)), key=place_of))
