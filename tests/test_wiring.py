"""All parts together, over real files: what a person sees of a data folder."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pressbox.codec.reference import encode_players, encode_teams
from pressbox.errors import BadInput, BadSettings, Unavailable
from pressbox.model.reference import PlayerRow, ReferenceData, TeamRow
from pressbox.settings import GameTeams, LogSettings, RetentionSettings, Settings
from pressbox.simulate.reference import REFERENCE
from pressbox.stores.sqlite_documents import SqliteDocumentSettings
from pressbox.stream.revision import generation_of
from pressbox.wiring import Pressbox

A = "0 59:51 101 2 0\n"
B = "1 57:06 101 6 1\n"
NOBODY = "2 56:13 205 77 1\n"
END = "-1 00:00 0 0 0\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "gamestreams").mkdir()
    load(tmp_path, REFERENCE)
    return tmp_path


def load(data: Path, tables: ReferenceData) -> None:
    with Pressbox(Settings(), data) as opened:
        opened.operations.reference_load(encode_teams(tables.teams).decode(), encode_players(tables.players).decode())


def feed(data: Path, content: str, name: str = "gamestream.txt") -> None:
    (data / "gamestreams" / name).write_text(content)


@contextmanager
def caught_up(data: Path, settings: Settings | None = None) -> Iterator[Pressbox]:
    """Open the data, look at the feeds, and carry everything through."""
    with Pressbox(settings or Settings(), data) as opened:
        opened.source.poll()
        opened.catch_up()
        yield opened


def newest(opened: Pressbox, game: str = "gamestream") -> dict[str, Any]:
    body = opened.documents.newest(game)
    assert body is not None
    document: dict[str, Any] = msgspec.json.decode(body)
    return document


def wait_until(condition: Callable[[], object]) -> None:
    """Ask again and again; the test's own time limit ends it where the condition never holds."""
    while not condition():
        pass


def test_a_feed_becomes_documents_standings_and_dead_letters(data: Path) -> None:
    feed(data, A + B + NOBODY + END)
    with caught_up(data) as opened:
        document = newest(opened)
        assert (document["_id"], document["home"]["score"], document["final"]) == (1, 1, True)
        standings = opened.settlement.standings()
        assert standings is not None
        assert [(team.id, team.wins, team.losses) for team in standings.teams] == [(101, 6, 2), (205, 4, 4)]
        (letter,) = opened.operations.deadletters_list()
        assert (letter.number, letter.raw) == (3, NOBODY.rstrip().encode())
        status = opened.status()
    assert (status.games, status.dead_letters, status.fold_lag) == ({"live": 0, "waiting": 0, "final": 1}, 1, 0)
    assert [(store.lag, store.problem) for store in status.stores] == [(0, "")] * 3
    assert status.problems == []


def test_opening_it_again_adds_nothing(data: Path) -> None:
    feed(data, A + B + NOBODY)
    with caught_up(data) as opened:
        before = newest(opened), opened.log.end("games", 0), opened.log.end("boxscores", 0)
    with caught_up(data) as opened:
        assert (newest(opened), opened.log.end("games", 0), opened.log.end("boxscores", 0)) == before


def test_a_deleted_log_begins_a_generation_that_writes_every_document_again(data: Path) -> None:
    feed(data, A + B + NOBODY + END)
    with caught_up(data) as opened:
        before = newest(opened)
        standings = opened.settlement.standings()
    shutil.rmtree(data / "log")
    with caught_up(data) as opened:
        after = newest(opened)
        assert generation_of(after["revision"]) == 1
        assert after | {"revision": 0} == before | {"revision": 0}
        assert opened.documents.event_ids("gamestream") == [0, 1]
        assert opened.settlement.standings() == standings
        assert len(opened.operations.deadletters_list()) == 1


def test_a_log_that_was_deleted_again_and_again_keeps_its_stores_going(data: Path) -> None:
    for generation, content in enumerate((A, A + B, B)):
        feed(data, content)
        with caught_up(data) as opened:
            assert generation_of(newest(opened)["revision"]) == generation
        shutil.rmtree(data / "log")


def test_a_deleted_store_is_filled_from_the_log(data: Path) -> None:
    feed(data, A + B)
    with caught_up(data) as opened:
        before = newest(opened)
    for file in data.glob("boxscores.sqlite*"):
        file.unlink()
    with caught_up(data) as opened:
        assert newest(opened) == before


def test_a_store_that_is_away_keeps_nothing_from_the_others_and_says_so(data: Path) -> None:
    settings = Settings(documents=SqliteDocumentSettings(path="away"))
    (data / "away").mkdir()
    feed(data, A + NOBODY)
    with caught_up(data, settings) as opened:
        assert len(opened.operations.deadletters_list()) == 1
        (problem,) = opened.status().problems
        assert problem.startswith("store documents: ")
        with pytest.raises(Unavailable, match=r"safe in the log; still to be stored: documents: .*away"):
            opened.operations.games_finish("gamestream")
    (data / "away").rmdir()
    with caught_up(data, settings) as opened:
        assert newest(opened)["final"]


def test_a_dead_letter_of_a_run_that_was_replaced_mends_nothing(data: Path) -> None:
    feed(data, A + B + NOBODY)
    with caught_up(data) as opened:
        (letter,) = opened.operations.deadletters_list()
        feed(data, A)
        while opened.log.end("games", 0) < 6:  # the shorter feed has to stay shorter for a while
            opened.source.poll()
        opened.catch_up()
        assert opened.games()[0].run == 2
        with pytest.raises(BadInput, match="is of run 1 of gamestream, which run 2 has replaced"):
            opened.operations.deadletters_replay(letter.id, "2 56:13 205 8 1")


def test_a_game_without_rosters_waits_with_a_sentence_and_begins_when_they_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "gamestreams").mkdir()
    feed(tmp_path, A)
    with caught_up(tmp_path) as opened:
        (game,) = opened.games()
        assert (game.state, game.problem) == (
            "waiting",
            "no rosters yet: `pressbox reference load teams.csv players.csv`",
        )
    load(tmp_path, REFERENCE)
    with caught_up(tmp_path) as opened:
        assert newest(opened)["_id"] == 0


def three_teams() -> ReferenceData:
    third = TeamRow(7, "duke", "ACC", 0, 0)
    return ReferenceData((third, *REFERENCE.teams), (*REFERENCE.players, PlayerRow(99, "zoe", "2", 0, 0, 7)))


@pytest.mark.parametrize("pattern", ["final-*", "gamestreams/final-*.txt"])
def test_of_three_teams_the_settings_say_who_plays(data: Path, pattern: str) -> None:
    load(data, three_teams())
    feed(data, A, "final-2026.txt")
    with caught_up(data) as opened:
        (game,) = opened.games()
        assert game.problem.endswith('[[games]] pattern = "final-2026", home = ID, away = ID')
    settings = Settings(games=(GameTeams(pattern=pattern, home=205, away=101),))
    with caught_up(data, settings) as opened:
        document = newest(opened, "final-2026")
        assert (document["home"]["teamid"], document["away"]["teamid"]) == (205, 101)


def test_a_team_the_settings_name_and_nobody_loaded_is_a_problem_of_its_game(data: Path) -> None:
    feed(data, A)
    with caught_up(data, Settings(games=(GameTeams(pattern="*", home=1, away=101),))) as opened:
        assert "team 1 is not in the table teams" in opened.games()[0].problem


def test_live_games_come_first_then_those_that_wait_then_the_final_ones(data: Path) -> None:
    feed(data, A + END, "a.txt")
    feed(data, "{", "b.json")
    feed(data, A, "c.txt")
    with caught_up(data) as opened:
        assert [(game.game, game.state) for game in opened.games()] == [("c", "live"), ("b", "waiting"), ("a", "final")]
        (problem,) = opened.status().problems
        assert problem.startswith("b: not a play-by-play object")


def test_games_of_many_partitions_are_one_pressbox(data: Path) -> None:
    shutil.rmtree(data / "log")
    settings = Settings(log=LogSettings(partitions=4))
    for number in range(8):
        feed(data, A + B, f"game-{number}.txt")
    with caught_up(data, settings) as opened:
        assert [game.event_id for game in opened.games()] == [1] * 8
        assert len(opened.documents.games()) == 8


def test_a_topic_nobody_has_cannot_be_retained(data: Path) -> None:
    with pytest.raises(BadSettings, match=r"log\.retention\.gamez: there is no such topic"):
        Pressbox(Settings(log=LogSettings(retention={"gamez": RetentionSettings()})), data).open()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSettings, match=r"file/data cannot be the data folder: Not a directory"):
        Pressbox(Settings(), tmp_path / "file" / "data").open()


def test_one_data_folder_has_one_pressbox(data: Path) -> None:
    with caught_up(data), pytest.raises(BadSettings, match=str(data)):
        Pressbox(Settings(), data).open()


def test_running_it_moves_documents_as_feeds_grow_and_answers_operations(data: Path) -> None:
    with Pressbox(Settings(), data) as opened:
        opened.start()
        feed(data, A)
        wait_until(lambda: opened.documents.newest("gamestream"))
        feed(data, A + B)
        wait_until(lambda: newest(opened)["_id"] == 1)
        assert opened.operations.games_finish("gamestream").state == "final"
        assert newest(opened)["final"]
        assert newest(opened)["revision"] == opened.log.end("games", 0) - 1


def test_a_part_that_fails_by_a_bug_stops_the_others_and_tells_the_process(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []

    def broken(_stopping: object) -> None:
        raise ZeroDivisionError

    with Pressbox(Settings(), data) as opened:
        monkeypatch.setattr(opened.runner, "run", broken)
        opened.on_failure = lambda: told.append(True)
        opened.start()
        wait_until(lambda: told)
        assert isinstance(opened.failure, ZeroDivisionError)
