"""The export of an athlete: everything held about them, nothing of anybody else, and said so in the audit log."""

import base64
import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from pressbox.access.access import Access
from pressbox.errors import BadInput
from pressbox.log.reader import SegmentReader
from pressbox.model.load import WindowPerformance
from pressbox.model.sample_record import SamplesReceived, decode_sample_record
from pressbox.privacy.export import export
from pressbox.privacy.holding import metrics_of, records_of
from pressbox.sources.sensor_ingest import SAMPLES
from tests.privacy.season import ANN, ANN_NAME, ANN_READING, BOB, FIRST, SECOND, STADIUM, WINDOWS, Season

pytest.importorskip("pyarrow")


def exported(season: Season, file: Path, athlete: str = ANN) -> dict[str, bytes]:
    export(season.place, athlete, file, by="eve", pressbox="pressbox 1", clock=season.clock)
    with zipfile.ZipFile(file) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_every_reading_is_in_it_once_from_the_archive_and_from_the_log(season: Season, tmp_path: Path) -> None:
    with SegmentReader(season.place.log) as log:
        records = [decode_sample_record(one.value) for one in records_of(log, SAMPLES)]
    sent = [one for one in records if isinstance(one, SamplesReceived) and one.device == "tag-ann"]
    archived = len(list(season.place.archive.glob("performance/*/*/*.parquet")))
    found = exported(season, tmp_path / "ann.zip")
    rows = table(found["performance/samples.csv"])
    of_device = [row for row in rows if row["device"] == "tag-ann"]
    assert archived > 0
    assert len({(row["session"], row["offset"], row["sequence"]) for row in rows}) == len(rows)
    assert len(of_device) == (len(sent) - 1) * 5  # all but the message that came before anybody said whose it is
    assert len(rows) - len(of_device) == 5  # of the device she wore for a second
    assert {row["y_m"] for row in rows} == {str(ANN_READING)}
    assert {row["session"] for row in rows} == {FIRST, SECOND}
    heart_rates = table(found["medical/samples.csv"])
    assert len(heart_rates) == len(rows)
    assert all(120 <= int(row["heart_rate_bpm"]) < 180 for row in heart_rates)
    assert "heart_rate_bpm" not in rows[0]


def test_figures_sessions_devices_profiles_consents_and_entries_are_in_it(season: Season, tmp_path: Path) -> None:
    found = exported(season, tmp_path / "ann.zip")
    stored = [
        one
        for store in metrics_of(season.place)
        for session in (FIRST, SECOND)
        for window in WINDOWS
        for one in store.windows(STADIUM, session, window, athlete=ANN)
    ]
    performance = [one for one in stored if isinstance(one, WindowPerformance)]
    told = table(found["performance/figures.csv"])
    assert [(row["window"], row["distance_m"]) for row in told if row["window"] == "session"] == [
        ("session", str(one.performance.distance_m)) for one in performance if one.window == "session"
    ]
    assert (len(told), len(table(found["medical/figures.csv"]))) == (len(performance), len(stored) - len(performance))
    assert [(row["session"], row["name"]) for row in table(found["sessions.csv"])] == [
        (FIRST, ANN_NAME),
        (SECOND, ANN_NAME),
    ]
    assert {(row["session"], row["device"]) for row in table(found["devices.csv"])} == {
        (FIRST, "tag-ann"),
        (FIRST, "tag-cleo"),
        (SECOND, "tag-ann"),
    }
    (cleos,) = [row for row in table(found["devices.csv"]) if row["device"] == "tag-cleo"]
    assert int(cleos["until_ms"]) - int(cleos["from_ms"]) < 2000
    assert {row["heart_rate_bpm_max"] for row in table(found["medical/profiles.csv"])} == {"197"}
    assert [row["athlete"] for row in table(found["consents.csv"])] == [ANN]
    assert [row["deed"] for row in table(found["audit.csv"])] == ["consent added", "saw medical", "exported"]
    messages = [json.loads(line) for line in found["medical/messages.jsonl"].splitlines()]
    assert {one["device"] for one in messages} == {"tag-ann", ANN}
    assert any(base64.b64decode(one["message"]) == f"broken {ANN_READING}".encode() for one in messages)
    assert all(name in found["README.txt"].decode() for name in found if name != "README.txt")


def test_nothing_of_anybody_else_is_in_it_and_it_is_its_owners(season: Season, tmp_path: Path) -> None:
    found = exported(season, tmp_path / "ann.zip")
    assert not [name for name, content in found.items() if b"keeper" in content]
    assert (tmp_path / "ann.zip").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_it_is_taken_beside_a_running_pressbox(season: Season, tmp_path: Path) -> None:
    with season.opened() as sensors:
        season.run(SECOND, 2)
        found = exported(season, tmp_path / "ann.zip")
        season.run(SECOND, 1)
        sensors.catch_up()
    assert len(table(found["performance/samples.csv"])) > 1000


def test_whoever_is_not_held_and_a_file_that_is_there_are_refused(season: Season, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing is held about nobody"):
        exported(season, tmp_path / "nobody.zip", "nobody")
    (tmp_path / "mine.zip").write_bytes(b"mine")
    with pytest.raises(BadInput, match="there already"):
        exported(season, tmp_path / "mine.zip", BOB)
    assert [one.deed for one in Access(season.place.data).open().administration.audit_of(BOB)] == [
        "consent added",
        "saw medical",
    ]
