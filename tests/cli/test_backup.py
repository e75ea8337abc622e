"""`pressbox backup`, `restore` and `upgrade` as people run them, beside a real `pressbox up`."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from pressbox.cli.running import ask
from pressbox.log.reader import SegmentReader
from pressbox.model.box_score import Document
from pressbox.pipelines.box_score import BOX_SCORE, GAMES, Box
from pressbox.simulate.gamestream import simulate_gamestream
from pressbox.stores.sqlite_documents import SqliteDocuments
from tests.cli.conftest import Pressbox
from tests.cli.process import Up, started
from tests.pipelines.scorebook import fold_record

GAME_NAMES = ("first", "second", "third")
Documents = dict[tuple[str, int], bytes]


def feed(seed: int) -> list[bytes]:
    *_, played = simulate_gamestream(seed).moments()
    lines = played.body.splitlines(keepends=True)
    lines.insert(4, b"nonsense\n")
    return lines


FEEDS = {game: feed(seed) for seed, game in enumerate(GAME_NAMES)}


def write(data: Path, game: str, lines: list[bytes]) -> None:
    (data / "gamestreams").mkdir(exist_ok=True)
    new = data / "gamestreams" / ".unfinished"
    new.write_bytes(b"".join(lines))
    new.rename(data / "gamestreams" / f"{game}.txt")


def stored(data: Path) -> Documents:
    reader = SqliteDocuments(data / "boxscores.sqlite")
    try:
        return {
            (game, event): reader.at(game, event) or b"" for game in reader.games() for event in reader.event_ids(game)
        }
    finally:
        reader.close()


def folded(data: Path) -> Documents:
    """Return what one straight fold of the log's records gives, by game and event, byte for byte."""
    boxes: dict[str, Box | None] = {}
    documents: Documents = {}
    with SegmentReader(data / "log") as log:
        for record in log.read(GAMES, 0, 0, records_max=1 << 20):
            decoded = BOX_SCORE.decode(record.value)
            boxes[record.key], results = fold_record(boxes.get(record.key), record.offset, decoded)
            documents |= {(one.game, one.event_id): bytes(one.body) for one in results if isinstance(one, Document)}
    return documents


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 60
    waiting = threading.Event()
    while not condition():
        assert time.monotonic() < deadline_s, "it never came to pass"
        waiting.wait(0.02)


def lines_read(data: Path) -> dict[str, int]:
    """Return how many events of each game have a document."""
    counted = dict.fromkeys(GAME_NAMES, 0)
    for game, _ in stored(data):
        counted[game] += 1
    return counted


def are_final(data: Path) -> bool:
    games = ask(data, None, "games_list")
    lag = ask(data, None, "status")
    return (
        sorted(one["game"] for one in games if one["state"] == "final") == sorted(GAME_NAMES)
        and not lag["fold_lag"]
        and not any(one["lag"] for one in lag["stores"])
    )


def shown(documents: Documents) -> dict[tuple[str, int], object]:
    """Return *documents* without their places in the log, which depend on how the games took turns."""
    bodies = {key: msgspec.json.decode(body) for key, body in documents.items()}
    return {
        key: {name: value for name, value in body.items() if name not in ("revision", "revision_index")}
        for key, body in bodies.items()
    }


def test_taken_while_games_run_and_restored_elsewhere_it_goes_on_to_the_same_documents(
    up: Up, pressbox: Pressbox, tmp_path: Path
) -> None:
    backups: list[Path] = []
    growing = threading.Event()

    def play() -> None:
        for count in range(1, max(map(len, FEEDS.values())) + 1):
            for game, lines in FEEDS.items():
                write(up.data, game, lines[:count])
            growing.wait(0.01)

    writer = threading.Thread(target=play)
    writer.start()
    for events in (2, 15, 35):
        until(lambda events=events: min(lines_read(up.data).values()) >= events)  # type: ignore[misc]
        if events == 15:
            ask(up.data, None, "games_void", game="first", event_id=2)
        backups.append(tmp_path / f"backup-{events}")
        answer = pressbox("backup", backups[-1], "--data", up.data)
        assert answer.code == 0, answer.err
    writer.join()
    until(lambda: are_final(up.data))
    original = stored(up.data)
    assert original == folded(up.data)

    for backup in backups:
        elsewhere = tmp_path / f"{backup.name}-restored"
        restored = pressbox("restore", backup, "--data", elsewhere, "--json")
        assert restored.code == 0, restored.err
        lane = next(lane for lane in restored.json["log"] if lane["topic"] == GAMES)
        with SegmentReader(up.data / "log") as log, SegmentReader(elsewhere / "log") as copy:
            assert 0 < lane["end"] < log.end(GAMES, 0)
            kept = copy.read(GAMES, 0, 0, records_max=1 << 20)
            assert kept == log.read(GAMES, 0, 0, records_max=lane["end"])
        for game, lines in FEEDS.items():
            write(elsewhere, game, lines)
        with started(elsewhere):
            until(lambda: are_final(elsewhere))  # noqa: B023 - waited for at once
            if backup == backups[0]:
                ask(elsewhere, None, "games_void", game="first", event_id=2)
            assert ask(elsewhere, None, "reference_show") == ask(up.data, None, "reference_show")
        assert stored(elsewhere) == folded(elsewhere)
        assert shown(stored(elsewhere)) == shown(original)
        as_of_then = {key: body for key, body in original.items() if json.loads(body)["revision"] < lane["end"]}
        assert as_of_then == {key: stored(elsewhere)[key] for key in as_of_then}
        assert pressbox("log", "verify", "--data", elsewhere).code == 0


def test_what_is_not_in_it_is_said(up: Up, pressbox: Pressbox, tmp_path: Path) -> None:
    told = pressbox("backup", tmp_path / "backup", "--data", up.data)
    assert told.code == 0
    assert "not in it: feeds" in told.out
    assert (
        "0 records of 3 topics, audit.sqlite, dead-letters.sqlite, documents.sqlite, people.sqlite, reference.sqlite"
        in told.out
    )
    as_json = pressbox("backup", tmp_path / "another", "--data", up.data, "--json").json
    assert (as_json["format"], as_json["not_in_it"]) == (1, [])
    assert as_json["size_bytes"] == (tmp_path / "another").stat().st_size


def test_what_cannot_be_done_is_one_sentence_and_an_exit_code(data: Path, pressbox: Pressbox, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    assert pressbox("backup", backup, "--data", data).code == 0
    again = pressbox("backup", backup, "--data", data)
    assert (again.code, "is there already: name another file" in again.err) == (2, True)
    into = pressbox("restore", backup, "--data", data)
    assert (into.code, "is not empty, and a restore replaces nothing" in into.err) == (2, True)
    backup.write_bytes(backup.read_bytes()[:-200])
    cut = pressbox("restore", backup, "--data", tmp_path / "restored")
    assert (cut.code, "damaged or cut short at" in cut.err) == (5, True)
    assert not (tmp_path / "restored").exists()
    for answer in (again, into, cut):
        assert len(answer.err.splitlines()) == 1


def test_upgrade_says_what_it_did_and_never_while_it_runs(up: Up, pressbox: Pressbox) -> None:
    refused = pressbox("upgrade", "--data", up.data)
    assert refused.code == 2
    assert f"is being written by process {up.process.pid}: stop that one" in refused.err
    up.stop()
    with closing(sqlite3.connect(up.data / "dead-letters.sqlite")) as connection:
        connection.executescript(
            "DROP TABLE refusals; ALTER TABLE dead_letters DROP COLUMN refused_ms; PRAGMA user_version = 1;"
        )
    told = pressbox("upgrade", "--data", up.data)
    assert told.code == 0
    assert "dead-letters.sqlite: format 1 -> 2" in told.out
    (again,) = pressbox("upgrade", "--data", up.data, "--json").json
    assert (again["had"], again["has"]) == (2, 2)
    with started(up.data):
        pass


@pytest.mark.parametrize("file", ["dead-letters.sqlite", "boxscores.sqlite"])
def test_up_refuses_a_newer_store_in_a_sentence(data: Path, pressbox: Pressbox, file: str) -> None:
    with closing(sqlite3.connect(data / file)) as connection:
        connection.execute("PRAGMA user_version = 9")
    refused = pressbox("up", "--data", data, "--port", "0")
    assert refused.code == 2
    assert f"{data / file} has format 9, this pressbox knows" in refused.err
    assert len(refused.err.splitlines()) == 1


def test_up_refuses_newer_tables_and_a_newer_log_in_a_sentence(data: Path, pressbox: Pressbox) -> None:
    with closing(sqlite3.connect(data / "reference.sqlite")) as connection, connection:
        connection.execute("UPDATE pressbox_format SET version = 9")
    refused = pressbox("up", "--data", data, "--port", "0")
    assert (refused.code, "have format 9, this pressbox knows 1" in refused.err) == (2, True)
    topic = data / "log" / GAMES / "topic.json"
    topic.write_text(json.dumps(json.loads(topic.read_bytes()) | {"version": 9}))
    for command in (("up", "--port", "0"), ("backup", data / "x")):
        refused = pressbox(*command, "--data", data)
        assert (refused.code, "topic.json has format 9 and this pressbox knows 1" in refused.err) == (2, True)
