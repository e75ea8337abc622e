import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressbox.simulate.feed_prefix import FeedPrefix
from pressbox.simulate.playbyplay import simulate_playbyplay
from tests.simulate.agreement import assert_agrees, plays_of

seeds = st.integers(min_value=0, max_value=10**9)


def final(seed: int, *, overtime: bool = False) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(simulate_playbyplay(seed, overtime=overtime).document)
    return document


@pytest.fixture(scope="module")
def many_games() -> list[dict[str, Any]]:
    return [final(seed) for seed in range(60)]


def test_the_default_game_stays_the_same_for_ever() -> None:
    assert (
        hashlib.sha256(simulate_playbyplay().document).hexdigest()
        == "1c08da82ffb94113ac61114a39b6e1dbb41f92c824b8c0867958d17eb54457b8"
    )


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_a_seed_gives_the_same_game_every_time(seed: int) -> None:
    assert simulate_playbyplay(seed) == simulate_playbyplay(seed)


def test_every_seed_is_a_game_of_its_own() -> None:
    assert len({simulate_playbyplay(seed).document for seed in range(60)}) == 60


@given(seeds, st.booleans(), st.data())
@settings(max_examples=40, deadline=None)
def test_score_and_box_score_agree_with_the_plays_at_every_moment(
    seed: int, overtime: bool, data: st.DataObject
) -> None:
    game = final(seed, overtime=overtime)
    count = data.draw(st.integers(1, len(plays_of(game))))
    assert_agrees(game)
    assert_agrees(json.loads(msgspec.json.encode(FeedPrefix(game).after(count))))


@given(seeds)
@settings(max_examples=3, deadline=None)
def test_each_moment_has_one_play_more_and_only_the_last_is_final(seed: int) -> None:
    documents = [json.loads(moment.body) for moment in simulate_playbyplay(seed).moments()]
    indexes = [[play["index"] for play in plays_of(document)] for document in documents]
    assert indexes[:-1] == [list(range(1, count + 1)) for count in range(1, len(documents))]
    assert indexes[-1] == indexes[-2]
    statuses = [document["clockinformation"]["gamestate"]["status"] for document in documents]
    assert statuses == ["In Progress"] * (len(documents) - 1) + ["Final"]


def test_the_last_moment_is_the_finished_document() -> None:
    game = simulate_playbyplay()
    assert list(game.moments())[-1].body == game.document


def test_the_clock_of_a_document_is_that_of_its_last_play() -> None:
    for moment in list(simulate_playbyplay().moments())[:-1]:
        document = json.loads(moment.body)
        last = plays_of(document)[-1]
        state = {"status": "In Progress", "period": last["period"], "time": last["time"]}
        assert document["clockinformation"]["gamestate"] == state
        assert moment.clock == f"{last['time']} of period {last['period']}"


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_the_clock_of_each_period_counts_down(seed: int) -> None:
    for plays in final(seed)["playbyplay"].values():
        clocks = [int(play["time"].split(":")[0]) * 60 + int(play["time"].split(":")[1]) for play in plays]
        assert clocks == sorted(clocks, reverse=True)
        assert clocks[0] == 900
        assert clocks[-1] >= 0


def test_no_game_ends_in_a_tie(many_games: list[dict[str, Any]]) -> None:
    assert all(game["homescore"] != game["awayscore"] for game in many_games)


@given(seeds)
@settings(max_examples=5, deadline=None)
def test_overtime_is_played_until_the_first_goal(seed: int) -> None:
    game = final(seed, overtime=True)
    extra = [play for period, plays in game["playbyplay"].items() if int(period) > 4 for play in plays]
    assert [play["type"] for play in extra].count("Goal") == 1
    assert extra[-1]["type"] == "Goal"
    assert game["clockinformation"]["gamestate"]["time"] == extra[-1]["time"]
    assert game["byperiodinformation"]["numperiods"] == len(game["playbyplay"]) > 4


def test_overtime_does_not_show_before_it_begins() -> None:
    for moment in simulate_playbyplay(overtime=True).moments():
        document = json.loads(moment.body)
        begun = max(4, *map(int, document["playbyplay"]))
        assert document["byperiodinformation"]["numperiods"] == begun
        assert set(document["byperiodinformation"]["home"]["g"]) == {str(period + 1) for period in range(begun)}


def test_after_every_goal_in_regulation_there_is_a_face_off_in_the_same_second() -> None:
    for plays in final(0)["playbyplay"].values():
        for goal, following in pairwise(plays):
            if goal["type"] == "Goal":
                assert (following["type"], following["time"]) == ("Faceoff", goal["time"])


def test_plays_name_players_of_their_own_team_only(many_games: list[dict[str, Any]]) -> None:
    for game in many_games:
        people = {game[f"short{side}team"]: set(names_of(game[f"{side}roster"])) for side in ("home", "away")}
        for play in plays_of(game):
            own = {play["playername"], play["a1"], play["a2"]} - {None}
            assert own <= people[play["shortname"]]


def names_of(roster: dict[str, Any]) -> list[str]:
    return [line["name"] for line in [*roster["players"], *roster["goalies"].values()]]


def test_a_team_has_no_name_and_no_jersey_twice(many_games: list[dict[str, Any]]) -> None:
    for game in many_games:
        for side in ("home", "away"):
            names = names_of(game[f"{side}roster"])
            assert len(set(names)) == len(names) == 19


def test_nobody_assists_his_own_goal(many_games: list[dict[str, Any]]) -> None:
    for goal in (play for game in many_games for play in plays_of(game) if play["type"] == "Goal"):
        helpers = [goal["a1"], goal["a2"]]
        assert goal["playername"] not in helpers
        assert goal["a2"] is None or goal["a1"] not in {None, goal["a2"]}


def test_everything_a_real_game_brings_happens_now_and_then(many_games: list[dict[str, Any]]) -> None:
    plays = [play for game in many_games for play in plays_of(game)]
    assert {"Goal", "Shot", "Shotoff", "GroundBall", "Faceoff", "Penalty", "Timeout", "GoalieEntered"} == {
        play["type"] for play in plays
    }
    assert any(play["a2"] for play in plays)
    assert any(play["playername"] is None for play in plays if play["type"] == "Shot")
    assert {"", "Technical Foul", "Personal Foul 1", "Personal Foul 2", "Misconduct"} == {p["severity"] for p in plays}
    kinds = {line["type"] for game in many_games for line in game["scoringsummary"]}
    assert kinds == {"Goal", "2pt", "Power Play", "Short Handed"}


def test_a_ground_ball_has_no_type_in_words(many_games: list[dict[str, Any]]) -> None:
    silent = {play["type"] for game in many_games for play in plays_of(game) if "typetext" not in play}
    assert silent == {"GroundBall"}


def test_games_are_as_long_as_real_ones(many_games: list[dict[str, Any]]) -> None:
    counts = Counter(play["type"] for game in many_games for play in plays_of(game))
    assert 170 < counts.total() / len(many_games) < 210
    assert 22 < counts["Goal"] / len(many_games) < 28


def test_nothing_points_to_another_site(many_games: list[dict[str, Any]]) -> None:
    assert all("http" not in json.dumps(game) for game in many_games)


def test_the_document_has_the_keys_and_types_of_recorded_ones(
    recorded_games: list[Path], many_games: list[dict[str, Any]]
) -> None:
    recorded = {shape for path in recorded_games for shape in shapes(json.loads(path.read_bytes()))}
    simulated = {shape for game in many_games for shape in shapes(game) if "5" not in game["playbyplay"]}
    assert simulated - recorded == set()


def shapes(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            # places, periods and the order of keys: what is a number by nature is one key here
            yield path, "keys " + " ".join("#" if key.isdigit() else key for key in value)
            for key, inner in value.items():
                yield from shapes(inner, f"{path}.{'#' if key.isdigit() else key}")
        case list():
            yield path, "list"
            for inner in value:
                yield from shapes(inner, f"{path}[]")
        case _:
            yield path, type(value).__name__
