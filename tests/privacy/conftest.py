"""A season that was played once, and a copy of it for each test."""

import shutil
from pathlib import Path

import pytest

from tests.privacy.season import Season


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Season:
    season = Season(tmp_path_factory.mktemp("season") / "data")
    season.play()
    return season


@pytest.fixture
def season(played: Season, tmp_path: Path) -> Season:
    shutil.copytree(played.place.data, tmp_path / "data")
    return Season(tmp_path / "data", played.clock.now_s)
