import hashlib
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pressbox.model.clock import GAME_S
from pressbox.simulate.gamestream import Game, simulate_gamestream

seeds = st.integers(min_value=0, max_value=10**9)


def body_of(game: Game) -> bytes:
    return list(game.moments())[-1].body


def test_the_default_game_begins_with_the_lines_of_the_format_description() -> None:
    first = [line.text for line in simulate_gamestream().lines[:4]]
    assert first == ["0 59:51 101 2 0", "1 57:06 101 6 0", "2 56:13 205 8 1", "3 55:25 101 4 0"]


def test_the_default_game_stays_the_same_for_ever() -> None:
    digest = hashlib.sha256(body_of(simulate_gamestream())).hexdigest()
    assert digest == "6ded7e1ec929c32bf5958abac288a3125bb3f88052e0840c34199373af24f4b5"


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_a_seed_gives_the_same_game_every_time(seed: int) -> None:
    assert body_of(simulate_gamestream(seed)) == body_of(simulate_gamestream(seed))


def test_every_seed_is_a_game_of_its_own() -> None:
    bodies = {body_of(simulate_gamestream(seed)) for seed in range(200)}
    assert len(bodies) == 200


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_a_game_is_closed_by_the_id_of_minus_one_and_by_nothing_else(seed: int) -> None:
    lines = [line.text for line in simulate_gamestream(seed).lines]
    assert lines[-1] == "-1 00:00 0 0 0"
    assert [line.split()[0] for line in lines[:-1]] == [str(number) for number in range(len(lines) - 1)]


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_the_clock_counts_down_within_the_game(seed: int) -> None:
    clocks = [shot.clock_s for shot in simulate_gamestream(seed).shots]
    assert clocks == sorted(clocks, reverse=True)
    assert clocks[-1] > 0
    assert clocks[0] < GAME_S


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_after_a_goal_nobody_shoots_before_the_ball_is_in_play_again(seed: int) -> None:
    shots = simulate_gamestream(seed).shots
    assert all(shot.clock_s - following.clock_s >= 9 for shot, following in pairwise(shots) if shot.scored)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_only_rostered_players_shoot(seed: int) -> None:
    game = simulate_gamestream(seed)
    rostered = {(player.teamid, player.number) for player in game.players()}
    assert {(shot.team_id, shot.jersey) for shot in game.shots} <= rostered


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_a_game_has_as_many_shots_on_goal_as_real_ones(seed: int) -> None:
    assert 50 <= len(simulate_gamestream(seed).shots) <= 100


def test_about_a_third_of_the_shots_on_goal_score() -> None:
    shots = [shot for seed in range(100) for shot in simulate_gamestream(seed).shots]
    assert 0.30 < sum(shot.scored for shot in shots) / len(shots) < 0.40


def test_now_and_then_two_shots_share_a_second() -> None:
    shots = simulate_gamestream().shots
    assert any(shot.clock_s == following.clock_s for shot, following in pairwise(shots))


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_each_moment_is_the_whole_object_with_one_line_more(seed: int) -> None:
    moments = list(simulate_gamestream(seed).moments())
    assert [moment.body.count(b"\n") for moment in moments] == list(range(1, len(moments) + 1))
    assert all(later.body.startswith(earlier.body) for earlier, later in pairwise(moments))


def test_moments_tell_both_the_clock_and_how_far_the_game_has_come() -> None:
    first, *_, last = simulate_gamestream().moments()
    assert (first.clock, first.elapsed_s) == ("59:51", 9)
    assert (last.clock, last.elapsed_s) == ("00:00", GAME_S)


def test_both_teams_have_ten_players_and_jerseys_of_their_own() -> None:
    game = simulate_gamestream()
    assert [player.id for player in game.players()] == list(range(1, 21))
    for team in game.teams():
        assert len({player.number for player in game.players() if player.teamid == team.id}) == 10


def test_some_jerseys_are_worn_in_both_teams() -> None:
    home, away = ({p.number for p in simulate_gamestream().players() if p.teamid == team} for team in (101, 205))
    assert home & away


def test_rows_have_the_columns_of_the_tables_in_their_order() -> None:
    game = simulate_gamestream()
    assert game.teams()[0].__struct_fields__ == ("id", "name", "conference", "wins", "losses")
    assert game.players()[0].__struct_fields__ == ("id", "name", "number", "shots", "goals", "teamid")


def test_the_home_team_comes_first() -> None:
    assert [(team.id, team.name) for team in simulate_gamestream().teams()] == [
        (101, "syracuse"),
        (205, "johns hopkins"),
    ]
