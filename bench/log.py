"""
How fast records are made durable: appends to the log, one caller, each waiting for the disk.

Beside it, in the same rounds: the same bytes written by a bare loop of `pwrite` and `fdatasync` on a file made before,
which is as fast as this disk allows, and SQLite as people use it for the purpose, WAL with synchronous=FULL. Rates are
by wall time, since waiting for the disk is what is measured. Run it alone with `python -m bench.log [--json] [--quick]`.
"""

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median

from bench.report import RESULTS, Row, main
from bench.rounds import percentile, significant, tell
from pressbox.log.segments import SEGMENT_BYTES, SegmentLog
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord

_GROUPS = {1: 300, 10: 500, 100: 400, 1000: 45}
"""Records a group, and how many groups a round: of the larger ones enough to begin a segment in each round."""

_VALUE_BYTES = 200
_KEYS = 46

Append = Callable[[Sequence[NewRecord]], object]


def run(*, quick: bool) -> list[Row]:
    """Return one row for each size of a group."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RESULTS) as folder, ExitStack() as opened:
        contenders = {
            "log": opened.enter_context(_log(Path(folder))),
            "bare": opened.enter_context(_bare(Path(folder))),
            "SQLite": opened.enter_context(_sqlite(Path(folder))),
        }
        return [_row(records, groups, contenders, rounds=3 if quick else 15) for records, groups in _GROUPS.items()]


def _row(records: int, groups: int, contenders: dict[str, Append], rounds: int) -> Row:
    group = [NewRecord(f"athlete-{number % _KEYS}", os.urandom(_VALUE_BYTES), number) for number in range(records)]
    taken_s: dict[str, list[list[float]]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        tell(f"log, groups of {records}: round {number} of {rounds}")
        for name, append in contenders.items():
            taken_s[name].append([_timed(append, group) for _ in range(groups)])
    counted = {name: rounds_s[1:] for name, rounds_s in taken_s.items()}
    return {
        "work": "append and wait for the disk",
        "records a group": records,
        **{f"× {name}": _ratio(counted[name], counted["log"]) for name in ("bare", "SQLite")},
        **{key: value for name in contenders for key, value in _figures(name, records, counted[name]).items()},
        "groups": groups * rounds,
    }


def _timed(append: Append, group: Sequence[NewRecord]) -> float:
    begun_s = time.perf_counter()
    append(group)
    return time.perf_counter() - begun_s


def _ratio(theirs: list[list[float]], ours: list[list[float]]) -> float:
    """Return how many times as fast ours is: the median of the rounds' own ratios."""
    return significant(median(sum(their) / sum(our) for their, our in zip(theirs, ours, strict=True)))


def _figures(name: str, records: int, rounds_s: list[list[float]]) -> Row:
    each_s = [taken_s for round_s in rounds_s for taken_s in round_s]
    return {
        f"{name} events/s": round(records * len(each_s) / sum(each_s)),
        f"{name} p50 ms": significant(1000 * percentile(each_s, 50)),
        f"{name} p99 ms": significant(1000 * percentile(each_s, 99)),
    }


@contextmanager
def _log(folder: Path) -> Iterator[Append]:
    with SegmentLog(folder / "log", [Topic("samples")], now_ms=lambda: time.time_ns() // 1_000_000) as log:
        yield lambda group: log.append("samples", 0, group)


@contextmanager
def _bare(folder: Path) -> Iterator[Append]:
    descriptor = os.open(folder / "bare", os.O_RDWR | os.O_CREAT)
    os.pwrite(descriptor, bytes(SEGMENT_BYTES), 0)
    os.fsync(descriptor)
    position = 0

    def append(group: Sequence[NewRecord]) -> None:
        nonlocal position
        data = b"".join([record.value for record in group])
        if position + len(data) > SEGMENT_BYTES:
            position = 0
        os.pwrite(descriptor, data, position)
        os.fdatasync(descriptor)
        position += len(data)

    yield append
    os.close(descriptor)


@contextmanager
def _sqlite(folder: Path) -> Iterator[Append]:
    with closing(sqlite3.connect(folder / "log.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE log (offset INTEGER PRIMARY KEY, key TEXT, value BLOB, time_ms INTEGER)")

        def append(group: Sequence[NewRecord]) -> None:
            rows = [(record.key, record.value, record.time_ms) for record in group]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO log (key, value, time_ms) VALUES (?, ?, ?)", rows)
            connection.execute("COMMIT")

        yield append


if __name__ == "__main__":
    main("log", run)
