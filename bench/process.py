"""Processes under measurement, each with a pipe to ask and stop it by."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final

from bench.live_pressbox import Stamps

LATE_S: Final = 60.0
_ASK_S: Final = 0.02
_END_S: Final = 5.0


@contextmanager
def process(run: Callable[..., None], *arguments: Any, **named: Any) -> Iterator[Connection]:
    """Run a function in a process of its own, with a pipe as its last argument, and give the other end."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    started = context.Process(target=run, args=(*arguments, theirs), kwargs=named, daemon=True)
    started.start()
    theirs.close()
    try:
        yield ours
        with suppress(OSError):  # it has ended already
            ours.send(None)
            started.join(_END_S)
    finally:
        started.kill()


def asked(server: Connection, what: str) -> Any:
    """Ask a process for *what* and return its answer."""
    server.send(what)
    return server.recv()


def stamps(server: Connection, game: str, event_id: int) -> Stamps:
    """Return when documents reached the pages, once that of *event_id* of *game* has."""
    deadline_s = time.monotonic() + LATE_S
    while (game, event_id) not in (came := asked(server, "stamps")):
        assert time.monotonic() < deadline_s, f"event {event_id} of {game} did not come"
        time.sleep(_ASK_S)
    found: Stamps = came
    return found
