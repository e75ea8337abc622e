"""`pressbox boxscore`: one game from a file or a pipe, without any settings."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pressbox.simulate.gamestream import simulate_gamestream
from pressbox.simulate.playbyplay import simulate_playbyplay
from tests.cli.conftest import Answer, Pressbox
from tests.cli.process import COMMAND

A = "0 59:51 101 2 0"
B = "1 57:06 101 6 1"
C = "2 56:13 205 8 1"
NOBODY = "3 55:25 205 77 1"
MALFORMED = "3 55:25 205"
HORN = "4 00:00 0 0 0"
END = "-1 00:00 0 0 0"


@pytest.fixture
def rosters(tables: tuple[Path, Path]) -> list[str]:
    return ["--teams", str(tables[0]), "--players", str(tables[1])]


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    return tmp_path / "gamestream.txt"


def write(stream: Path, *lines: str) -> Path:
    stream.write_text("".join(f"{line}\n" for line in lines))
    return stream


def scores(answer: Answer) -> list[tuple[int, int, int]]:
    return [(one["_id"], one["home"]["score"], one["away"]["score"]) for one in answer.lines()]


def test_a_file_gives_its_newest_document(stream: Path, rosters: list[str], pressbox: Pressbox) -> None:
    answer = pressbox("boxscore", write(stream, A, B, C), *rosters)
    assert (answer.code, answer.err) == (0, "")
    assert scores(answer) == [(2, 1, 1)]
    document = answer.json
    assert (document["timestamp"], document["final"], document["game"]) == ("56:13", False, "gamestream")
    assert document["home"]["players"][0] == {
        "id": 1, "name": "sam", "number": "6", "shots": 1, "goals": 1, "pct": 1.0
    }  # fmt: skip


@pytest.mark.parametrize(("at", "event"), [(0, 0), (1, 1), (99, 2)])
def test_a_moment_shows_the_document_as_it_stood(
    stream: Path, rosters: list[str], pressbox: Pressbox, at: int, event: int
) -> None:
    answer = pressbox("boxscore", write(stream, A, B, C), *rosters, "--at", at)
    assert [one["_id"] for one in answer.lines()] == [event]


def test_a_moment_before_the_first_event_is_refused(stream: Path, rosters: list[str], pressbox: Pressbox) -> None:
    answer = pressbox("boxscore", write(stream, B), *rosters, "--at", 0)
    assert (answer.code, answer.out) == (2, "")
    assert "no document at event 0" in answer.err


@pytest.mark.parametrize("ending", [END, HORN, "4 00:00 205 8 1", "4 00:00 205 77 1"])
def test_every_accepted_line_gives_one_line_and_the_closing_one_too(
    stream: Path, rosters: list[str], pressbox: Pressbox, ending: str
) -> None:
    answer = pressbox("boxscore", write(stream, A, B, ending), *rosters, "--every-event")
    assert [(one["final"]) for one in answer.lines()] == [False, False, True]


def test_rejected_lines_are_told_with_number_and_reason_and_change_the_exit_code(
    stream: Path, rosters: list[str], pressbox: Pressbox
) -> None:
    answer = pressbox("boxscore", write(stream, "", A, NOBODY, MALFORMED, B), *rosters, "--every-event")
    assert answer.code == 3
    assert scores(answer) == [(0, 0, 0), (1, 1, 0)]
    first, second = answer.err.splitlines()
    assert first.startswith("line 3: ")
    assert first.endswith(f": {NOBODY}")
    assert second == (f"line 4: 3 fields where 5 belong: event id, clock, team id, jersey, goal flag: {MALFORMED}")


def test_a_last_line_without_newline_counts_when_whole_and_is_rejected_when_not(
    stream: Path, rosters: list[str], pressbox: Pressbox
) -> None:
    stream.write_text(f"{A}\n{B}")
    assert scores(pressbox("boxscore", stream, *rosters)) == [(1, 1, 0)]
    stream.write_text(f"{A}\n{B[:-2]}")
    answer = pressbox("boxscore", stream, *rosters)
    assert (answer.code, scores(answer)) == (3, [(0, 0, 0)])
    assert answer.err.startswith("line 2: the last line is unfinished: ")


def test_the_end_of_the_input_ends_no_game(
    stream: Path, rosters: list[str], pressbox: Pressbox, tmp_path: Path
) -> None:
    answer = pressbox("boxscore", write(stream, A, B), *rosters, "--standings", tmp_path / "after")
    assert (answer.code, answer.json["final"]) == (0, False)
    assert answer.err == "the game adds nothing to the tables: it is not over, or its feed brought its own rosters\n"
    assert not (tmp_path / "after").exists()


def test_a_game_that_is_over_gives_standings(
    stream: Path, rosters: list[str], pressbox: Pressbox, tmp_path: Path
) -> None:
    answer = pressbox("boxscore", write(stream, A, B, END), *rosters, "--standings", tmp_path / "deep" / "after")
    assert (answer.code, answer.err) == (0, "")
    teams = (tmp_path / "deep/after/teams2.csv").read_text()
    assert teams == "id,name,conference,wins,losses\n101,syracuse,ACC,6,2\n205,johns hopkins,Big 10,4,4\n"
    players = (tmp_path / "deep/after/players2.csv").read_text().splitlines()
    assert players[:4] == [
        "id,name,number,shots,goals,teamid",
        "1,sam,6,57,23,101",
        "2,sarah,1,41,15,101",
        "3,steve,2,39,12,101",
    ]


def test_a_lone_end_gives_no_document_and_a_tie(
    stream: Path, rosters: list[str], pressbox: Pressbox, tmp_path: Path
) -> None:
    answer = pressbox("boxscore", write(stream, END), *rosters, "--standings", tmp_path)
    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / "teams2.csv").read_text() == Path(rosters[1]).read_text()


def test_an_empty_stream_gives_nothing(stream: Path, rosters: list[str], pressbox: Pressbox) -> None:
    assert pressbox("boxscore", write(stream), *rosters) == Answer(0, "", "")


def test_a_whole_simulated_game_ends_final_and_settled(
    stream: Path, rosters: list[str], pressbox: Pressbox, tmp_path: Path
) -> None:
    *_, last = simulate_gamestream(0).moments()
    stream.write_bytes(last.body)
    answer = pressbox("boxscore", stream, *rosters, "--every-event", "--standings", tmp_path)
    assert answer.code == 0
    assert len(answer.lines()) == last.body.count(b"\n")
    assert answer.lines()[-1]["final"]
    assert (tmp_path / "teams2.csv").exists()


def test_home_and_away_are_as_told(stream: Path, rosters: list[str], pressbox: Pressbox) -> None:
    answer = pressbox("boxscore", write(stream, A), *rosters, "--home", 205, "--away", 101)
    assert (answer.json["home"]["teamid"], answer.json["away"]["teamid"]) == (205, 101)


def test_of_three_teams_somebody_has_to_say_who_plays(stream: Path, rosters: list[str], pressbox: Pressbox) -> None:
    teams = Path(rosters[1])
    teams.write_text(teams.read_text() + "7,duke,ACC,0,0\n")
    answer = pressbox("boxscore", write(stream, A), *rosters)
    assert answer.code == 2
    assert "which of 3 teams play is not known: name them with --home and --away" in answer.err
    assert pressbox("boxscore", stream, *rosters, "--home", 101, "--away", 7).json["away"]["name"] == "duke"


def test_a_play_by_play_feed_brings_its_own_rosters(tmp_path: Path, pressbox: Pressbox) -> None:
    *_, last = simulate_playbyplay(0).moments()
    feed = tmp_path / "rich.json"
    feed.write_bytes(last.body)
    document = pressbox("boxscore", feed).json
    assert (document["final"], document["game"]) == (True, "rich")
    assert {"shots_on_goal", "assists"} <= set(document["home"]["players"][0])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["missing.txt", "--teams", "T", "--players", "P"], "missing.txt: No such file or directory"),
        (["S"], "is a game stream: it needs --teams and --players"),
        (["S", "--teams", "T"], "--teams and --players belong together"),
        (["S", "--standings", "."], "--standings adds to the tables: give them with --teams and --players"),
        (["S", "--teams", "T", "--players", "P", "--at", "1", "--every-event"], "choose one"),
        (["S", "--teams", "T", "--players", "P", "--home", "205", "--away", "205"], "team 205 cannot play itself"),
        (["S", "--teams", "T", "--players", "P", "--home", "9"], "team 9 is not in the table teams"),
        (["S", "--teams", "P", "--players", "T"], "line 1: there is no column 'number'"),
        (["{", "--teams", "T", "--players", "P"], "not a play-by-play object"),
        (["."], "Is a directory"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(
    arguments: list[str], reason: str, stream: Path, rosters: list[str], pressbox: Pressbox, tmp_path: Path
) -> None:
    (tmp_path / "broken.json").write_text("{")
    places = {"S": str(write(stream, A)), "T": rosters[1], "P": rosters[3], "{": str(tmp_path / "broken.json")}
    answer = pressbox("boxscore", *[places.get(one, one) for one in arguments])
    assert (answer.code, answer.out) == (2, "")
    assert reason in answer.err
    assert "Traceback" not in answer.err


@contextmanager
def piped(*options: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [*COMMAND, "boxscore", "-", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        yield process


def test_a_pipe_gives_each_document_as_its_line_arrives(rosters: list[str]) -> None:
    with piped(*rosters, "--every-event") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number, line in enumerate((A, B, C)):
            process.stdin.write(f"{line}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["_id"] == number
        process.stdin.write(f"{MALFORMED}\n".encode())
        process.stdin.flush()
        assert process.stderr is not None
        assert process.stderr.readline().startswith(b"line 4: 3 fields")
        rest, _ = process.communicate(END.encode())
        assert json.loads(rest)["final"]
        assert process.returncode == 3


def test_a_reader_that_leaves_is_no_error(rosters: list[str]) -> None:
    with piped(*rosters, "--every-event") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{A}\n".encode())
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(f"{B}\n{C}\n".encode())
        process.stdin.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
