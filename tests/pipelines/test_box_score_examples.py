"""Worked examples with exact numbers, above all the four lines of the format's own description."""

import msgspec
import pytest

from pressbox.model.roster import Player, Team
from pressbox.pipelines.box_score import BOX_SCORE
from pressbox.simulate.gamestream import simulate_gamestream
from tests.pipelines.scorebook import bodies, fold, latest, opened, played, settlement

FOUR_LINES = ("0 59:51 101 2 0", "1 57:06 101 6 0", "2 56:13 205 8 1", "3 55:25 101 4 0")

AFTER_THE_THIRD_LINE = {
    "_id": 2,
    "timestamp": "56:13",
    "home": {
        "teamid": 101,
        "conference": "ACC",
        "wins": 5,
        "losses": 2,
        "score": 0,
        "status": "losing",
        "players": [
            {"id": 1, "name": "sam", "number": "6", "shots": 1, "goals": 0, "pct": 0.0},
            {"id": 2, "name": "sarah", "number": "1", "shots": 0, "goals": 0, "pct": 0.0},
            {"id": 3, "name": "steve", "number": "2", "shots": 1, "goals": 0, "pct": 0.0},
        ],
        "name": "syracuse",
        "shots_by_period": [2, 0, 0, 0],
        "goals_by_period": [0, 0, 0, 0],
    },
    "away": {
        "teamid": 205,
        "conference": "Big 10",
        "wins": 4,
        "losses": 3,
        "score": 1,
        "status": "winning",
        "players": [
            {"id": 11, "name": "jack", "number": "1", "shots": 0, "goals": 0, "pct": 0.0},
            {"id": 12, "name": "sam", "number": "8", "shots": 1, "goals": 1, "pct": 1.0},
        ],
        "name": "johns hopkins",
        "shots_by_period": [1, 0, 0, 0],
        "goals_by_period": [1, 0, 0, 0],
    },
    "game": "syracuse-at-home",
    "run": 1,
    "revision": 3,
    "revision_index": 0,
    "period": 1,
    "period_clock": "11:13",
    "final": False,
    "plays": [
        {
            "event_id": 2,
            "period": 1,
            "clock": "11:13",
            "kind": "goal",
            "teamid": 205,
            "player_id": 12,
            "text": "goal by sam",
            "score": [0, 1],
            "status": "",
        },
        {
            "event_id": 1,
            "period": 1,
            "clock": "12:06",
            "kind": "shot_on_goal",
            "teamid": 101,
            "player_id": 1,
            "text": "shot on goal by sam",
            "score": [0, 0],
            "status": "",
        },
        {
            "event_id": 0,
            "period": 1,
            "clock": "14:51",
            "kind": "shot_on_goal",
            "teamid": 101,
            "player_id": 3,
            "text": "shot on goal by steve",
            "score": [0, 0],
            "status": "",
        },
    ],
    "confirmed": [],
    "amended": [],
    "voided": [],
}


def simulated_teams() -> list[Team]:
    """Return the two teams of the simulated game, ten players each, the home team first."""
    game = simulate_gamestream()
    return [
        Team(
            row.id,
            row.name,
            row.conference,
            row.wins,
            row.losses,
            tuple(Player(one.id, one.name, one.number) for one in game.players() if one.teamid == row.id),
        )
        for row in game.teams()
    ]


def shots_of_one_player(goals: int, shots: int) -> float:
    lines = [f"{at} 50:00 101 6 {int(at < goals)}" for at in range(shots)]
    line = latest(fold([opened(), *played(*lines)]))["home"]["players"][0]
    assert (line["shots"], line["goals"]) == (shots, goals)
    pct: float = line["pct"]
    return pct


def test_the_document_after_three_lines_of_the_description_is_exactly_this_one() -> None:
    assert bodies(fold([opened(), *played(*FOUR_LINES[:3])]))[-1] == AFTER_THE_THIRD_LINE


def test_the_document_begins_with_the_fields_of_the_description_in_their_order() -> None:
    document = bodies(fold([opened(), *played(*FOUR_LINES[:3])]))[-1]
    assert list(document)[:4] == ["_id", "timestamp", "home", "away"]
    sides = ["teamid", "conference", "wins", "losses", "score", "status", "players"]
    assert list(document["home"])[:7] == list(document["away"])[:7] == sides


def test_the_four_lines_of_the_description_give_four_documents() -> None:
    documents = bodies(fold([opened(*simulated_teams()), *played(*FOUR_LINES)]))
    shots = [(line["name"], line["shots"]) for line in documents[-1]["home"]["players"] if line["shots"]]
    assert [(one["_id"], one["timestamp"], one["final"]) for one in documents] == [
        (0, "59:51", False),
        (1, "57:06", False),
        (2, "56:13", False),
        (3, "55:25", False),
    ]
    assert shots == [("sam", 1), ("steve", 1), ("sean", 1)]
    assert [len(documents[-1][side]["players"]) for side in ("home", "away")] == [10, 10]


@pytest.mark.parametrize(
    ("goals", "shots", "pct"),
    [(0, 1, 0.0), (1, 1, 1.0), (1, 3, 0.33), (2, 3, 0.67), (1, 8, 0.13), (3, 8, 0.38), (1, 16, 0.06), (3, 4, 0.75)],
)
def test_pct_is_goals_by_shots_half_up_to_two_places(goals: int, shots: int, pct: float) -> None:
    assert shots_of_one_player(goals, shots) == pct


def test_pct_is_a_float_even_without_a_shot() -> None:
    _, results = BOX_SCORE.apply(BOX_SCORE.apply(None, 0, opened())[0], 1, *played(FOUR_LINES[0]))
    assert b'"shots":0,"goals":0,"pct":0.0}' in BOX_SCORE.encode(results[0])


@pytest.mark.parametrize(
    ("clock", "period", "period_clock"),
    [
        ("60:00", 1, "15:00"),
        ("59:59", 1, "14:59"),
        ("45:00", 1, "00:00"),
        ("44:59", 2, "14:59"),
        ("30:00", 2, "00:00"),
        ("15:00", 3, "00:00"),
        ("14:59", 4, "14:59"),
        ("00:01", 4, "00:01"),
        ("00:00", 4, "00:00"),
    ],
)
def test_a_document_tells_the_clock_of_game_and_period(clock: str, period: int, period_clock: str) -> None:
    document = latest(fold([opened(), *played(f"0 {clock} 101 6 1")]))
    assert (document["timestamp"], document["period"], document["period_clock"]) == (clock, period, period_clock)
    assert document["home"]["goals_by_period"] == [int(period == number) for number in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("ending", "event_id", "goals"),
    [
        ("4 00:00 101 6 1", 4, 1),
        ("4 00:00 0 0 0", 4, 0),
        ("4 00:00 101 77 1", 3, 0),
        ("-1 00:00 0 0 0", 3, 0),
        ("-1", 3, 0),
    ],
)
def test_every_ending_ends_in_a_final_document_at_the_horn(ending: str, event_id: int, goals: int) -> None:
    results = fold([opened(), *played(*FOUR_LINES[:3], "3 40:00 205 1 0", ending)])
    final = latest(results)
    assert (final["_id"], final["timestamp"], final["final"]) == (event_id, "00:00", True)
    assert (final["period"], final["period_clock"]) == (4, "00:00")
    assert (final["home"]["score"], final["away"]["score"]) == (goals, 1)


def test_a_file_that_simply_stops_leaves_the_game_live() -> None:
    results = fold([opened(), *played(*FOUR_LINES)])
    assert not latest(results)["final"]
    assert settlement(results) is None


def test_a_lone_closing_line_ends_the_game_without_a_document() -> None:
    results = fold([opened(), *played("-1 00:00 0 0 0")])
    settled = settlement(results)
    assert len(results) == 1
    assert settled is not None
    assert {(one.wins, one.losses) for one in settled.teams} == {(0, 0)}


def test_a_shot_after_the_end_counts_in_a_final_document_and_in_the_settlement() -> None:
    results = fold([opened(), *played("0 00:00 0 0 0", "1 00:00 205 1 1", "2 00:00 205 8 0")])
    settled = settlement(results)
    assert [(one["_id"], one["away"]["score"], one["final"]) for one in bodies(results)] == [
        (0, 0, True),
        (1, 1, True),
        (2, 1, True),
    ]
    assert settled is not None
    assert [(one.teamid, one.wins, one.losses) for one in settled.teams] == [(101, 0, 1), (205, 1, 0)]
    assert [(one.id, one.shots, one.goals) for one in settled.players if one.shots] == [(11, 1, 1), (12, 1, 0)]


def test_a_lower_id_that_comes_late_counts_and_leaves_id_and_clock() -> None:
    late = latest(fold([opened(), *played("5 50:00 101 6 1", "3 55:00 205 8 1")]))
    assert (late["_id"], late["timestamp"], late["period_clock"]) == (5, "50:00", "05:00")
    assert (late["home"]["score"], late["away"]["score"]) == (1, 1)


def test_two_players_of_the_same_jersey_and_name_in_two_teams_are_two_players() -> None:
    document = latest(fold([opened(), *played("0 59:00 101 1 1", "1 58:00 205 1 0")]))
    assert document["home"]["players"][1] == {
        "id": 2,
        "name": "sarah",
        "number": "1",
        "shots": 1,
        "goals": 1,
        "pct": 1.0,
    }
    assert document["away"]["players"][0] == {
        "id": 11,
        "name": "jack",
        "number": "1",
        "shots": 1,
        "goals": 0,
        "pct": 0.0,
    }


def test_only_the_five_newest_plays_are_in_a_document_newest_first() -> None:
    document = latest(fold([opened(), *played(*(f"{at} 50:00 101 6 0" for at in range(7)))]))
    assert [play["event_id"] for play in document["plays"]] == [6, 5, 4, 3, 2]


def test_the_simulated_game_ends_with_the_sums_of_its_lines() -> None:
    game = simulate_gamestream()
    results = fold([opened(*simulated_teams()), *played(*(line.text for line in game.lines))])
    final, settled = latest(results), settlement(results)
    goals = [sum(shot.scored for shot in game.shots if shot.team_id == row.id) for row in game.teams()]
    assert [final["home"]["score"], final["away"]["score"]] == goals
    assert settled is not None
    assert sum(one.shots for one in settled.players) == len(game.shots)
    assert msgspec.json.decode(BOX_SCORE.encode(results[-1]))["type"] == "settled"
