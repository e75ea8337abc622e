"""Figures of windows in SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pressbox.model.load import WindowMedical, WindowPerformance
from pressbox.model.session import FOOTBALL, AthleteProfile, terms_of
from pressbox.pipelines.athlete_load import shape, summarise
from pressbox.stores.sqlite_metrics import SqliteMetrics
from pressbox.stream.store import Batch, Cursor
from tests.contracts.metrics_store import MetricsStoreContract, told
from tests.pipelines.test_athlete_load_fold import running


class TestSqliteMetrics(MetricsStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqliteMetrics[WindowPerformance]]:
        store = SqliteMetrics(tmp_path / "performance.sqlite", WindowPerformance)
        store.open()
        yield store
        store.close()

    def test_rows_and_cursor_are_there_after_a_restart(self, tmp_path: Path) -> None:
        for _ in range(2):
            store = SqliteMetrics(tmp_path / "again.sqlite", WindowPerformance)
            store.open()
            store.write(Batch(0, [told(1, 1)], Cursor(0, 1)))
            store.close()
        store.open()
        assert (store.windows("dome", "a", "second"), store.cursor(0)) == ([told(1, 1)], Cursor(0, 1))
        store.close()


def test_medical_figures_come_back_as_they_were_from_a_file_of_its_owner_only(tmp_path: Path) -> None:
    profile = AthleteProfile(athlete="7", heart_rate_bpm_rest=50, heart_rate_bpm_max=190, sex="f")
    terms = terms_of(FOOTBALL, 200)
    figures = shape(summarise(running(0, 9000), profile, terms), profile, terms).medical
    told = WindowMedical("dome", "a", "7", "minute", 0, 4, 1, figures)
    store = SqliteMetrics(tmp_path / "medical.sqlite", WindowMedical)
    store.open()
    store.write(Batch(0, [told], Cursor(0, 1)))
    assert store.windows("dome", "a", "minute") == [told]
    store.close()
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_no_byte_of_who_was_erased_is_left_in_the_file_or_beside_it(tmp_path: Path) -> None:
    store = SqliteMetrics(tmp_path / "performance.sqlite", WindowPerformance)
    store.open()
    for start in range(200):
        both = [told(start, start, athlete=athlete) for athlete in ("marker-ann", "marker-bob")]
        store.write(Batch(0, both, Cursor(0, start + 1)))
    store.erase("marker-ann")
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"marker-bob" in left
    assert b"marker-ann" not in left
    store.close()
