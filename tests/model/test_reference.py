"""Teams, players, and what final games add to them."""

import pytest

from pressbox.errors import BadInput
from pressbox.model.box_score import PlayerResult, Settled, TeamResult, Unsettled
from pressbox.model.reference import PlayerRow, ReferenceData, TeamRow, standings, team_of
from pressbox.model.roster import Player, Team

DATA = ReferenceData(
    (TeamRow(205, "johns hopkins", "Big 10", 4, 3), TeamRow(101, "syracuse", "ACC", 5, 2)),
    (
        PlayerRow(9, "selma", "00", 9, 2, 101),
        PlayerRow(11, "jack", "1", 51, 18, 205),
        PlayerRow(1, "sam", "0", 56, 22, 101),
    ),
)


def settled(game: str, revision: int, index: int, *, wins: int = 1, shots: int = 3) -> Settled:
    return Settled(game, revision, index, 0, (TeamResult(101, wins, 0),), (PlayerResult(1, shots, 1),))


def test_a_team_has_its_own_players_in_loaded_order() -> None:
    assert team_of(DATA, 101) == Team(
        101, "syracuse", "ACC", 5, 2, (Player(9, "selma", "00", 9, 2), Player(1, "sam", "0", 56, 22))
    )


def test_a_team_that_is_not_there_is_named() -> None:
    with pytest.raises(BadInput, match="team 7 is not in the table teams"):
        team_of(DATA, 7)


def test_without_a_final_game_the_standings_are_the_reference() -> None:
    assert standings(DATA, []) == DATA


def test_final_games_add_up() -> None:
    after = standings(DATA, [settled("a", 1, 0), settled("b", 1, 0, wins=0, shots=2)])
    assert after.teams == (DATA.teams[0], TeamRow(101, "syracuse", "ACC", 6, 2))
    assert after.players == (*DATA.players[:2], PlayerRow(1, "sam", "0", 61, 24, 101))


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_settlement_of_a_game_counts_wherever_it_stands(order: int) -> None:
    told = [settled("a", 7, 1, shots=1), settled("a", 7, 2, shots=10), settled("a", 6, 9, shots=5)]
    assert standings(DATA, told[::order]).players[2].shots == 56 + 10


def test_a_game_that_is_live_again_adds_nothing_until_it_is_final_again() -> None:
    told: list[Settled | Unsettled] = [settled("a", 7, 1), Unsettled("a", 8, 0, 0)]
    assert standings(DATA, told) == DATA
    assert standings(DATA, [*told, settled("a", 9, 0)]) != DATA


def test_what_the_reference_does_not_have_adds_nothing() -> None:
    stranger = Settled("a", 1, 0, 0, (TeamResult(7, 1, 0),), (PlayerResult(70, 3, 1),))
    assert standings(DATA, [stranger]) == DATA
