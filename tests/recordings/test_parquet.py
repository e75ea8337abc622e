from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pressbox.errors import BadInput
from pressbox.model.sample import Sample
from pressbox.recordings import parquet as under_test
from tests.recordings.read import read, samples_of, told

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

BEGIN = datetime(2021, 11, 19, 12, tzinfo=UTC)
BEGIN_MS = 1_637_323_200_000


def written(path: Path, **columns: object) -> Path:
    parquet.write_table(pa.table(columns), path, row_group_size=2)
    return path


def test_a_table_with_times_reads_as_a_csv_would(tmp_path: Path) -> None:
    times = [BEGIN + timedelta(milliseconds=100 * n) for n in range(3)]
    path = written(
        tmp_path / "a.parquet", ts=times, player_id=[7, 7, 8], speed_kmh=[36.0, None, 3.6], hr=[100, 101, None]
    )
    assert samples_of(read(path)) == {
        "7": [
            Sample(BEGIN_MS, speed_mm_s=10_000, heart_rate_bpm=100),
            Sample(BEGIN_MS + 100, heart_rate_bpm=101, sequence=1),
        ],
        "8": [Sample(BEGIN_MS + 200, speed_mm_s=1000)],
    }


def test_columns_are_mapped_by_name(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", when=[0.0, 0.5], a=[1.0, 2.0], b=[3.0, 4.0])
    assert samples_of(read(path, mapping="time=when,x=a,y=b")) == {
        "a": [Sample(0, 1000, 3000), Sample(500, 2000, 4000, sequence=1)]
    }
    with pytest.raises(BadInput, match="--map names 'c', and the file has when, a, b"):
        read(path, mapping="time=when,x=c,y=b")
    assert "say which is what with --map (when, a, b)" in told(read(path))[0]


def test_a_file_cut_off_has_lost_what_tells_where_things_are(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", t=[0.0, 0.5], x=[1.0, 2.0], y=[3.0, 4.0])
    path.write_bytes(path.read_bytes()[:-20])
    recording = read(path)
    assert not recording.athletes
    assert "its table of contents, at the end, cannot be read" in told(recording)[0]


def test_a_damaged_row_group_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", t=[0.0, 1.0, 2.0, 3.0], x=[1.0] * 4, y=[3.0] * 4)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(content)
    recording = read(path)
    assert [sample.time_ms for sample in recording.samples("a")] == [2000, 3000]
    assert "row group 1, from row 1" in told(recording)[0]


def test_without_the_extra_its_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "_READER", False)
    with pytest.raises(BadInput, match=r"pip install 'pressbox\[recordings\]'"):
        read(written(tmp_path / "a.parquet", t=[0.0], x=[1.0], y=[3.0]))
