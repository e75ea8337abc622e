"""What the pages stand on: handed in by the wiring, so that this room knows no store, log or runner."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from litestar.exceptions import NotFoundException
from msgspec import Struct

from pressbox.model.overview import Overview
from pressbox.model.question import Inquiry
from pressbox.model.standings import StandingsRows
from pressbox.model.summary import GameSummary
from pressbox.serve.board import Board
from pressbox.serve.entrance import Entrance
from pressbox.serve.hub import Hub, Newest
from pressbox.serve.telemetry import Telemetry
from pressbox.stream.document import DocumentReader
from pressbox.stream.history import GameHistory

Operation: TypeAlias = Callable[..., Any]


class Services(Struct):
    """
    What the pages stand on.

    *operations* are what commands may ask of the running
    process, by name; who asks has to show *token*. *overview* tells where everything stands, to machines in the networks
    *operators* and to admins only. *entrance* is where people come in. *telemetry* is None where no device is listened to,
    *inquiry* where no events are collected or their tables cannot be asked.
    """

    documents: DocumentReader
    history: GameHistory
    hub: Hub
    board: Board
    standings: Callable[[], StandingsRows]
    operations: Mapping[str, Operation]
    token: str
    overview: Callable[[], Overview]
    operators: Sequence[str]
    entrance: Entrance
    telemetry: Telemetry | None = None
    inquiry: Inquiry | None = None

    def summary(self, game: str, delay_s: int = 0) -> GameSummary:
        """
        Return where *game* stood *delay_s* ago.

        Raises:
            NotFoundException: there is no such game, or there was none then.
        """
        summary = self.board.one(game, delay_s)
        if summary is None:
            raise NotFoundException(f"there is no game {game!r}")
        return summary

    def newest(self, game: str) -> Newest | None:
        """
        Return the newest document of *game*, or None where it has none.

        What the hub has not seen, because it is older than this process, is read from the store once and remembered.
        """
        newest = self.hub.newest(game)
        if newest is not None:
            return newest
        body = self.documents.newest(game)
        return None if body is None else self.hub.remember(game, body)

    async def acquaint(self, game: str) -> None:
        """Let the hub know the newest document of *game*; the event loop never waits for a store."""
        if self.hub.newest(game) is None and await asyncio.to_thread(self.newest, game) is None:
            await asyncio.to_thread(self.summary, game)
