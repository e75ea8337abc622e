"""
How fast the box score folds on one core, and how much memory a game takes.

Beside it, in the same rounds: decoding the same lines alone, and what people do today, reading the whole file again
with pandas at each event. Run it alone with `python -m bench.fold [--json] [--quick]`.
"""

import tempfile
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bench.report import Row, main
from bench.rereading import document_of
from bench.rounds import Contender, Work, measure, significant, tell
from bench.workload import gamestream_lines, interleaved_records, opened_boxes
from pressbox.codec.gamestream import read_gamestream
from pressbox.codec.playbyplay import read_playbyplay
from pressbox.model.box_score import Document
from pressbox.model.game import Played, encode_game_record
from pressbox.pipelines.box_score import BOX_SCORE, Box, apply
from pressbox.simulate.playbyplay import simulate_playbyplay

_GAMES = (1, 100, 10_000)
_REREAD_GAME_EVENTS = 100
_SEED_FIELDS = ("_id", "timestamp", "home", "away")


def run(*, quick: bool) -> list[Row]:
    """Return one row for each figure."""
    events, rounds = (20_000, 1) if quick else (200_000, 5)
    with tempfile.TemporaryDirectory() as folder:
        reread = _Reread(Path(folder) / "gamestream.txt", events=5 if quick else 25)
        reread.check()
        rows = [row for games in _GAMES for row in _throughput(games, events // games, rounds, reread)]
    rows += _codecs(rounds)
    rows += [_memory(100, 100), _memory(100, 1000)]
    return rows


class _Reread:
    """One game of a usual length, read again from its file after some of its events."""

    def __init__(self, path: Path, events: int) -> None:
        self._path = path
        self._lines = gamestream_lines(0, _REREAD_GAME_EVENTS)
        self._lengths = range(_REREAD_GAME_EVENTS // events, _REREAD_GAME_EVENTS + 1, _REREAD_GAME_EVENTS // events)

    def check(self) -> None:
        """Make sure that both ways give the same document, or the comparison says nothing."""
        self._path.write_bytes(b"".join(self._lines))
        theirs = msgspec.json.decode(document_of(self._path))
        box, ours = opened_boxes(1)[0], {}
        for revision, entry in enumerate(read_gamestream(b"".join(self._lines)).entries, 1):
            _, (result,) = apply(box, revision, Played(box.game, 1, entry))
            assert isinstance(result, Document)
            ours = msgspec.json.decode(result.body)
        assert theirs == _like(theirs, ours), "pandas and the fold disagree"

    def prepare(self) -> Work:
        """Return the work of rereading a file that grows; writing it is part, as somebody has to read what grows."""

        def reread() -> int:
            for length in self._lengths:
                self._path.write_bytes(b"".join(self._lines[:length]))
                document_of(self._path)
            return len(self._lengths)

        return reread


def _like(pattern: object, value: object) -> object:
    """Return *value* with only those fields that *pattern* has."""
    if isinstance(pattern, dict) and isinstance(value, dict):
        return {key: _like(pattern[key], value[key]) for key in pattern}
    if isinstance(pattern, list) and isinstance(value, list):
        return [_like(one, other) for one, other in zip(pattern, value, strict=True)]
    return value


def _throughput(games: int, events_a_game: int, rounds: int, reread: _Reread) -> list[Row]:
    lines = [b"".join(gamestream_lines(game, events_a_game)) for game in range(games)]
    records = interleaved_records(games, events_a_game)
    values = [(game, encode_game_record(record)) for game, record in records]
    contenders: dict[str, Contender] = {
        "decoding": lambda: lambda: sum(len(read_gamestream(one).entries) for one in lines),
        "rereading with pandas": reread.prepare,
        "apply": _folding(games, lambda boxes: _apply_all(boxes, records, silent=True)),
        "apply + document + JSON": _folding(games, lambda boxes: _apply_all(boxes, records, silent=False)),
        "log record to log result": _folding(games, lambda boxes: _carry_all(boxes, values)),
    }
    rates = measure(f"fold, {games} games", contenders, rounds)
    return [
        {
            "work": work,
            "games at once": games,
            "× decoding": rates.ratio(work, "decoding"),
            "× pandas": rates.ratio(work, "rereading with pandas"),
            "events/s": rates.events_per_s(work),
            "decoding events/s": rates.events_per_s("decoding"),
            "pandas events/s": rates.events_per_s("rereading with pandas"),
            "events": len(records),
        }
        for work in list(contenders)[2:]
    ]


def _folding(games: int, fold: Callable[[Sequence[Box]], int]) -> Contender:
    def prepare() -> Work:
        boxes = opened_boxes(games)
        return lambda: fold(boxes)

    return prepare


def _apply_all(boxes: Sequence[Box], records: Sequence[tuple[int, Played]], *, silent: bool) -> int:
    for revision, (game, record) in enumerate(records, 1):
        apply(boxes[game], revision, record, silent=silent)
    return len(records)


def _carry_all(boxes: Sequence[Box], values: Sequence[tuple[int, bytes]]) -> int:
    decode, encode = BOX_SCORE.decode, BOX_SCORE.encode
    for revision, (game, value) in enumerate(values, 1):
        _, results = apply(boxes[game], revision, decode(value))
        for result in results:
            encode(result)
    return len(values)


def _codecs(rounds: int) -> list[Row]:
    lines = b"".join(gamestream_lines(0, 50_000))
    *_, last = simulate_playbyplay(0).moments()
    plays = len(read_playbyplay(last.body).entries)
    reads = 20_000 // plays
    contenders: dict[str, Contender] = {
        "gamestream": lambda: lambda: len(read_gamestream(lines).entries),
        "playbyplay": lambda: lambda: sum(len(read_playbyplay(last.body).entries) for _ in range(reads)),
    }
    rates = measure("codecs", contenders, rounds)
    return [{"codec": codec, "decoded events/s": rates.events_per_s(codec)} for codec in contenders]


def _memory(games: int, events_a_game: int) -> Row:
    tell(f"memory: {games} games of {events_a_game} events")
    lines = [gamestream_lines(game, events_a_game) for game in range(games)]
    tracemalloc.start()
    boxes = opened_boxes(games)
    opened_bytes, _ = tracemalloc.get_traced_memory()
    for game, box in enumerate(boxes):
        for revision, entry in enumerate(read_gamestream(b"".join(lines[game])).entries, 1):
            apply(box, revision, Played(box.game, 1, entry), silent=True)
    folded_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {
        "events a game": events_a_game,
        "KiB a game": significant(folded_bytes / games / 1024),
        "KiB a game before its first event": significant(opened_bytes / games / 1024),
        "bytes an event": round((folded_bytes - opened_bytes) / games / events_a_game),
    }


if __name__ == "__main__":
    main("fold", run)
