"""Every other command, over a running pressbox and without one; what they answer must not show which."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pressbox.codec.reference import encode_players
from pressbox.model.reference import PlayerRow
from pressbox.simulate.reference import REFERENCE
from tests.cli.conftest import Pressbox
from tests.cli.process import Up

A = "0 59:51 101 2 0"
B = "1 57:06 101 6 1"
NOBODY = "2 55:25 205 77 1"
TAIL = "3 54"


class Desk:
    """Somebody at the command line, asking one data folder."""

    def __init__(self, pressbox: Pressbox, place: Path) -> None:
        self.pressbox = pressbox
        self.place = place

    def ask(self, *words: object, code: int = 0) -> Any:
        """Return the JSON a command answers."""
        answer = self.pressbox(*words, "--data", self.place, "--json")
        assert answer.code == code, answer
        return answer.json

    def tell(self, *words: object, code: int = 0) -> str:
        """Return what a command says to a person."""
        answer = self.pressbox(*words, "--data", self.place)
        assert answer.code == code, answer
        assert "Traceback" not in answer.err
        return answer.out + answer.err

    def feed(self, *lines: str, name: str = "gamestream.txt") -> None:
        """Put the feed there and wait until a running pressbox has seen it."""
        beside = self.place / "beside"
        beside.write_text("\n".join(lines) + "\n" * (TAIL not in lines))
        beside.replace(self.place / "gamestreams" / name)
        last = max(number for number, line in enumerate(lines) if line not in (TAIL, NOBODY))
        while not any(game["event_id"] == last for game in self.ask("games", "list")):
            pass
        while self.ask("status")["fold_lag"] or any(store["lag"] for store in self.ask("status")["stores"]):
            pass

    def document(self) -> Any:
        answer = self.pressbox("games", "show", "gamestream", "--data", self.place)
        assert answer.code == 0
        return answer.json


@pytest.fixture
def desk(pressbox: Pressbox, place: Path) -> Desk:
    return Desk(pressbox, place)


def test_games_are_listed_shown_and_corrected(desk: Desk) -> None:
    desk.feed(A, B, TAIL)
    (game,) = desk.ask("games", "list")
    assert (game["game"], game["state"], game["home_score"], game["event_id"]) == ("gamestream", "live", 1, 1)
    assert "gamestream  live" in desk.tell("games", "list")
    assert desk.document()["_id"] == 1
    answer = desk.pressbox("games", "show", "gamestream", "--at", 0, "--data", desk.place)
    assert answer.json["_id"] == 0
    (voided,) = desk.ask("games", "void", "gamestream", 1)
    assert voided["home_score"] == 0
    (confirmed,) = desk.ask("games", "confirm", "gamestream", 1)
    assert confirmed["home_score"] == 1
    (amended,) = desk.ask("games", "amend", "gamestream", "1 57:06 205 8 1")
    assert (amended["home_score"], amended["away_score"]) == (0, 1)
    (over,) = desk.ask("games", "finish", "gamestream")
    assert (over["state"], over["dead_letters"]) == ("final", 1)
    assert desk.document()["final"]
    assert "final" in desk.tell("games", "finish", "gamestream")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["games", "show", "chess"], "game 'chess' has no document"),
        (["games", "show", "gamestream", "--at", "-5"], "game 'gamestream' has no document at event -5"),
        (["games", "finish", "chess"], "no game 'chess' has begun"),
        (["games", "void", "gamestream", "7"], "the feed has no event 7"),
        (["games", "amend", "gamestream", "1 57:06"], "2 fields where 5 belong"),
        (["games", "amend", "gamestream", " -1 00:00 0 0 0"], "-1 is no play"),
        (["deadletters", "show", "f00"], "no dead letter's id begins with 'f00'"),
        (["deadletters", "replay", "f00"], "no dead letter's id begins with 'f00'"),
        (["log", "show", "chess"], "chess"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(data: Path, pressbox: Pressbox, words: list[str], reason: str) -> None:
    desk = Desk(pressbox, data)
    desk.feed(A, B)
    assert reason in desk.tell(*words, code=2)


def test_errors_are_the_same_from_a_running_pressbox(desk: Desk) -> None:
    told = desk.tell("games", "finish", "chess", code=2)
    assert told == "pressbox: no game 'chess' has begun; `pressbox games list` shows those that have\n"


def test_a_dead_letter_is_listed_shown_and_mended_by_a_line(desk: Desk) -> None:
    desk.feed(A, B, NOBODY)
    (letter,) = desk.ask("deadletters", "list")
    assert (letter["number"], letter["state"], letter["game"]) == (3, "open", "gamestream")
    assert NOBODY in desk.tell("deadletters", "list", "--game", "gamestream")
    assert desk.ask("deadletters", "list", "--game", "chess") == []
    assert desk.ask("deadletters", "show", letter["id"][:4]) == letter
    assert NOBODY in desk.tell("deadletters", "show", letter["id"])
    still = desk.ask("deadletters", "replay", letter["id"], "--line", "2 55:25 205 78 1", code=3)
    assert still["state"] == "open"
    mended = desk.ask("deadletters", "replay", letter["id"], "--line", "2 55:25 205 8 1")
    assert mended["state"] == "mended"
    assert desk.document()["away"]["score"] == 1
    assert desk.ask("deadletters", "list") == []
    assert [one["state"] for one in desk.ask("deadletters", "list", "--all")] == ["mended"]


def test_a_dead_letter_is_mended_by_loading_the_missing_player(
    desk: Desk, tables: tuple[Path, Path], tmp_path: Path
) -> None:
    desk.feed(A, B, NOBODY)
    (letter,) = desk.ask("deadletters", "list")
    assert "as they were" in desk.tell("deadletters", "replay", letter["id"], code=2)
    more = tmp_path / "more.csv"
    more.write_bytes(encode_players([*REFERENCE.players, PlayerRow(21, "jim", "77", 0, 0, 205)]))
    desk.tell("reference", "load", tables[0], more)
    assert f"{letter['id']}: mended" in desk.tell("deadletters", "replay", letter["id"])
    assert desk.document()["away"]["score"] == 1


def test_the_status_tells_games_lag_letters_and_cursors(desk: Desk) -> None:
    desk.feed(A, B, NOBODY)
    told = desk.ask("status")
    assert (told["games"], told["dead_letters"], told["fold_lag"]) == ({"live": 1, "waiting": 0, "final": 0}, 1, 0)
    assert {store["store"]: (store["cursor"], store["lag"]) for store in told["stores"]} == {
        "documents": ({"0": 2}, 0),
        "settlements": ({"0": 2}, 0),
        "dead letters": ({"0": 1}, 0),
    }
    said = desk.tell("status")
    assert "games: 1 live, 0 waiting, 0 final\nopen dead letters: 1\n" in said
    assert "settlements" in said


def test_what_keeps_a_game_waiting_is_told(desk: Desk) -> None:
    (desk.place / "gamestreams" / "broken.json").write_text("{")
    while not desk.ask("status")["problems"]:
        pass
    assert "broken: not a play-by-play object" in desk.tell("status")
    assert [game["state"] for game in desk.ask("games", "list")] == ["waiting"]


def test_reference_data_is_loaded_shown_accepted_and_reset(desk: Desk, tmp_path: Path) -> None:
    shown = desk.ask("reference", "show")
    assert (len(shown["reference"]["teams"]), len(shown["reference"]["players"])) == (2, 20)
    assert shown["standings"] is None
    desk.feed(A, B)
    desk.ask("games", "finish", "gamestream")
    assert desk.ask("reference", "show")["standings"]["teams"][0]["wins"] == 6
    assert "teams2" in desk.tell("reference", "show")
    assert desk.ask("reference", "accept") == ["gamestream"]
    assert desk.ask("reference", "show")["standings"]["teams"][0]["wins"] == 5
    assert "accepted: nothing" in desk.tell("reference", "accept", "gamestream")
    assert desk.ask("reference", "reset")["teams"][0]["wins"] == 5
    (tmp_path / "bad.csv").write_text("id,name\n")
    assert "column 'conference' is missing" in desk.tell(
        "reference", "load", tmp_path / "bad.csv", tmp_path / "bad.csv", code=2
    )


def test_a_file_of_another_encoding_is_named(data: Path, pressbox: Pressbox, tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("id,name\n1,Jürgen".encode("latin-1"))
    answer = pressbox("reference", "load", tmp_path / "latin.csv", tmp_path / "latin.csv", "--data", data)
    assert (answer.code, "not UTF-8" in answer.err) == (2, True)


def test_the_log_is_shown_and_verified(desk: Desk) -> None:
    desk.feed(A, B, NOBODY)
    assert {lane["topic"]: lane["end"] for lane in desk.ask("log", "show")} == {
        "games": 4,
        "boxscores": 2,
        "games-deadletters": 1,
    }
    assert "games/0: 0..4" in desk.tell("log", "show")
    records = desk.pressbox("log", "show", "games", "--from", 1, "--limit", 2, "--data", desk.place, "--json").lines()
    assert [(one["offset"], one["value"]["type"]) for one in records] == [(1, "played"), (2, "played")]
    assert desk.tell("log", "show", "games", "--limit", 1).startswith("0 gamestream ")
    assert desk.ask("log", "verify") == []
    assert "the log is whole" in desk.tell("log", "verify")


def segment(data: Path) -> Path:
    """Return the file with the records of the games."""
    files = [file for file in (data / "log" / "games").rglob("*") if file.is_file()]
    return next(file for file in files if b'"jersey":"2"' in file.read_bytes())


def test_a_damaged_log_is_named_by_verify(data: Path, pressbox: Pressbox) -> None:
    desk = Desk(pressbox, data)
    desk.feed(A, B)
    content = bytearray(segment(data).read_bytes())
    content[content.index(b'"jersey":"2"') + 10] = ord("3")
    segment(data).write_bytes(content)
    assert "games" in desk.tell("log", "verify", code=5)
    assert desk.ask("log", "verify", code=5)


def test_what_a_crash_left_unfinished_is_named_and_is_no_damage(up: Up, pressbox: Pressbox) -> None:
    desk = Desk(pressbox, up.data)
    desk.feed(A, B)
    up.kill()
    content = segment(up.data).read_bytes()
    end = len(content.rstrip(b"\0"))
    segment(up.data).write_bytes(content[: end - 5] + bytes(len(content) - end + 5))
    (finding,) = desk.ask("log", "verify")
    assert finding["topic"] == "games"
    assert "never acknowledged" in desk.tell("log", "verify")


def test_check_tries_every_part_and_says_what_is_wrong(data: Path, pressbox: Pressbox, tmp_path: Path) -> None:
    fine = pressbox("check", "--data", data, "--json")
    assert (fine.code, set(fine.json.values())) == (0, {""})
    settings = tmp_path / "pressbox.toml"
    (tmp_path / "taken").mkdir()
    settings.write_text(f'documents = {{ kind = "sqlite", path = "{tmp_path}/taken" }}')
    wrong = pressbox("check", "--data", data, "--settings", settings)
    assert wrong.code == 1
    assert "source: ok" in wrong.out
    assert f"documents: {tmp_path}/taken: unable to open database file" in wrong.out


def test_check_names_a_team_of_a_game_that_is_not_in_the_tables(tmp_path: Path, pressbox: Pressbox) -> None:
    settings = tmp_path / "pressbox.toml"
    settings.write_text('[[games]]\npattern = "final-*"\nhome = 7\naway = 8\n')
    told = pressbox("check", "--data", tmp_path / "data", "--settings", settings, "--json")
    assert told.code == 1
    assert told.json["reference"].startswith("team 7 is not in the table teams")


def test_check_names_a_folder_that_cannot_be_made(tmp_path: Path, pressbox: Pressbox) -> None:
    (tmp_path / "gamestreams").write_text("")
    told = pressbox("check", "--data", tmp_path, "--json")
    assert told.code == 1
    assert "cannot be a folder for feeds" in told.json["source"]


def test_init_writes_settings_once(tmp_path: Path, pressbox: Pressbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert pressbox("init").code == 0
    assert pressbox("check", "--settings", "pressbox.toml", "--data", tmp_path / "data").code == 0
    again = pressbox("init")
    assert (again.code, "is there already" in again.err) == (2, True)
    nowhere = pressbox("init", tmp_path / "missing" / "pressbox.toml")
    assert (nowhere.code, "No such file or directory" in nowhere.err) == (2, True)


def test_a_simulated_game_is_played_into_the_data_folder(desk: Desk) -> None:
    desk.tell("simulate", "game", "--delay", 0)
    while (games := desk.ask("games", "list"))[:1] and games[0]["state"] != "final":
        pass
    (game,) = desk.ask("games", "list")
    assert (game["home"], game["away"], game["state"]) == ("syracuse", "johns hopkins", "final")
    assert desk.ask("deadletters", "list") == []


def test_a_simulated_game_replaces_nobody_elses_teams(data: Path, pressbox: Pressbox, tmp_path: Path) -> None:
    teams, players = tmp_path / "t.csv", tmp_path / "p.csv"
    teams.write_text("id,name,conference,wins,losses\n7,duke,ACC,0,0\n8,yale,Ivy,0,0\n")
    players.write_text("id,name,number,shots,goals,teamid\n1,zoe,2,0,0,7\n")
    assert pressbox("reference", "load", teams, players, "--data", data).code == 0
    answer = pressbox("simulate", "game", "--delay", 0, "--data", data)
    assert (answer.code, "the tables hold other teams (duke, yale)" in answer.err) == (2, True)


@pytest.mark.parametrize(
    "words", [["status"], ["games", "list"], ["deadletters", "list"], ["reference", "show"], ["log", "verify"]]
)
def test_a_data_folder_that_is_not_there_is_named(words: Iterable[str], tmp_path: Path, pressbox: Pressbox) -> None:
    answer = pressbox(*words, "--data", tmp_path / "missing")
    assert (answer.code, str(tmp_path / "missing") in answer.err) == (2, True)
    assert not (tmp_path / "missing").exists()


def test_an_address_where_nobody_answers_any_more_is_no_pressbox(data: Path, pressbox: Pressbox) -> None:
    (data / "up.json").write_text('{"url": "http://127.0.0.1:9", "token": "t", "pid": 1}')
    assert pressbox("status", "--data", data).code == 0


def test_no_help_shows_its_own_markup(pressbox: Pressbox) -> None:
    for words in (["--help"], ["boxscore", "--help"], ["reference", "load", "--help"]):
        assert "\\b" not in pressbox(*words).out
