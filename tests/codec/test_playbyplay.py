"""The play-by-play feed's object: its habits, what of it is a dead letter, and what is no such object at all."""

import json
from typing import Any

import pytest

from pressbox.codec.playbyplay import decode_play, read_playbyplay
from pressbox.errors import RejectedRecord
from pressbox.model.event import (
    Faceoff,
    GameOver,
    Goal,
    GoalkeeperIn,
    GroundBall,
    OtherPlay,
    Penalty,
    Play,
    Rejected,
    ShotOff,
    ShotOnGoal,
    Timeout,
)
from pressbox.model.roster import Player
from tests.pipelines.feed import HOME, feed, goal, play

AT = (7, 1, 600, "HOM")


def decoded(kind: str, **more: Any) -> Play:
    return decode_play(json.dumps(play(7, kind, **more)).encode())


def rejection(**fields: Any) -> str:
    with pytest.raises(ValueError, match=r"\w") as caught:
        decode_play(json.dumps(goal(7, "Ann Ash") | fields).encode())
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("Goal", {"playername": "A", "a1": "B", "a2": "C"}, Goal(*AT, "A", ("B", "C"))),
        ("Goal", {"playername": "A", "a1": "", "a2": "C"}, Goal(*AT, "A", ("C",))),
        ("Goal", {"playername": "A", "typetext": "GOAL (2pt)"}, Goal(*AT, "A", (), 2)),
        ("GOAL", {"playername": "A", "typetext": None}, Goal(*AT, "A")),
        ("Shot", {"playername": "A", "typetext": "SHOT ON GOAL"}, ShotOnGoal(*AT, "A")),
        ("Shot", {"playername": None}, ShotOnGoal(*AT, None)),
        ("Shotoff", {"playername": ""}, ShotOff(*AT, None)),
        ("GroundBall", {"playername": "A"}, GroundBall(*AT, "A")),
        ("Faceoff", {"faceoffwon": "A", "faceofflost": "B"}, Faceoff(*AT, "A", "B")),
        ("Faceoff", {"faceoffwon": ""}, Faceoff(*AT, None, None)),
        ("Penalty", {"playername": "A", "infraction": "Hold", "severity": "Personal Foul 1"}, Penalty(*AT, "A", "Hold", "Personal Foul 1")),
        ("Penalty", {"infraction": None}, Penalty(*AT, None, "", "")),
        ("Timeout", {}, Timeout(*AT)),
        ("GoalieEntered", {"playername": "A"}, GoalkeeperIn(*AT, "A")),
        ("GoalieEntered", {"playername": None, "typetext": "GOALIE ENTERED"}, OtherPlay(*AT, None, "goalie entered")),
        ("Clear", {"playername": "A", "typetext": " CLEARED "}, OtherPlay(*AT, "A", "cleared")),
        ("Clear", {}, OtherPlay(*AT, None, "clear")),
    ],
)  # fmt: skip
def test_a_play_decodes_by_its_type(kind: str, more: dict[str, Any], expected: Play) -> None:
    assert decoded(kind, **more) == expected


@pytest.mark.parametrize(
    ("period", "number"), [("1", 1), (4, 4), ("5", 5), ("OT", 5), ("ot2", 6), ("3OT", 7), (" 2 ", 2), ("OT 2", 6)]
)
def test_a_period_is_a_number_or_an_overtime(period: int | str, number: int) -> None:
    assert getattr(decoded("Timeout", period=period), "period", None) == number


def test_numbers_come_as_text_or_as_numbers() -> None:
    as_text = decode_play(json.dumps(goal(7, "Ann Ash") | {"index": "7", "period": "1"}).encode())
    as_number = decode_play(json.dumps(goal(7, "Ann Ash") | {"index": 7, "period": 1}).encode())
    assert as_text == as_number


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"index": "seven"}, "index 'seven'"),
        ({"index": -1}, "index -1"),
        ({"index": None}, "index"),
        ({"index": 10**15}, "index"),
        ({"time": "10"}, "'10' is not a clock"),
        ({"time": "60:01"}, "clock 60:01"),
        ({"time": None}, "time"),
        ({"period": "0"}, "period 0"),
        ({"period": "100"}, "period 100"),
        ({"period": "first"}, "period 'FIRST'"),
        ({"period": "OT0"}, "period"),
        ({"period": "OT96"}, "period"),
        ({"period": "OT999999999999"}, "period"),
        ({"type": 7.5}, "type"),
        ({"shortname": None}, "shortname"),
        ({"playername": {}}, "playername"),
    ],
)
def test_a_malformed_play_is_rejected_by_the_name_of_its_field(fields: dict[str, Any], named: str) -> None:
    assert named in rejection(**fields)


@pytest.mark.parametrize("missing", ["index", "type", "shortname", "time", "period"])
def test_a_play_without_a_field_it_needs_is_rejected_by_its_name(missing: str) -> None:
    fields = {name: value for name, value in goal(7, "Ann Ash").items() if name != missing}
    with pytest.raises(ValueError, match=f"`{missing}`"):
        decode_play(json.dumps(fields).encode())


def test_a_malformed_play_keeps_its_place_and_touches_no_other() -> None:
    reading = read_playbyplay(feed(goal(1, "Ann Ash"), goal(2, "Ann Ash", "no clock"), goal(3, "Ann Ash")))
    assert [type(entry.event) for entry in reading.entries] == [Goal, Rejected, Goal]
    assert [entry.number for entry in reading.entries] == [1, 2, 3]
    assert json.loads(reading.entries[1].raw)["time"] == "no clock"


def test_plays_come_in_the_order_of_their_periods() -> None:
    plays = [goal(1, "Ann Ash", period=period) for period in ("OT", "10", "2", "odd", "1")]
    reading = read_playbyplay(feed(*plays))
    assert [json.loads(entry.raw)["period"] for entry in reading.entries] == ["1", "2", "OT", "10", "odd"]


def test_periods_may_be_a_list() -> None:
    by_period = [[goal(1, "Ann Ash")], [goal(2, "Ann Ash", period="2")]]
    assert [entry.number for entry in read_playbyplay(feed(playbyplay=by_period)).entries] == [1, 2]
    assert read_playbyplay(feed(playbyplay=[])).entries == ()


def test_the_plays_of_a_period_may_be_an_object() -> None:
    read = read_playbyplay(feed(playbyplay={"1": {"0": goal(1, "Ann Ash"), "1": goal(2, "Ann Ash")}}))
    assert [entry.number for entry in read.entries] == [1, 2]
    assert not any(isinstance(entry.event, Rejected) for entry in read.entries)


def test_the_status_final_is_the_last_entry() -> None:
    entries = read_playbyplay(feed(goal(1, "Ann Ash"), status="Final")).entries
    assert (entries[-1].event, entries[-1].number) == (GameOver(), 2)


def test_a_roster_holds_players_and_goalkeepers() -> None:
    reading = read_playbyplay(feed())
    assert reading.home is not None
    assert (reading.home.id, reading.home.short, reading.home.name) == ("HOM", "HOM", "Home Town")
    assert reading.home.players == (
        Player(11, "Ann Ash", "1"),
        Player(12, "Bo Beck", "2"),
        Player(13, "Cy Cole", "00"),
        Player(18, "Gus Gray", "30", goalkeeper=True, starter=True),
    )


@pytest.mark.parametrize("goalies", [HOME["goalies"], list(HOME["goalies"].values())])
def test_goalkeepers_come_as_an_object_or_a_list(goalies: Any) -> None:
    assert read_playbyplay(feed(homeroster=HOME | {"goalies": goalies})).home == read_playbyplay(feed()).home


@pytest.mark.parametrize("goalies", [None, [], {}])
def test_a_team_may_have_no_goalkeeper(goalies: Any) -> None:
    home = read_playbyplay(feed(homeroster=HOME | {"goalies": goalies})).home
    assert home is not None
    assert [player.goalkeeper for player in home.players] == [False] * 3


def test_a_goalkeeper_listed_among_the_players_too_is_one_player() -> None:
    both = {"players": [*HOME["players"], HOME["goalies"]["18"]], "goalies": HOME["goalies"]}
    assert read_playbyplay(feed(homeroster=both)).home == read_playbyplay(feed()).home


def test_a_byte_order_mark_means_nothing() -> None:
    assert read_playbyplay(b"\xef\xbb\xbf" + feed()) == read_playbyplay(feed())


def test_an_object_cut_anywhere_is_rejected() -> None:
    whole = feed(goal(1, "Ann Ash"))
    for length in range(len(whole)):
        with pytest.raises(RejectedRecord, match="not a play-by-play object, or not all of one"):
            read_playbyplay(whole[:length])


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"{}", b"0 59:51 101 2 0\n", b'{"hometeam":"\xff"}', b'{"a":' + b"[" * 200_000],
    ids=["empty", "null", "list", "no fields", "gamestream", "no text", "deep"],
)
def test_what_is_no_such_object_is_rejected(data: bytes) -> None:
    with pytest.raises(RejectedRecord, match="not a play-by-play object, or not all of one"):
        read_playbyplay(data)


def test_teams_of_the_same_short_name_are_rejected() -> None:
    with pytest.raises(RejectedRecord, match="both teams are called HOM"):
        read_playbyplay(feed(shortawayteam="HOM"))


def test_a_player_id_of_thousands_of_digits_is_text() -> None:
    endless = {"players": [{"name": "Ann Ash", "playerid": "1" * 5000}]}
    home = read_playbyplay(feed(homeroster=endless)).home
    assert home is not None
    assert home.players[0].id == "1" * 5000
