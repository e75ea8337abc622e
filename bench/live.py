"""
Milliseconds from the append to a game's file until the document of that event is stored.

A pressbox with all its threads runs in a process of its own on an empty data folder; this process writes the files,
event by event at moments fixed beforehand, so a slow answer delays no later event. An event's time begins when its
`write` has returned and ends when the transaction with its document has been committed; both processes read the same
monotonic clock. Each game's first event, which opens it, is written before and does not count.

Beside it, before and after each run and in the same folder: a bare loop that makes as many bytes durable, twice an
event, as the log has to (the record and then its result). Run it alone with `python -m bench.live [--json] [--quick]`.
"""

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from msgspec import Struct

from bench.live_pressbox import Stamps, run_pressbox
from bench.report import RESULTS, Row, main
from bench.rounds import percentile, significant, tell
from bench.workload import gamestream_lines, opened_boxes
from pressbox.codec.gamestream import read_gamestream
from pressbox.model.box_score import encode_result
from pressbox.model.game import Played, encode_game_record
from pressbox.pipelines.box_score import apply

_EVENTS: Final = 5_000
_EVENTS_QUICK: Final = 400
_LATE_S: Final = 60.0


class Arrivals(Struct, frozen=True):
    """How events come: of *games* games, *together* at a time, *per_s* of them in a second on the average."""

    name: str
    games: int
    together: int
    per_s: int

    def moments(self, events: int) -> Iterator[tuple[float, int]]:
        """Return when each event is due and of which game it is; single events come at random moments."""
        chance = random.Random(self.name)
        due_s = 0.0
        for event in range(events):
            if event % self.together == 0:
                gap_s = self.together / self.per_s
                due_s += gap_s if self.together > 1 else chance.expovariate(1 / gap_s)
            yield due_s, event % self.games


_ARRIVALS: Final = (
    Arrivals("steady", games=1, together=1, per_s=150),
    Arrivals("bursts of 20", games=1, together=20, per_s=150),
    Arrivals("steady, 1/s a game", games=200, together=1, per_s=200),
    Arrivals("all 200 at once, 1/s", games=200, together=200, per_s=200),
)


def run(*, quick: bool) -> list[Row]:
    """Return one row for each way events come."""
    events = _EVENTS_QUICK if quick else _EVENTS
    return [_measure(arrivals, events) for arrivals in _ARRIVALS]


def _measure(arrivals: Arrivals, events: int) -> Row:
    tell(f"live, {arrivals.games} games, {arrivals.name}: {events} events")
    RESULTS.mkdir(parents=True, exist_ok=True)  # on the disk of this repository: a temporary folder may be memory
    with tempfile.TemporaryDirectory(dir=RESULTS) as folder:
        bare_ms = _bare_loop_ms(Path(folder) / "bare", events // 2)
        live_ms = _live_ms(Path(folder) / "data", arrivals, events)
        bare_ms += _bare_loop_ms(Path(folder) / "bare", events // 2)
    figures = {"p50": 50.0, "p99": 99.0, "p99.9": 99.9, "max": 100.0}
    live = {name: significant(percentile(live_ms, percent)) for name, percent in figures.items()}
    bare = {name: significant(percentile(bare_ms, percent)) for name, percent in figures.items()}
    return {
        "events come": arrivals.name,
        "games": arrivals.games,
        **{f"× bare {name}": significant(live[name] / bare[name]) for name in ("p50", "p99")},
        **{f"{name} ms": value for name, value in live.items()},
        **{f"bare {name} ms": value for name, value in bare.items()},
        "events": len(live_ms),
    }


def _live_ms(data: Path, arrivals: Arrivals, events: int) -> list[float]:
    lines = [gamestream_lines(game, events // arrivals.games + 2) for game in range(arrivals.games)]
    with _pressbox(data) as pipe, _feeds(data, arrivals.games) as feeds:
        for feed, of_game in zip(feeds, lines, strict=True):
            os.write(feed, of_game[0])
        _stamps(pipe, len(feeds))
        written_ns: Stamps = {}
        event_ids = [count(1) for _ in feeds]
        begun_s = time.monotonic() + 0.5
        for due_s, game in arrivals.moments(events):
            event_id = next(event_ids[game])
            time.sleep(max(0.0, begun_s + due_s - time.monotonic()))
            os.write(feeds[game], lines[game][event_id])
            written_ns[_name(game), event_id] = time.monotonic_ns()
        stored_ns = _stamps(pipe, len(feeds) + events)
    return [(stored_ns[event] - written) / 1e6 for event, written in written_ns.items()]


@contextmanager
def _pressbox(data: Path) -> Iterator[Connection]:
    """Run a pressbox in a process of its own as long as the block lasts."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=run_pressbox, args=(data, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        assert ours.recv() == "ready"
        yield ours
        ours.send(None)
        process.join()
    finally:
        process.kill()


def _stamps(pipe: Connection, events: int) -> Stamps:
    """Wait until *events* events are stored and return when each was."""
    pipe.send(events)
    assert pipe.poll(_LATE_S), f"{events} events were not stored within {_LATE_S:.0f} s"
    stamps: Stamps = pipe.recv()
    return stamps


@contextmanager
def _feeds(data: Path, games: int) -> Iterator[list[int]]:
    with ExitStack() as closing:
        descriptors = []
        for game in range(games):
            path = data / "gamestreams" / f"{_name(game)}.txt"
            descriptors.append(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644))
            closing.callback(os.close, descriptors[-1])
        yield descriptors


def _name(game: int) -> str:
    return f"game-{game}"


def _bare_loop_ms(path: Path, events: int) -> list[float]:
    """Return the time of two writes, each made durable at once, into a file that has its room already."""
    sizes = _record_and_result_bytes()
    blocks = [os.urandom(size) for size in sizes]
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        os.posix_fallocate(descriptor, 0, sum(sizes) * events)
        os.fsync(descriptor)
        position, took_ms = 0, []
        for _ in range(events):
            begun_ns = time.monotonic_ns()
            for block in blocks:
                position += os.pwrite(descriptor, block, position)
                os.fdatasync(descriptor)
            took_ms.append((time.monotonic_ns() - begun_ns) / 1e6)
    finally:
        os.close(descriptor)
    return took_ms


def _record_and_result_bytes() -> tuple[int, int]:
    (box,) = opened_boxes(1)
    (entry,) = read_gamestream(gamestream_lines(0, 1)[0]).entries
    record = Played(box.game, 1, entry)
    _, (document,) = apply(box, 1, record)
    return len(encode_game_record(record)), len(encode_result(document))


if __name__ == "__main__":
    main("live", run)
