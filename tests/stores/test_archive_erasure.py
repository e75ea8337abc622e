"""Erasing an athlete from the archive: their rows, what is told of them, what is planned; nothing of the others."""

from contextlib import closing
from pathlib import Path

import pytest

from pressbox.pipelines.athlete_load import SAMPLES
from pressbox.runtime.pump import Pump
from pressbox.stores.archive_erasure import archived_sessions, erase_from_archive
from pressbox.stores.archived_samples import ArchivedSamples
from pressbox.stores.sample_archive import SampleArchive, decode_archived, session_folders
from tests.pipelines.load_session import AT
from tests.stores.test_sample_archive import archived, content, log_of, minutes_of

pytest.importorskip("pyarrow")


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_samples_of_the_others_stay_and_those_of_the_athlete_are_nowhere(tmp_path: Path) -> None:
    archive = archived(tmp_path, log_of(minutes_of(12)))
    others = archive.samples(*AT)["8"]
    (session_folders(tmp_path, *AT)[0] / "_half.parquet").write_bytes(b"Ann, half made")
    for _ in range(2):
        erase_from_archive(tmp_path, "7")
    assert archive.samples(*AT) == {"8": others}
    assert [told.opened.athletes for told in archived_sessions(tmp_path)] == [(), ()]
    assert b"Ann" not in bytes_of(tmp_path)


def test_an_athlete_who_is_not_in_it_changes_nothing(tmp_path: Path) -> None:
    archived(tmp_path, log_of(minutes_of(6)))
    before = content(tmp_path)
    erase_from_archive(tmp_path, "nobody")
    assert content(tmp_path) == before


def test_what_is_planned_and_not_written_has_nothing_of_the_athlete(tmp_path: Path) -> None:
    records = minutes_of(12)
    log = log_of(records)
    with closing(SampleArchive(tmp_path, log)) as archive:
        Pump(archive, SAMPLES, decode_archived, log_of(records[:40])).drain()
    erase_from_archive(tmp_path, "7")
    assert b"Ann" not in bytes_of(tmp_path)
    with closing(SampleArchive(tmp_path, log)) as archive:
        Pump(archive, SAMPLES, decode_archived, log).drain()
    assert {athlete: len(some) for athlete, some in ArchivedSamples(tmp_path).samples(*AT).items()} == {"8": 60}
