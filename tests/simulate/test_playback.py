from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.simulate.gamestream import simulate_gamestream
from pressbox.simulate.moment import Moment
from pressbox.simulate.playback import Feed, play


class Stage:
    """Remembers what was written, said and slept, in order."""

    def __init__(self) -> None:
        self.slept_s: list[float] = []
        self.said: list[str] = []
        self.written: list[tuple[str, bytes]] = []
        self.written_at_s: list[float] = []

    def write(self, name: str, content: bytes) -> None:
        self.written.append((name, content))
        self.written_at_s.append(sum(self.slept_s))

    def play(self, *feeds: Feed, delay_s: float = 0.25, speed: float = 1.0) -> None:
        log: Callable[[str], None] = self.said.append
        play(feeds, self.write, self.slept_s.append, log=log, bucket="gamestreams", delay_s=delay_s, speed=speed)


def feed(name: str, *elapsed_s: int) -> Feed:
    return Feed(name, iter([Moment(at_s, f"clock {at_s}", f"{name} {at_s}".encode()) for at_s in elapsed_s]))


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_the_first_write_is_told_as_the_format_description_shows(stage: Stage) -> None:
    stage.play(Feed("gamestream.txt", simulate_gamestream().moments()))
    assert stage.said[0] == "Wrote gamestream.txt to bucket gamestreams at 59:51"


def test_a_game_takes_a_quarter_of_its_time(stage: Stage) -> None:
    stage.play(Feed("gamestream.txt", simulate_gamestream().moments()))
    assert sum(stage.slept_s) == 900
    assert stage.slept_s[:2] == [9 * 0.25, 165 * 0.25]


@pytest.mark.parametrize(
    ("delay_s", "speed", "taken_s"), [(1.0, 1.0, 60), (0.1, 1.0, 6), (0.5, 10.0, 3), (0.0, 1.0, 0)]
)
def test_delay_and_speed_set_the_pace(stage: Stage, delay_s: float, speed: float, taken_s: float) -> None:
    stage.play(feed("a", 0, 20, 60), delay_s=delay_s, speed=speed)
    assert sum(stage.slept_s) == pytest.approx(taken_s)


def test_nobody_waits_between_two_events_of_one_second(stage: Stage) -> None:
    stage.play(feed("a", 5, 5, 6), delay_s=1)
    assert stage.slept_s == [5, 1]


def test_every_write_is_of_the_whole_object(stage: Stage) -> None:
    stage.play(Feed("gamestream.txt", simulate_gamestream().moments()))
    bodies = [content for _, content in stage.written]
    assert all(later.startswith(earlier) for earlier, later in pairwise(bodies))
    assert bodies[-1].splitlines() == [line.text.encode() for line in simulate_gamestream().lines]


def test_games_at_once_are_written_in_the_order_of_time(stage: Stage) -> None:
    stage.play(feed("a", 1, 4, 9), feed("b", 2, 4), feed("c", 3), delay_s=1)
    assert [content.decode() for _, content in stage.written] == ["a 1", "b 2", "c 3", "a 4", "b 4", "a 9"]
    assert stage.slept_s == [1, 1, 1, 1, 5]


def test_a_game_without_moments_is_over_at_once(stage: Stage) -> None:
    stage.play(feed("a"), feed("b", 1))
    assert [name for name, _ in stage.written] == ["b"]


@given(st.lists(st.lists(st.integers(0, 3600)).map(sorted), max_size=6))
def test_every_moment_of_every_game_is_written_when_it_is_due(games: list[list[int]]) -> None:
    stage = Stage()
    stage.play(*(feed(str(number), *elapsed_s) for number, elapsed_s in enumerate(games)), delay_s=1)
    assert stage.written_at_s == sorted(at_s for elapsed_s in games for at_s in elapsed_s)
    for number, elapsed_s in enumerate(games):
        own = [content for name, content in stage.written if name == str(number)]
        assert own == [f"{number} {at_s}".encode() for at_s in elapsed_s]
