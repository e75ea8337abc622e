"""Erasing an athlete: nothing of them is left, everything of the others is, whoever is killed when."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pressbox.access.access import Access
from pressbox.privacy.erasure import FILE_NAME, erasing
from tests.privacy.season import ANN, ANN_NAME, STADIUM, Season, figures_of, folded_straight, stored, traces

pytest.importorskip("pyarrow")


def erase(season: Season, receipt: str = "r-1") -> None:
    with erasing(season.place, ANN) as erasure:
        if erasure.is_needed:
            erasure.run("eve", receipt, season.clock, lambda _: None)


def test_she_is_found_everywhere_before(season: Season) -> None:
    found = traces(season.place.data)
    for file in (
        "log/samples/0/",
        "log/samples-deadletters/0/",
        "log/load-aside/0/",
        "log/load-sessions/0/",
        "log/load-performance/0/",
        "log/load-medical/0/",
        ".cut",
        "performance.sqlite",
        "medical.sqlite",
        "sessions.sqlite",
        "checkpoints.sqlite",
        "sample-dead-letters.sqlite",
        "load-aside.sqlite",
        "devices.sqlite",
        "people.sqlite",
        "audit.sqlite",
        "session.json",
        "archive.sqlite",
        ".parquet",
    ):
        assert any(file in one for one in found), file
    with erasing(season.place, ANN) as erasure:
        holding = erasure.holding
    assert (holding.names, holding.sessions) == ({ANN_NAME}, {"home/first", "home/second"})
    assert (holding.consents, holding.assignments, holding.audit_entries) == (1, 1, 2)
    assert holding.records > 400
    assert holding.letters > 2


def test_no_byte_of_her_is_left_and_a_second_time_changes_nothing(season: Season) -> None:
    erase(season)
    assert traces(season.place.data) == []
    with erasing(season.place, ANN) as erasure:
        assert not erasure.is_needed
    assert not (season.place.data / FILE_NAME).exists()


def test_what_is_stored_of_the_others_stays_and_is_what_a_fold_without_her_records_gives(
    season: Season, tmp_path: Path
) -> None:
    shutil.copytree(season.place.data, tmp_path / "before")
    before = stored(Season(tmp_path / "before", season.clock.now_s))
    erase(season)
    after = stored(season)
    assert after == before
    assert figures_of(after) == folded_straight(season)
    assert len(figures_of(after)) > 500
    assert traces(season.place.data) == []


def test_a_restart_goes_on_and_what_comes_then_is_folded_as_if_she_had_not_been_there(season: Season) -> None:
    erase(season)
    with season.opened() as sensors:
        season.run("second", 70)
        sensors.session_close(STADIUM, "second")
        assert not [cut for cut in season.log.cuts if cut]
    told = stored(season)
    assert figures_of(told) == folded_straight(season)


@pytest.mark.parametrize(("seed", "functions", "moments"), [(20261124, 16, 4)])
def test_whoever_is_killed_anywhere_erases_again_and_all_is_as_if_it_had_been_done_at_once(
    season: Season, tmp_path: Path, seed: int, functions: int, moments: int
) -> None:
    shutil.copytree(season.place.data, tmp_path / "before")
    before = stored(Season(tmp_path / "before", season.clock.now_s))
    out = tmp_path / "killed"
    out.mkdir()
    said = (season.place.data, out, seed, season.clock.now_s, functions, moments)
    subprocess.run([sys.executable, "-m", "tests.privacy.killed", *map(str, said)], check=True)
    assert traces(out / "straight") == []
    copies, went_on = sorted(out.iterdir()), 0
    assert len(copies) == functions + moments + 1
    for place, copy in enumerate(copies):
        killed = Season(copy, season.clock.now_s)
        if place % 4 == 0:  # somebody starts pressbox in between
            with killed.opened():
                pass
        went_on += (copy / FILE_NAME).exists()
        erase(killed, receipt="r-2")
        assert traces(copy) == [], (copy.name, seed)
        if place % 4 <= 1:
            assert stored(killed) == before, (copy.name, seed)
        erasures = [one.what for _, one in Access(copy).open().administration.audit(deeds=["erased"])]
        assert erasures in (["an athlete, receipt r-1"], ["an athlete, receipt r-2"]), (copy.name, seed)
    assert went_on > functions / 2
