"""Erasing an athlete: nothing of them is left, everything of the others is, whoever is killed when."""

import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pressbox.access.access import Access
from pressbox.errors import BadSettings, Unavailable
from pressbox.model.load import SessionOpened
from pressbox.model.sample_record import DeviceAssigned
from pressbox.model.session import PRESETS, AthleteProfile, terms_of
from pressbox.privacy.erasure import FILE_NAME, erasing
from pressbox.privacy.holding import letter_stores
from pressbox.stores import sample_table, sqlite
from tests.privacy.season import (
    ANN,
    ANN_NAME,
    ANN_READING,
    BOB,
    CLEO,
    FIRST,
    STADIUM,
    Season,
    figures_of,
    folded_straight,
    stored,
    traces,
)

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


class Mixed(Season):
    """A session in which devices change hands, samples come late and pressbox is started again, by *seed*."""

    def mix(self, seed: int) -> None:
        chosen = random.Random(seed)
        worn: dict[str, str | None] = {"tag-1": ANN, "tag-2": BOB, "tag-3": None}
        for start in range(3):
            with self.opened() as sensors:
                if not start:
                    athletes = [AthleteProfile(athlete=ANN, name=ANN_NAME), AthleteProfile(athlete=BOB)]
                    sensors.session_open(STADIUM, FIRST, athletes=athletes, wearers={"tag-1": ANN, "tag-2": BOB})
                for _ in range(60):
                    self.act(chosen, worn)
                    if chosen.random() < 0.05:
                        sensors.catch_up()
        with self.opened() as sensors:
            sensors.session_close(STADIUM, FIRST)

    def act(self, chosen: random.Random, worn: dict[str, str | None]) -> None:
        device = chosen.choice(list(worn))
        if chosen.random() < 0.1:
            worn[device] = chosen.choice([ANN, BOB, CLEO, None])
            self.append(FIRST, DeviceAssigned(STADIUM, FIRST, device, worn[device]))
        reading = ANN_READING if worn[device] == ANN else 7.25
        late_s = chosen.choice([0, 0, 0, 1, 5, 90, -30])
        self.send(FIRST, device, reading=reading, at_s=self.clock.now_s - late_s)
        if chosen.random() < 0.05:
            self.reject(FIRST, device, reading)
        self.clock.now_s += chosen.choice([0.25, 1, 1, 20])


@pytest.mark.parametrize("seed", range(6))
def test_devices_may_change_hands_and_samples_come_late_as_they_like(tmp_path: Path, seed: int) -> None:
    season = Mixed(tmp_path / "data")
    season.mix(seed)
    assert traces(season.place.data)
    before = stored(season, FIRST)
    erase(season)
    assert traces(season.place.data) == []
    after = stored(season, FIRST)
    assert after == before
    assert figures_of(after) == folded_straight(season)


def test_what_a_kill_of_pressbox_left_beside_its_databases_goes_too(season: Season, tmp_path: Path) -> None:
    with season.opened() as sensors:
        season.run("second", 3)
        sensors.catch_up()
        shutil.copytree(season.place.data, tmp_path / "killed")
    assert any(path.stat().st_size for path in (tmp_path / "killed").glob("*.sqlite-wal"))
    erase(Season(tmp_path / "killed", season.clock.now_s))
    assert traces(tmp_path / "killed") == []


@pytest.mark.parametrize("has_checkpoints", [True, False])
def test_who_wore_what_is_known_where_retention_took_the_beginning_of_the_log(
    season: Season, *, has_checkpoints: bool
) -> None:
    before = stored(season)
    segments = sorted(season.place.log.glob("samples/0/*.log"))
    assert len(segments) > 2
    for path in segments[:-1]:
        path.unlink()
    if not has_checkpoints:
        for path in season.place.data.glob("checkpoints.sqlite*"):
            path.unlink()
    assert any("log/samples/0/" in one for one in traces(season.place.data))
    erase(season)
    assert traces(season.place.data) == []
    if has_checkpoints:
        assert stored(season) == before


def test_a_session_opened_again_has_nobody_wear_what_they_wore(tmp_path: Path) -> None:
    season = Mixed(tmp_path / "data")
    with season.opened() as sensors:
        told = sensors.session_open(STADIUM, FIRST, athletes=[AthleteProfile(athlete=ANN)], wearers={"tag-1": ANN})
        season.send(FIRST, "tag-1", reading=ANN_READING)
        terms = terms_of(PRESETS[told.sport], 200)
        again = SessionOpened(stadium=STADIUM, session=FIRST, athletes=(AthleteProfile(athlete=BOB),), terms=terms)
        season.append(FIRST, again)
        season.append(FIRST, DeviceAssigned(STADIUM, FIRST, "tag-1", BOB))
        season.send(FIRST, "tag-1", reading=7.25)
        sensors.catch_up()
        sensors.session_close(STADIUM, FIRST)
    before = stored(season, FIRST)
    assert BOB in str(before)
    erase(season)
    assert traces(season.place.data) == []
    assert stored(season, FIRST) == before
    assert figures_of(before) == folded_straight(season)


def test_a_record_that_names_her_and_was_refused_goes_with_its_bytes(tmp_path: Path) -> None:
    season = Mixed(tmp_path / "data")
    with season.opened(archives=False) as sensors:
        season.append(FIRST, DeviceAssigned(STADIUM, FIRST, "tag-1", ANN))  # of a session nobody opened
        season.append(FIRST, DeviceAssigned(STADIUM, FIRST, "tag-2", BOB))
        sensors.catch_up()
    assert any("load-aside" in one for one in traces(season.place.data))
    erase(season)
    assert traces(season.place.data) == []
    letters = [one for store in letter_stores(season.place) for one in store.all_letters()]
    assert [BOB.encode() in one.message for one in letters] == [True]


def test_an_archive_nobody_can_read_here_is_told_before_anything_is_erased(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_table, "HAS_PARQUET", False)
    before = traces(season.place.data)
    with pytest.raises(BadSettings, match="recordings"):
        erase(season)
    assert traces(season.place.data) == before


def test_it_is_refused_while_a_process_has_the_log(season: Season) -> None:
    with season.opened(), pytest.raises(BadSettings, match="stop pressbox first"):
        erase(season)


def test_whoever_reads_a_database_for_long_is_told_of_and_erasing_goes_on_afterwards(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_TIMEOUT_S", 0.1)
    path = season.place.data / "performance.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM windows").fetchone()
        with pytest.raises(Unavailable, match="somebody reads the file"):
            erase(season)
    assert (season.place.data / FILE_NAME).exists()
    assert traces(season.place.data)
    erase(season)
    assert traces(season.place.data) == []
