"""`pressbox athlete`: what a person sees who hands out or erases what is held about somebody."""

import io
import shutil
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Pressbox
from tests.cli.process import started
from tests.privacy.season import ANN, ANN_NAME, Season, traces

pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Season:
    season = Season(tmp_path_factory.mktemp("season") / "data")
    season.play()
    return season


@pytest.fixture
def season(played: Season, tmp_path: Path) -> Path:
    shutil.copytree(played.place.data, tmp_path / "data")
    return tmp_path / "data"


def test_erasing_asks_first_and_whoever_says_no_keeps_everything(
    season: Path, pressbox: Pressbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = traces(season)
    monkeypatch.setattr(sys, "stdin", io.StringIO("no\n"))
    answer = pressbox("athlete", "erase", ANN, "--data", season)
    assert answer.code == 1
    assert f"{ANN} ({ANN_NAME}): 2 sessions, " in answer.err
    assert traces(season) == before


def test_erasing_tells_its_receipt_and_what_it_does_not_reach_and_again_that_nothing_is_held(
    season: Path, pressbox: Pressbox
) -> None:
    answer = pressbox("athlete", "erase", ANN, "--yes", "--data", season, "--json")
    assert (answer.code, answer.json["athlete"]) == (0, ANN)
    assert "the log: erased" in answer.err
    assert "not reached: backups" in answer.err
    assert traces(season) == []
    log = pressbox("audit", "list", "--data", season, "--json")
    assert answer.json["receipt"] in log.out
    again = pressbox("athlete", "erase", ANN, "--yes", "--data", season)
    assert (again.code, again.out) == (0, f"nothing is held about {ANN} in {season}\n")


def test_beside_a_running_pressbox_one_may_export_and_not_erase(
    season: Path, pressbox: Pressbox, tmp_path: Path
) -> None:
    with started(season) as up:
        refused = pressbox("athlete", "erase", ANN, "--yes", "--data", season)
        assert refused.code == 2
        assert f"a pressbox runs over {season}, at {up.url}: stop it" in refused.err
        made = pressbox("athlete", "export", ANN, "-o", tmp_path / "ann.zip", "--data", season)
        assert (made.code, (tmp_path / "ann.zip").exists()) == (0, True)
        assert f"{ANN} ({ANN_NAME}): 2 sessions, " in made.out


def test_an_erasure_that_was_begun_is_told_at_start_and_ends_before_another_begins(
    season: Path, pressbox: Pressbox
) -> None:
    (season / "erasure.json").write_text(f'{{"athlete": "{ANN}", "receipt": "r-1", "wearings": []}}')
    problems = pressbox("status", "--data", season, "--json").json["problems"]
    assert any("run `pressbox athlete erase` again" in one for one in problems)
    refused = pressbox("athlete", "erase", "bob-keeper", "--yes", "--data", season)
    assert (refused.code, f"erase {ANN} again first" in refused.err) == (2, True)
    answer = pressbox("athlete", "erase", ANN, "--yes", "--data", season)
    assert (answer.code, answer.out) == (0, f"{ANN} is erased; receipt r-1\n")
    assert traces(season) == []
