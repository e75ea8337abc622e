"""Twenty-one recorded games: what we count is what the feed's own box score says, at every moment."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pressbox.codec.playbyplay import read_playbyplay
from pressbox.model.box_score import Document, Gone
from pressbox.model.event import GameOver
from pressbox.model.game import Corrected
from tests.pipelines.feed import fold_feed, opened_by, played_of
from tests.pipelines.scorebook import GAME, RUN, Seen, bodies, fold, latest, letters, settlement, unplaced

RECORDED = Path(__file__).parents[2].parent / "shared" / "data" / "mll-2012"
GAMES = sorted(RECORDED.glob("*.json"))

pytestmark = pytest.mark.skipif(
    not GAMES, reason="the recorded games are not there: put them at ../shared/data/mll-2012"
)
every_game = pytest.mark.parametrize("recording", GAMES, ids=lambda path: path.stem)


def rows(collection: Any) -> list[dict[str, Any]]:
    return list(collection.values()) if isinstance(collection, dict) else list(collection or [])


def sides(feed: dict[str, Any], document: Seen) -> list[tuple[dict[str, Any], Seen]]:
    return [(feed["homeroster"], document["home"]), (feed["awayroster"], document["away"])]


def test_all_twenty_one_games_are_there() -> None:
    assert len(GAMES) == 21


@every_game
def test_players_have_the_numbers_of_the_feeds_own_box_score(recording: Path) -> None:
    feed, results = json.loads(recording.read_bytes()), fold_feed(recording.read_bytes())
    for roster, side in sides(feed, latest(results)):
        reported = {
            row["playerid"]: tuple(int(row[name]) for name in ("g", "a", "sog", "pim"))
            for row in rows(roster["players"])
        }
        counted = {
            line["id"]: (line["goals"], line["assists"], line["shots_on_goal"], line["penalty_minutes"])
            for line in side["players"]
        }
        goalkeepers = {row["playerid"] for row in rows(roster["goalies"])}
        assert reported == {id_: line for id_, line in counted.items() if id_ in reported}
        assert set(counted) == set(reported) | goalkeepers
    assert letters(results) == []


@every_game
def test_goalkeepers_have_the_numbers_of_the_feeds_own_box_score(recording: Path) -> None:
    feed = json.loads(recording.read_bytes())
    for roster, side in sides(feed, latest(fold_feed(recording.read_bytes()))):
        reported = {row["playerid"]: (int(row["ga"]), int(row["sav"])) for row in rows(roster["goalies"])}
        assert {line["id"]: (line["goals_against"], line["saves"]) for line in side["goalkeepers"]} == reported


@every_game
def test_the_score_is_the_feeds_own(recording: Path) -> None:
    feed, document = json.loads(recording.read_bytes()), latest(fold_feed(recording.read_bytes()))
    assert [document["home"]["score"], document["away"]["score"]] == [feed["homescore"], feed["awayscore"]]
    assert [sum(document[side]["score_by_period"]) for side in ("home", "away")] == [
        feed["homescore"],
        feed["awayscore"],
    ]
    assert (document["final"], document["timestamp"]) == (True, "00:00")


@every_game
def test_the_columns_of_a_team_are_the_sums_of_its_players(recording: Path) -> None:
    document = latest(fold_feed(recording.read_bytes()))
    for side in (document["home"], document["away"]):
        assert sum(side["shots_by_period"]) == side["shots"] >= sum(line["shots"] for line in side["players"])
        assert sum(side["goals_by_period"]) == sum(line["goals"] for line in side["players"])
        assert side["penalty_minutes"] == sum(line["penalty_minutes"] for line in side["players"])
    won = [document[side]["faceoffs_won"] for side in ("home", "away")]
    assert [document[side]["faceoffs_taken"] for side in ("home", "away")] == [sum(won)] * 2


@every_game
def test_documents_never_go_back_while_a_game_is_revealed_play_by_play(recording: Path) -> None:
    documents = bodies(fold_feed(recording.read_bytes()))
    for earlier, later in pairwise(documents):
        assert earlier["_id"] <= later["_id"]
        assert (earlier["period"], earlier["final"]) <= (later["period"], later["final"])
        for side in ("home", "away"):
            assert earlier[side]["score"] <= later[side]["score"]
            assert all(map(no_less, earlier[side]["players"], later[side]["players"]))
            assert all(map(no_less, earlier[side]["goalkeepers"], later[side]["goalkeepers"]))


def no_less(earlier: Seen, later: Seen) -> bool:
    counted = [name for name, value in earlier.items() if isinstance(value, int) and name != "id"]
    return earlier["id"] == later["id"] and all(earlier[name] <= later[name] for name in counted)


@every_game
def test_a_game_put_right_half_way_ends_as_the_game_read_once(recording: Path) -> None:
    data = recording.read_bytes()
    opening, entries = opened_by(data), read_playbyplay(data).entries
    half = len(entries) // 2
    wrong = played_of((*entries[:half], *entries[half + 3 :]))
    results = fold([opening, *wrong, Corrected(GAME, RUN, half, entries[half:])])
    last = [result for result in results if isinstance(result, Document | Gone)][-1]
    assert isinstance(last, Document)
    assert unplaced(bodies([last])[0]) == latest(fold_feed(data))


@every_game
def test_a_recorded_game_adds_nothing_to_the_season_of_the_reference_tables(recording: Path) -> None:
    data = recording.read_bytes()
    assert read_playbyplay(data).entries[-1].event == GameOver()
    assert settlement(fold_feed(data)) is None
