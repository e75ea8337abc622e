"""Tracking formats by kloppy, from files as small as the formats allow."""

import json
import sys
from pathlib import Path

import pytest

from pressbox.errors import BadInput
from tests.recordings.read import read, told

META = {
    "GameID": 1, "CompetitionID": 1, "SeasonID": 2023, "FrameRate": 25, "PitchShortSide": 6800, "PitchLongSide": 10500,
    "Kickoff": "2023-01-01T12:00:00", "Phase1StartFrame": 100, "Phase1EndFrame": 102, "Phase2StartFrame": 200, "Phase2EndFrame": 201,
    "Phase3StartFrame": 0, "Phase3EndFrame": 0, "Phase4StartFrame": 0, "Phase4EndFrame": 0,
    "Phase5StartFrame": 0, "Phase5EndFrame": 0,
    "HomeTeam": {"TeamID": 1, "ShortName": "H", "LongName": "Home", "Players": [
        {"PlayerID": 11, "FirstName": "A", "LastName": "B", "JerseyNo": 1, "StartFrameCount": 100, "EndFrameCount": 201}]},
    "AwayTeam": {"TeamID": 2, "ShortName": "A", "LongName": "Away", "Players": []},
}  # fmt: skip


def metrica(side: str, places: list[tuple[str, str, str, str]]) -> str:
    head = f",,,{side},,,\n,,,1,,,\nPeriod,Frame,Time [s],Player1,,Ball,\n"
    return head + "".join(f"{period},{n},{time},{x},{y},0.5,0.5\n" for n, (period, time, x, y) in enumerate(places, 1))


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    home, away = tmp_path / "home.csv", tmp_path / "away.csv"
    rows = [
        ("1", "0.04", "0.5", "0.5"),
        ("1", "0.08", "0.51", "0.5"),
        ("1", "0.12", "NaN", "NaN"),
        ("2", "0.16", "0.6", "0.5"),
    ]
    home.write_text(metrica("Home", rows))
    away.write_text(metrica("Away", [(period, time, "0.25", "0.25") for period, time, _, _ in rows]))
    return home, away


def test_a_pair_of_files_is_one_recording_in_whatever_order_it_is_named(pair: tuple[Path, Path]) -> None:
    pytest.importorskip("kloppy")
    for paths in (pair, pair[::-1]):
        recording = read(*paths)
        assert recording.unread == []
        assert len(recording.athletes) == 2
        first, second, third = recording.samples(recording.athletes[0])
        assert (first.x_mm, second.x_mm, third.x_mm) == (0, 1050, 10_500)
        assert second.time_ms - first.time_ms == 40
        assert third.time_ms - second.time_ms > 60_000  # the second period


def test_one_file_of_a_pair_alone_is_told(pair: tuple[Path, Path]) -> None:
    assert told(read(pair[0])) == ["home.csv: : the other file of these tracking data is missing: name both"]


def test_tracking_data_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    pytest.importorskip("kloppy")
    meta, raw = tmp_path / "meta.json", tmp_path / "raw.dat"
    meta.write_text(json.dumps(META))
    raw.write_text("100:1,1,1,0,0,1.5;:0,0,0,0,H,Alive;:\n101:1,1,")
    recording = read(meta, raw)
    assert not recording.athletes
    assert "TRACAB data that cannot be read" in told(recording)[0]


def test_without_the_extra_its_name_is_told(pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kloppy", None)
    monkeypatch.setitem(sys.modules, "kloppy.metrica", None)
    with pytest.raises(BadInput, match=r"pip install 'pressbox\[tracking\]'"):
        read(*pair)
