from pathlib import Path

import pytest

from tests.simulate.played_again import PlayedAgain, play_again

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "mll-2012"


@pytest.fixture(scope="session")
def recorded_games() -> list[Path]:
    games = sorted(RECORDED.glob("*.json"))
    if not games:
        pytest.skip("the recorded games are not here: they are looked for in ../shared/data/mll-2012")
    return games


@pytest.fixture(scope="session")
def played_again(recorded_games: list[Path]) -> list[PlayedAgain]:
    return [play_again(path.read_bytes()) for path in recorded_games]
