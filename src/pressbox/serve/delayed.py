"""A game as it was known some time ago, for viewers who watch it elsewhere and do not want to be told."""

import asyncio
import time
from asyncio import sleep
from collections.abc import AsyncIterator, Callable
from typing import Final

from litestar.response import Stream

from pressbox.serve.events import BEGINNING, QUIET, QUIET_S, event_stream, mark_of, stream
from pressbox.serve.hub import Newest, newest_of
from pressbox.serve.services import Services
from pressbox.stream.revision import Mark

_STEP_S: Final = 0.25


def delayed_newest(services: Services, game: str, delay_s: int) -> Newest | None:
    """Return the document that was the newest of *game* *delay_s* seconds ago, or None where there was none."""
    body = services.history.known(game, _now_ms() - delay_s * 1000)
    return None if body is None else newest_of(body)


def followed(services: Services, game: str, last: str | None, shape: Callable[[Newest], bytes], delay_s: int) -> Stream:
    """Return the stream of *game* from behind the event *last* on, *delay_s* seconds late; 0 is as it happens."""
    if delay_s:
        return event_stream(delayed_documents(services, game, mark_of(last), shape, delay_s))
    return stream(services.hub, game, last, shape)


async def delayed_documents(
    services: Services,
    game: str,
    last: Mark,
    shape: Callable[[Newest], bytes],
    delay_s: int,
    *,
    quiet_s: float = QUIET_S,
) -> AsyncIterator[bytes]:
    """
    Yield each document of *game* after *last*, *delay_s* seconds after the log had its record, until the hub ends.

    A reader who is behind, or was away, gets the newest that may be told and none before it.
    """
    yield BEGINNING
    while not services.hub.ended:
        told_ms = _now_ms() - delay_s * 1000
        body = await asyncio.to_thread(services.history.known, game, told_ms)
        newest = None if body is None else newest_of(body)
        if newest is not None and newest.mark > last:
            last = newest.mark
            yield await asyncio.to_thread(shape, newest)
        else:
            yield QUIET
        due_ms = await asyncio.to_thread(services.history.next_ms, game, told_ms)
        # Nothing under way yet: whatever comes from now on is not due before the delay is over.
        wait_s = float(delay_s) if due_ms is None else (due_ms - told_ms) / 1000
        await _rest(services, min(wait_s, quiet_s))


async def _rest(services: Services, rest_s: float) -> None:
    until_s = time.monotonic() + rest_s
    while not services.hub.ended and (left_s := until_s - time.monotonic()) > 0:  # noqa: ASYNC110 - ends soon after the hub does
        await sleep(min(left_s, _STEP_S))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
