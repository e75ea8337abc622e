"""The archive of samples: every sample once, in files that follow from the log alone, whoever is killed when."""

import stat
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressbox.errors import BadInput
from pressbox.model.load import PeriodEnded, PeriodStarted, SessionClosed, SessionOpened
from pressbox.model.sample import Sample
from pressbox.model.sample_record import DeviceAssigned, SampleRecord, encode_sample_record, session_key
from pressbox.model.session import FOOTBALL, AthleteProfile, terms_of
from pressbox.pipelines.athlete_load import SAMPLES, shape, summarise
from pressbox.runtime.pump import Pump
from pressbox.stores import sample_table
from pressbox.stores.archived_samples import ArchivedSamples
from pressbox.stores.sample_archive import SampleArchive, decode_archived, session_folders
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord
from pressbox.stream.store import Batch, Cursor
from tests.pipelines.generated_samples import athletes, sessions
from tests.pipelines.generated_samples import terms as generated_terms
from tests.pipelines.load_session import AT, OVER, fold, newest, opened, sent
from tests.runtime.memory_log import Crash, MemoryLog

pytest.importorskip("pyarrow")

BEGIN_MS = 1_700_000_000_000
ANN = AthleteProfile(athlete="7", name="Ann", heart_rate_bpm_rest=52, heart_rate_bpm_max=193, sex="f")
TERMS = terms_of(FOOTBALL, 1000)
OTHER = ("dome", "other")


def log_of(records: Sequence[SampleRecord]) -> MemoryLog:
    log = MemoryLog([Topic(SAMPLES)])
    log.append(
        SAMPLES, 0, [NewRecord(session_key(one.stadium, one.session), encode_sample_record(one), 0) for one in records]
    )
    return log


def archived(folder: Path, log: MemoryLog) -> ArchivedSamples:
    with closing(SampleArchive(folder, log)) as archive:
        Pump(archive, SAMPLES, decode_archived, log).drain()
    return ArchivedSamples(folder)


def content(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("archive.sqlite")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def minutes_of(count: int) -> list[SampleRecord]:
    """A session of so many minutes, and one of another name between its records."""
    records = opened(ANN, TERMS)
    records += [SessionOpened(stadium=OTHER[0], session=OTHER[1], athletes=(), terms=TERMS)]
    for second in range(0, count * 60, 10):
        at_ms = BEGIN_MS + second * 1000
        some = [
            Sample(
                at_ms + one * 1000, second + one, 0, 1000, None, 120 + second % 50, device="tag", sequence=second + one
            )
            for one in range(10)
        ]
        records += sent(some, received_ms=at_ms + 10_000)
        if second == 120:
            records += [PeriodStarted(*AT, "Q1", at_ms), DeviceAssigned(*AT, "tag", "8")]
        if second == 180:
            records += [DeviceAssigned(*AT, "tag", "7"), PeriodEnded(*AT, at_ms)]
    return [*records, SessionClosed(*AT, BEGIN_MS + count * 60_000), SessionClosed(*OTHER, BEGIN_MS)]


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_a_session_archived_gives_the_samples_that_came_and_the_figures_the_fold_told(data: st.DataObject) -> None:
    athlete, terms = data.draw(athletes), data.draw(generated_terms())
    samples = [sample for sample in data.draw(sessions(terms.interval_ms)) if sample.device in ("tag", "strap")]
    records: list[SampleRecord] = [*opened(athlete, terms)]
    while samples:
        cut = data.draw(st.integers(1, len(samples)))
        records += sent(samples[:cut])
        samples = samples[cut:]
    records.append(OVER)
    figures = [metrics for (window, _), metrics in newest(fold(records)[1]).items() if window == "session"]
    with TemporaryDirectory() as folder:
        archive = archived(Path(folder), log_of(records))
        told = archive.session(*AT).opened
        again = [
            shape(summarise(some, told.athletes[0], told.terms), told.athletes[0], told.terms)
            for some in archive.samples(*AT).values()
        ]
    assert again == figures


def test_a_file_holds_at_most_five_minutes_and_each_sample_is_that_of_its_wearer(tmp_path: Path) -> None:
    archive = archived(tmp_path, log_of(minutes_of(12)))
    assert len(list(session_folders(tmp_path, *AT)[0].glob("*.parquet"))) == 3
    samples = archive.samples(*AT)
    assert {athlete: len(some) for athlete, some in samples.items()} == {"7": 660, "8": 60}
    assert [one.time_ms for one in samples["8"]] == [BEGIN_MS + 130_000 + one * 1000 for one in range(60)]


def test_a_minute_is_read_again_with_all_its_samples(tmp_path: Path) -> None:
    archive = archived(tmp_path, log_of(minutes_of(6)))
    minute_ms = (BEGIN_MS + 290_000) // 60_000 * 60_000
    expected = [one for one in archive.samples(*AT)["7"] if minute_ms <= one.time_ms < minute_ms + 60_000]
    assert len(expected) == 60
    assert archive.samples_of_minute(*AT, "7", minute_ms) == expected


def test_terms_and_periods_lie_beside_the_samples_and_what_is_medical_apart(tmp_path: Path) -> None:
    archive = archived(tmp_path, log_of(minutes_of(4)))
    told = archive.session(*AT)
    assert told.opened.athletes == (ANN,)
    assert [(one.name, one.end_ms) for one in told.periods] == [("Q1", BEGIN_MS + 180_000)]
    performance, medical = session_folders(tmp_path, *AT)
    assert b"heart_rate" not in b"".join(path.read_bytes() for path in performance.iterdir())
    assert b"193" in (medical / "session.json").read_bytes()
    assert stat.S_IMODE((tmp_path / "medical").stat().st_mode) == 0o700


def test_a_session_that_is_not_archived_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="dome/none"):
        ArchivedSamples(tmp_path).session("dome", "none")


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 40))
def test_any_cut_of_the_log_into_batches_gives_the_same_files(records_max: int) -> None:
    log = log_of(minutes_of(12))
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        archived(Path(one), log)
        archive = SampleArchive(Path(other), log)
        archive.open()
        offset = 0
        while some := log.read(SAMPLES, 0, offset, records_max=records_max):
            offset = some[-1].offset + 1
            batch = Batch(0, [decode_archived(record.value) for record in some], Cursor(0, offset))
            archive.write(batch)
            archive.write(batch)
        archive.close()
        assert content(Path(one)) == content(Path(other))


def test_a_crash_at_any_step_leaves_the_files_of_a_straight_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_of(minutes_of(12))
    archived(tmp_path / "straight", log)
    expected, crashes = content(tmp_path / "straight"), 0
    real_sync = sample_table.sync
    while True:
        folder, left = tmp_path / str(crashes), [crashes]

        def sync(path: Path, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == -1:
                raise Crash
            real_sync(path)

        for module in ("sample_table", "sample_archive"):
            monkeypatch.setattr(f"pressbox.stores.{module}.sync", sync)
        try:
            archived(folder, log)
        except Crash:
            archived(folder, log)
            assert content(folder) == expected
            crashes += 1
        else:
            break
    assert crashes > 20


def test_what_is_in_no_file_yet_is_needed_of_the_log(tmp_path: Path) -> None:
    records = minutes_of(7)[:-2]
    log = log_of(records)
    archive = SampleArchive(tmp_path, log)
    Pump(archive, SAMPLES, decode_archived, log).drain()
    (needed,) = archive.needed().values()
    archive.close()
    (file,) = session_folders(tmp_path, *AT)[0].glob("*.parquet")
    assert needed == int(file.stem.split("-")[3]) + 1
    assert needed < len(records)
