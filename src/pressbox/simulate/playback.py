"""
The pace: games played live, any number of them at once, on one thread.

Each game's next moment waits in a heap, and the earliest is written first. Every write overwrites the whole object.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush

from msgspec import Struct

from pressbox.simulate.moment import Moment, Moments

DELAY_S = 0.25
"""Seconds of real time that one second of play takes: four times as fast as life."""


class Feed(Struct, frozen=True):
    """A game to play: the object *name* and its moments in the order of play."""

    name: str
    moments: Moments


def play(
    feeds: Iterable[Feed],
    write: Callable[[str, bytes], None],
    sleep: Callable[[float], None],
    *,
    log: Callable[[str], None],
    bucket: str,
    delay_s: float = DELAY_S,
    speed: float = 1.0,
) -> None:
    """
    Write each moment of *feeds* when it is due; a second of play takes `delay_s / speed` seconds.

    All games begin together. *bucket* is what *log* calls the place that *write* writes to.
    """
    upcoming: list[tuple[int, int, Moment]] = []
    games = list(feeds)
    for number, feed in enumerate(games):
        _await_next(upcoming, number, feed)
    elapsed_s = 0
    while upcoming:
        due_s, number, moment = heappop(upcoming)
        if due_s > elapsed_s:
            sleep((due_s - elapsed_s) * delay_s / speed)
            elapsed_s = due_s
        write(games[number].name, moment.body)
        log(f"Wrote {games[number].name} to bucket {bucket} at {moment.clock}")
        _await_next(upcoming, number, games[number])


def _await_next(upcoming: list[tuple[int, int, Moment]], number: int, feed: Feed) -> None:
    moment = next(feed.moments, None)
    if moment is not None:
        heappush(upcoming, (moment.elapsed_s, number, moment))
