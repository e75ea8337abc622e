from pathlib import Path
from typing import Any

import pytest

from pressbox.errors import BadInput, Unavailable
from pressbox.simulate.game import simulate_games
from pressbox.simulate.gamestream import simulate_gamestream
from pressbox.simulate.playbyplay import simulate_playbyplay


class Memory:
    """A target that keeps objects in memory."""

    name = "gamestreams"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def write(self, name: str, content: bytes) -> None:
        self.objects[name] = content


def simulate(**options: Any) -> tuple[dict[str, bytes], list[str]]:
    target, said = Memory(), list[str]()
    simulate_games(target=target, sleep=lambda _: None, log=said.append, **options)
    return target.objects, said


def stream(seed: int) -> bytes:
    return "".join(f"{line.text}\n" for line in simulate_gamestream(seed).lines).encode()


def test_one_game_stream_is_played_unless_told_otherwise() -> None:
    objects, _ = simulate()
    assert objects == {"gamestream.txt": stream(0)}


def test_more_games_are_numbered_from_the_second_on_and_each_has_the_next_seed() -> None:
    objects, _ = simulate(games=2, rich=2, seed=7)
    assert objects == {
        "gamestream.txt": stream(7),
        "gamestream-2.txt": stream(8),
        "playbyplay.json": simulate_playbyplay(7).document,
        "playbyplay-2.json": simulate_playbyplay(8).document,
    }


def test_a_recorded_file_keeps_its_name_and_ends_in_its_content(tmp_path: Path) -> None:
    recorded = tmp_path / "final of 2012.json"
    recorded.write_bytes(simulate_playbyplay(3).document)
    objects, _ = simulate(games=0, file=recorded)
    assert objects == {"final of 2012.json": simulate_playbyplay(3).document}


def test_the_pace_is_told_at_the_start() -> None:
    _, said = simulate()
    assert said[:2] == [
        "Starting Game Data Stream. Delay: 1 second == 0.25 seconds.",
        "Wrote gamestream.txt to bucket gamestreams at 59:51",
    ]


def test_the_end_is_told_too() -> None:
    _, said = simulate()
    assert said[-1] == "Wrote gamestream.txt to bucket gamestreams at 00:00"


def test_nothing_to_play_is_refused() -> None:
    with pytest.raises(BadInput, match="nothing to play"):
        simulate(games=0)


@pytest.mark.parametrize("pace", [{"delay_s": -0.1}, {"speed": 0.0}, {"speed": -1.0}])
def test_a_pace_that_cannot_be_is_refused(pace: dict[str, float]) -> None:
    with pytest.raises(BadInput, match="pace"):
        simulate(**pace)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="absent"):
        simulate(file=tmp_path / "absent.json")


def test_a_file_that_would_overwrite_a_simulated_game_is_refused(tmp_path: Path) -> None:
    recorded = tmp_path / "gamestream.txt"
    recorded.write_bytes(stream(1))
    with pytest.raises(BadInput, match=r"two games would be written to gamestream\.txt"):
        simulate(file=recorded)


def test_a_target_that_fails_ends_the_games(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Memory, name: str, content: bytes) -> None:
        raise Unavailable(f"{name}: no room for {len(content)} bytes")

    monkeypatch.setattr(Memory, "write", refuse)
    with pytest.raises(Unavailable, match="no room"):
        simulate()
