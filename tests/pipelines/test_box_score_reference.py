"""The pipeline against a second, plain description of the same game."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pressbox.codec.gamestream import read_gamestream
from pressbox.model.box_score import Result, Unsettled
from pressbox.model.game import Finished, GameRecord, Played
from tests.pipelines import generated, reference
from tests.pipelines.reference import Row
from tests.pipelines.scorebook import GAME, RUN, bodies, fold, letters, opened, settlement

SIDE_FIELDS = ("teamid", "conference", "wins", "losses", "score", "status")
PLAYER_FIELDS = ("id", "name", "shots", "goals", "pct")

rosters = generated.rosters()


def records_of(data: bytes, rows: tuple[list[Row], list[Row]], *, finish: bool) -> list[GameRecord]:
    teams, players = rows
    home, away = (generated.team_of(team, players) for team in teams)
    reading = read_gamestream(data)
    records: list[GameRecord] = [opened(home, away), *(Played(GAME, RUN, entry) for entry in reading.entries)]
    if finish:
        records.append(Finished(GAME, RUN, "operator", reading.tail))
    return records


def seed_fields(document: dict[str, Any]) -> Row:
    return {
        "_id": document["_id"],
        "timestamp": document["timestamp"],
        "home": seed_side(document["home"]),
        "away": seed_side(document["away"]),
    }


def seed_side(side: dict[str, Any]) -> Row:
    players = [{name: player[name] for name in PLAYER_FIELDS} for player in side["players"]]
    return {name: side[name] for name in SIDE_FIELDS} | {"players": players}


def season_tables(results: list[Result], rows: tuple[list[Row], list[Row]]) -> tuple[list[Row], list[Row]]:
    settled, (teams, players) = settlement(results), rows
    if settled is None:
        return teams, players
    added = {one.teamid: one for one in settled.teams}
    by_player = {one.id: one for one in settled.players}
    return (
        [
            {**row, "wins": row["wins"] + added[row["id"]].wins, "losses": row["losses"] + added[row["id"]].losses}
            for row in teams
        ],
        [
            {
                **row,
                "shots": row["shots"] + by_player[row["id"]].shots,
                "goals": row["goals"] + by_player[row["id"]].goals,
            }
            for row in players
        ],
    )


@given(generated.files(), rosters, st.booleans())
def test_documents_dead_letters_and_season_are_those_of_the_plain_description(
    data: bytes, rows: tuple[list[Row], list[Row]], finish: bool
) -> None:
    expected = reference.play(data, *rows, finish=finish)
    results = fold(records_of(data, rows, finish=finish))
    assert [seed_fields(document) for document in bodies(results)] == expected.documents
    assert [letter.number for letter in letters(results)] == expected.rejected_lines
    assert season_tables(results, rows) == (expected.teams2, expected.players2)


@given(generated.files(), rosters)
def test_a_document_says_final_from_the_end_of_the_game_on(data: bytes, rows: tuple[list[Row], list[Row]]) -> None:
    expected = reference.play(data, *rows, finish=False)
    results = fold(records_of(data, rows, finish=False))
    documents = bodies(results)
    assert [document["final"] for document in documents] == sorted(document["final"] for document in documents)
    assert not documents or documents[-1]["final"] == expected.final
    assert (settlement(results) is not None) == expected.final
    assert not any(isinstance(result, Unsettled) for result in results)
