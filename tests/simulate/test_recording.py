import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.simulate.gamestream import simulate_gamestream
from pressbox.simulate.moment import Moment
from pressbox.simulate.playbyplay import simulate_playbyplay
from pressbox.simulate.recording import moments_of
from tests.simulate.agreement import assert_agrees, plays_of
from tests.simulate.played_again import PlayedAgain

RICH = json.loads(simulate_playbyplay().document)
KNOWN_AT_THE_END_ONLY = {"clockinformation", "currentstate", "lastevent", "matchup", "penaltybox"}
IN_THE_PENALTY_BOX = {"inpenaltybox", "infraction", "severity", "timeleft"}


def test_a_recorded_game_ends_in_its_own_bytes(played_again: list[PlayedAgain]) -> None:
    assert len(played_again) == 21
    for game in played_again:
        assert game.moments[len(game.elapsed_s) - 1].body == game.recorded
        assert game.elapsed_s[-1] == 3600


def test_a_recorded_game_is_told_play_by_play(played_again: list[PlayedAgain]) -> None:
    for game in played_again:
        plays = plays_of(json.loads(game.recorded))
        assert len(game.elapsed_s) == len(plays) + 1
        for number, moment in live_moments(game).items():
            document = json.loads(moment.body)
            assert plays_of(document) == plays[: number + 1]
            assert document["clockinformation"]["gamestate"]["status"] == "In Progress"


def test_a_recorded_game_agrees_with_itself_at_every_moment(played_again: list[PlayedAgain]) -> None:
    for game in played_again:
        for moment in live_moments(game).values():
            assert_agrees(json.loads(moment.body))


def test_after_the_last_play_only_what_the_end_knows_is_missing(played_again: list[PlayedAgain]) -> None:
    for game in played_again:
        last_live = game.moments[len(game.elapsed_s) - 2]
        assert known_before_the_end(json.loads(last_live.body)) == known_before_the_end(json.loads(game.recorded))


def live_moments(game: PlayedAgain) -> dict[int, Moment]:
    return {number: moment for number, moment in game.moments.items() if number < len(game.elapsed_s) - 1}


def known_before_the_end(document: dict[str, Any]) -> dict[str, Any]:
    for roster in (document["homeroster"], document["awayroster"]):
        for line in [*roster["players"], *roster["goalies"].values()]:
            for key in IN_THE_PENALTY_BOX & line.keys():
                del line[key]
    return {key: value for key, value in document.items() if key not in KNOWN_AT_THE_END_ONLY}


def test_moments_come_in_the_order_of_play(played_again: list[PlayedAgain]) -> None:
    for game in played_again:
        assert game.elapsed_s == sorted(game.elapsed_s)


def test_a_recorded_stream_is_told_line_by_line() -> None:
    moments = list(simulate_gamestream().moments())
    assert list(moments_of(moments[-1].body)) == moments


def test_a_last_line_without_its_end_stays_so() -> None:
    content = b"0 59:51 101 2 0\r\n1 57:06 101 6 0"
    assert [moment.body for moment in moments_of(content)] == [b"0 59:51 101 2 0\r\n", content]


def test_a_line_that_tells_no_time_comes_with_the_one_before() -> None:
    moments = list(moments_of(b"# game\n0 59:51 101 2 0\nnonsense\n1 57:06 101 6 0\n"))
    assert [(moment.elapsed_s, moment.clock) for moment in moments] == [
        (0, "60:00"),
        (9, "59:51"),
        (9, "59:51"),
        (174, "57:06"),
    ]


def test_a_clock_that_runs_backwards_stops_the_game_for_a_while() -> None:
    moments = moments_of(b"0 50:00 101 2 0\n1 55:00 101 6 0\n2 99:00 101 6 0\n3 49:00 101 6 0\n")
    assert [moment.elapsed_s for moment in moments] == [600, 600, 600, 660]


def test_overtime_begins_when_regulation_ends_however_long_it_is() -> None:
    face_off = {**RICH["playbyplay"]["1"][0], "period": "5", "time": "4:00"}
    goal = {**face_off, "time": "1:30"}
    state = {"gamestate": {"status": "Final", "period": "5", "time": "1:30"}}
    overtime = {"playbyplay": {**RICH["playbyplay"], "5": [face_off, goal]}, "clockinformation": state}
    moments = list(moments_of(json.dumps(RICH | overtime).encode()))
    assert [moment.elapsed_s for moment in moments[-3:]] == [3600, 3750, 3750]


def test_goalkeepers_may_come_as_a_list() -> None:
    listed = {**RICH["homeroster"], "goalies": list(RICH["homeroster"]["goalies"].values())}
    *_, last_live, _ = moments_of(json.dumps(RICH | {"homeroster": listed}).encode())
    assert json.loads(last_live.body)["homeroster"] == listed


def test_goalkeepers_score_where_the_feed_counts_it() -> None:
    keeper_id, keeper = next(iter(RICH["homeroster"]["goalies"].items()))
    scoring = {"goalies": {keeper_id: {**keeper, "g": "1", "sog": 1}}}
    goal = {**next(play for play in plays_of(RICH) if play["type"] == "Goal")}
    goal |= {"playername": keeper["name"], "shortname": RICH["shorthometeam"]}
    first_play = {"playbyplay": {"1": [goal]}, "homeroster": RICH["homeroster"] | scoring}
    live, _ = moments_of(json.dumps(RICH | first_play).encode())
    line = json.loads(live.body)["homeroster"]["goalies"][keeper_id]
    assert (line["g"], line["sog"]) == ("1", 1)


def test_a_play_whose_clock_cannot_be_read_comes_with_the_one_before() -> None:
    first, second, *_ = RICH["playbyplay"]["1"]
    odd = {"playbyplay": {"1": [{**first, "time": "14:00"}, {**second, "time": "soon"}]}}
    moments = list(moments_of(json.dumps(RICH | odd).encode()))
    assert [moment.elapsed_s for moment in moments] == [60, 60, 3600]


def test_what_does_not_count_may_be_written_in_any_way() -> None:
    plays = {
        period: [play | {"index": "?", "period": 1} for play in plays] for period, plays in RICH["playbyplay"].items()
    }
    assert len(list(moments_of(json.dumps(RICH | {"playbyplay": plays}).encode()))) == len(plays_of(RICH)) + 1


@pytest.mark.parametrize("key", [key for key in RICH if key not in {"video", "streammessage"}])
def test_a_document_that_lacks_a_part_still_ends_in_its_own_bytes(key: str) -> None:
    content = json.dumps({name: value for name, value in RICH.items() if name != key}).encode()
    *_, last = moments_of(content)
    assert last.body == content


@pytest.mark.parametrize("key", ["playbyplay", "homeroster", "byperiodinformation", "clockinformation"])
@pytest.mark.parametrize("value", [None, [], {}, "none", 7])
def test_a_document_with_an_odd_part_is_one_moment(key: str, value: Any) -> None:
    content = json.dumps(RICH | {key: value}).encode()
    assert [moment.body for moment in moments_of(content)] == [content]


@given(st.binary(max_size=200) | st.from_regex(rb"(-?\d{1,3} \d\d:\d\d \d+ \d+ [01]\r?\n?){1,6}"))
def test_any_content_ends_in_itself_and_only_grows(content: bytes) -> None:
    moments = list(moments_of(content))
    assert moments[-1].body == content
    assert all(later.body.startswith(earlier.body) for earlier, later in pairwise(moments))
