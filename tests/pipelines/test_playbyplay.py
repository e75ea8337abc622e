"""What each kind of play adds to the box score, overtime, goalkeepers, and names."""

import pytest

from pressbox.model.box_score import Document
from tests.pipelines.feed import HOME, Fields, document_of, feed, fold_feed, goal, goalkeeper_of, line_of, play
from tests.pipelines.scorebook import bodies, latest, letters, open_letters


def reasons(*plays: Fields) -> list[str]:
    return list(open_letters(fold_feed(feed(*plays))).values())


def test_a_goal_counts_for_the_player_his_assistants_and_the_score() -> None:
    document = document_of(goal(1, "Ann Ash", a1="Bo Beck", a2="Cy Cole"))
    counted = [
        [line[name] for name in ("goals", "assists", "points", "shots", "shots_on_goal")]
        for line in document["home"]["players"]
    ]
    assert counted == [[1, 0, 1, 1, 1], [0, 1, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 0, 0]]
    assert (document["home"]["score"], document["home"]["status"], document["away"]["status"]) == (
        1,
        "winning",
        "losing",
    )
    assert document["plays"][0]["text"] == "goal by Ann Ash, assisted by Bo Beck and Cy Cole"


def test_a_two_point_goal_is_one_goal_and_two_points() -> None:
    document = document_of(goal(1, "Ann Ash", typetext="GOAL (2pt)"))
    line, home = line_of(document, "home", 11), document["home"]
    assert (line["goals"], line["two_point_goals"], line["points"], line["shots"]) == (1, 1, 2, 1)
    assert (home["score"], home["goals_by_period"], home["score_by_period"]) == (2, [1, 0, 0, 0], [2, 0, 0, 0])


def test_pct_is_of_all_attempts() -> None:
    plays = [play(at, "Shotoff", playername="Ann Ash", typetext="SHOT OFF") for at in range(2)]
    document = document_of(*plays, goal(2, "Ann Ash"))
    line = line_of(document, "home", 11)
    assert (line["shots"], line["shots_on_goal"], line["pct"]) == (3, 1, 0.33)


def test_a_shot_without_a_player_counts_for_the_team_only() -> None:
    results = fold_feed(feed(play(1, "Shot", playername=None), play(2, "Shotoff"), goal(3, "")))
    home = latest(results)["home"]
    assert (home["shots"], home["shots_on_goal"], home["score"]) == (3, 2, 1)
    assert [line["shots"] for line in home["players"]] == [0, 0, 0, 0]
    assert letters(results) == []


def test_a_faceoff_is_won_by_one_and_taken_by_both() -> None:
    document = document_of(play(1, "Faceoff", "15:00", faceoffwon="Bo Beck", faceofflost="Di Dunn"))
    won, lost = line_of(document, "home", 12), line_of(document, "away", 22)
    assert [(line["faceoffs_won"], line["faceoffs_taken"]) for line in (won, lost)] == [(1, 1), (0, 1)]
    assert [(document[side]["faceoffs_won"], document[side]["faceoffs_taken"]) for side in ("home", "away")] == [
        (1, 1),
        (0, 1),
    ]


@pytest.mark.parametrize(
    ("severity", "minutes"),
    [
        ("Personal Foul 1", 1),
        ("personal foul 3", 3),
        ("Technical Foul", 0),
        ("Game Misconduct", 5),
        ("Ejection", 0),
        ("", 0),
    ],
)
def test_penalty_minutes_follow_the_severity(severity: str, minutes: int) -> None:
    document = document_of(play(1, "Penalty", playername="Bo Beck", infraction="Slashing", severity=severity))
    assert (line_of(document, "home", 12)["penalties"], line_of(document, "home", 12)["penalty_minutes"]) == (
        1,
        minutes,
    )
    assert document["home"]["penalty_minutes"] == minutes


def test_ground_balls_and_time_outs_count() -> None:
    document = document_of(play(1, "GroundBall", playername="Cy Cole"), play(2, "Timeout", team="AWY"))
    assert (line_of(document, "home", 13)["ground_balls"], document["home"]["ground_balls"]) == (1, 1)
    assert (document["home"]["timeouts"], document["away"]["timeouts"]) == (0, 1)


def test_a_play_of_an_unknown_type_is_shown_and_counts_nothing() -> None:
    shown = document_of(play(1, "Clear", playername="Ann Ash"))
    nothing = document_of(play(1, "Timeout"))
    assert (shown["plays"][0]["kind"], shown["plays"][0]["text"]) == ("other_play", "clear by Ann Ash")
    assert shown["home"] == nothing["home"] | {"timeouts": 0}
    assert shown["away"] == nothing["away"]


def test_what_the_feed_does_not_report_is_null() -> None:
    document = document_of(play(1, "Timeout"))
    home = document["home"]
    assert [home[name] for name in ("conference", "wins", "losses", "turnovers", "clears", "extra_man")] == [None] * 6
    assert (
        {line["turnovers"] for line in home["players"]}
        == {line["caused_turnovers"] for line in home["players"]}
        == {None}
    )


def test_a_shot_counts_for_the_goalkeeper_in_goal() -> None:
    document = document_of(
        play(1, "Shot", playername="Ann Ash"),
        goal(2, "Ann Ash", "9:00"),
        play(3, "GoalieEntered", "5:00", team="AWY", playername="Ian Ives"),
        goal(4, "Bo Beck", "4:00"),
        play(5, "Shot", "0:00", playername="Bo Beck"),
    )
    first, second = goalkeeper_of(document, "away", 28), goalkeeper_of(document, "away", 29)
    assert (first["goals_against"], first["saves"], first["minutes"]) == (1, 1, "10:00")
    assert (second["goals_against"], second["saves"], second["minutes"]) == (1, 1, "05:00")


def test_goalkeepers_share_the_whole_game_when_it_is_final() -> None:
    last = play(2, "Timeout", "3:00", period="4")
    document = document_of(play(1, "GoalieEntered", "5:00", team="AWY", playername="Ian Ives"), last, status="Final")
    assert [line["minutes"] for line in document["away"]["goalkeepers"]] == ["10:00", "50:00"]
    assert [line["minutes"] for line in document["home"]["goalkeepers"]] == ["60:00"]


def test_a_play_written_down_late_takes_no_time_from_the_goalkeeper() -> None:
    document = document_of(play(1, "Timeout", "10:00"), play(2, "Timeout", "12:00"))
    assert goalkeeper_of(document, "home", 18)["minutes"] == "05:00"


def test_goalkeepers_belong_to_the_roster() -> None:
    document = document_of(goal(1, "Gus Gray", a1="Ann Ash"))
    assert line_of(document, "home", 18)["goals"] == 1


@pytest.mark.parametrize("period", ["5", 5, "OT", "ot", "OT1", "1OT"])
def test_overtime_is_the_fifth_period(period: str | int) -> None:
    document = document_of(goal(1, "Ann Ash", "0:10", period="4"), goal(2, "Bo Beck", "3:00", period=period))
    home = document["home"]
    assert (document["period"], document["period_clock"], home["score"]) == (5, "03:00", 2)
    assert (home["goals_by_period"], home["shots_by_period"]) == ([0, 0, 0, 1, 1], [0, 0, 0, 1, 1])
    assert document["away"]["goals_by_period"] == [0, 0, 0, 0, 0]


def test_sudden_victory_ends_the_game_with_the_goal_that_decided_it() -> None:
    regulation = [goal(1, "Ann Ash"), goal(2, "Ann Ash", team="AWY")]
    overtime = [play(3, "Faceoff", "4:00", period="OT", faceoffwon="Bo Beck"), goal(4, "Bo Beck", "2:30", period="OT")]
    results = fold_feed(feed(*regulation, *overtime, status="Final"))
    before, decided, final = bodies(results)[-3:]
    assert (before["home"]["status"], before["final"]) == ("tied", False)
    assert (decided["home"]["status"], decided["timestamp"], decided["final"]) == ("winning", "02:30", False)
    assert (final["_id"], final["timestamp"], final["final"]) == (4, "00:00", True)
    assert goalkeeper_of(final, "away", 28)["minutes"] == "61:30"


def test_a_second_overtime_adds_to_the_length_of_the_first() -> None:
    document = document_of(
        play(1, "Faceoff", "4:00", period="OT"),
        play(2, "Faceoff", "4:00", period="OT2"),
        goal(3, "Bo Beck", "3:00", period="OT2"),
    )
    assert document["period"] == 6
    assert goalkeeper_of(document, "home", 18)["minutes"] == "65:00"


def test_a_rejected_play_of_the_next_period_leaves_no_trace() -> None:
    plays = [goal(1, "Ann Ash"), goal(2, "Nobody", period="OT")]
    in_regulation = document_of(playbyplay=[plays, [goal(3, "Ann Ash", "9:00", period="4")]])
    assert in_regulation["home"]["goals_by_period"] == [1, 0, 0, 1]
    faceoff, later = play(3, "Faceoff", "4:00", period="OT"), goal(4, "Ann Ash", "3:00", period="OT")
    assert document_of(*plays, faceoff, later) == document_of(goal(1, "Ann Ash"), faceoff, later)


@pytest.mark.parametrize("status", ["Final", "FINAL", "final/OT", " Final "])
def test_the_status_final_ends_the_game(status: str) -> None:
    document = document_of(goal(1, "Ann Ash"), status=status)
    assert (document["final"], document["timestamp"], document["_id"]) == (True, "00:00", 1)


@pytest.mark.parametrize("status", ["", "In Progress", "Pre-Game", "Not Final"])
def test_any_other_status_leaves_it_live(status: str) -> None:
    assert not document_of(goal(1, "Ann Ash"), status=status)["final"]


def test_the_same_name_in_both_teams_is_two_players() -> None:
    document = document_of(goal(1, "Ann Ash"), goal(2, "Ann Ash", team="AWY"))
    assert [line_of(document, side, id_)["goals"] for side, id_ in (("home", 11), ("away", 21))] == [1, 1]


def test_a_name_doubled_in_its_team_is_a_dead_letter_and_others_play_on() -> None:
    doubled = {"players": [*HOME["players"], {"name": "Bo Beck", "playerid": 99}], "goalies": []}
    results = fold_feed(feed(goal(1, "Bo Beck"), goal(2, "Ann Ash"), homeroster=doubled))
    assert [letter.reason for letter in letters(results)] == ["team HOM has 2 players named Bo Beck"]
    assert latest(results)["home"]["score"] == 1


@pytest.mark.parametrize(
    ("rejected", "reason"),
    [
        (goal(2, "Di Dunn"), "team HOM has no player named Di Dunn"),
        (goal(2, "ann ash"), "team HOM has no player named ann ash"),
        (goal(2, "Ann Ash", a1="Nobody"), "team HOM has no player named Nobody"),
        (goal(2, "Ann Ash", team="XYZ"), "team XYZ plays in neither side of this game: home is HOM, away is AWY"),
        (play(2, "Faceoff", faceoffwon="Bo Beck", faceofflost="Cy Cole"), "team AWY has no player named Cy Cole"),
        (goal(1, "Ann Ash"), "event id 1 already stands for another play"),
    ],
)
def test_a_rejected_play_says_why_and_counts_nothing(rejected: Fields, reason: str) -> None:
    first = play(1, "Timeout")
    assert reasons(first, rejected) == [reason]
    assert document_of(first, rejected)["home"] == document_of(first)["home"]


def test_plays_read_twice_count_once() -> None:
    assert document_of(goal(1, "Ann Ash"), goal(1, "Ann Ash"))["home"]["score"] == 1


def test_every_accepted_play_gives_one_document() -> None:
    results = fold_feed(feed(*(play(at, "Timeout") for at in range(1, 5))))
    assert [result.event_id for result in results if isinstance(result, Document)] == [1, 2, 3, 4]
