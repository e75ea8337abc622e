"""TCX, GPX and FIT: the same run, as each of them writes it."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pressbox.model.sample import Sample
from tests.recordings.fit_file import fit_file
from tests.recordings.read import read, told

BEGIN = datetime(2021, 11, 19, 12, tzinfo=UTC)
BEGIN_MS = 1_637_323_200_000
HEART_RATES = (100, 110, 120)


def tcx(*, points: str = "", doctype: str = "") -> str:
    trackpoints = points or "".join(
        f"<Trackpoint><Time>2021-11-19T12:00:0{n}Z</Time><Position><LatitudeDegrees>{41 + n / 1e5}</LatitudeDegrees>"
        f"<LongitudeDegrees>-9</LongitudeDegrees></Position><DistanceMeters>{n}.5</DistanceMeters>"
        f"<HeartRateBpm><Value>{bpm}</Value></HeartRateBpm>"
        f'<Extensions><a:TPX xmlns:a="urn:x"><a:Speed>{n}.25</a:Speed><a:Watts>9</a:Watts></a:TPX></Extensions></Trackpoint>\n'
        for n, bpm in enumerate(HEART_RATES)
    )
    lap = (
        '<Lap StartTime="2021-11-19T12:00:00Z"><DistanceMeters>999</DistanceMeters><AverageHeartRateBpm><Value>9</Value>'
        f"</AverageHeartRateBpm>\n<Track>{trackpoints}</Track></Lap>"
    )
    return (
        f'<?xml version="1.0"?>{doctype}<TrainingCenterDatabase xmlns="urn:tcx"><Activities>\n'
        f"<Activity>{lap}</Activity></Activities></TrainingCenterDatabase>"
    )


def gpx() -> str:
    points = "".join(
        f'<trkpt lat="{41 + n / 1e5}" lon="-9"><ele>3</ele><time>2021-11-19T12:00:0{n}Z</time><extensions>'
        f'<h:TrackPointExtension xmlns:h="urn:h"><h:hr>{bpm}</h:hr></h:TrackPointExtension></extensions></trkpt>\n'
        for n, bpm in enumerate(HEART_RATES)
    )
    return (
        '<gpx xmlns="urn:gpx"><metadata><time>2020-01-01T00:00:00Z</time></metadata><wpt lat="1" lon="1"/>'
        f"<trk><name>run</name><trkseg>{points}</trkseg></trk></gpx>"
    )


def fit() -> bytes:
    return fit_file([[
        (BEGIN + timedelta(seconds=n), 41 + n / 1e5, -9.0, n + 0.5, n + 0.25, bpm) for n, bpm in enumerate(HEART_RATES)
    ]])  # fmt: skip


def samples(path: Path) -> list[Sample]:
    recording = read(path)
    assert recording.unread == []
    return list(recording.samples("run"))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("ending", ["tcx", "gpx", "fit"])
def test_the_same_run_gives_the_same_samples(tmp_path: Path, ending: str, *, packed: bool) -> None:
    if ending == "fit":
        pytest.importorskip("fitdecode")
    content = fit() if ending == "fit" else (tcx() if ending == "tcx" else gpx()).encode()
    path = tmp_path / f"run.{ending}{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(content) if packed else content)
    read_ = samples(path)
    assert [(sample.time_ms, sample.heart_rate_bpm) for sample in read_] == [
        (BEGIN_MS, 100), (BEGIN_MS + 1000, 110), (BEGIN_MS + 2000, 120)
    ]  # fmt: skip
    assert [sample.x_mm for sample in read_] == [0, 0, 0]
    for sample, y_mm in zip(read_, (0, 1111, 2221), strict=True):
        assert sample.y_mm is not None
        assert abs(sample.y_mm - y_mm) <= 10  # FIT's unit is a centimetre
    if ending != "gpx":
        assert [(sample.distance_mm, sample.speed_mm_s) for sample in read_] == [(500, 250), (1500, 1250), (2500, 2250)]


def test_the_distance_of_a_later_session_goes_on_from_the_one_before(tmp_path: Path) -> None:
    pytest.importorskip("fitdecode")
    first = [(BEGIN + timedelta(seconds=n), 41.0, -9.0, n * 10.0, 1.0, 100) for n in range(3)]
    second = [(BEGIN + timedelta(seconds=60 + n), 41.0, -9.0, n * 5.0, 1.0, 0xFF) for n in range(2)]
    path = tmp_path / "run.fit"
    path.write_bytes(fit_file([first, second]))
    read_ = samples(path)
    assert [sample.distance_mm for sample in read_] == [0, 10_000, 20_000, 20_000, 25_000]
    assert [sample.heart_rate_bpm for sample in read_] == [100, 100, 100, None, None]


@pytest.mark.parametrize(("end", "reason"), [(-20, "the file is cut off"), (-1, "cut off")])
def test_a_fit_file_cut_off_gives_what_it_has(tmp_path: Path, end: int, reason: str) -> None:
    pytest.importorskip("fitdecode")
    path = tmp_path / "run.fit"
    path.write_bytes(fit()[:end])
    recording = read(path)
    assert len(recording.samples("run")) >= 2
    assert reason in told(recording)[0]


def test_a_fit_file_with_a_wrong_checksum_is_read_and_told(tmp_path: Path) -> None:
    pytest.importorskip("fitdecode")
    path = tmp_path / "run.fit"
    path.write_bytes(fit()[:-2] + b"\0\0")
    recording = read(path)
    assert len(recording.samples("run")) == 3
    assert told(recording) == ["run.fit: : its checksum does not match: some values may be damaged"]


@pytest.mark.parametrize("content", [tcx(), gpx()], ids=["tcx", "gpx"])
def test_xml_cut_off_gives_the_points_before_the_cut(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.xml"
    path.write_text(content[: content.rindex("12:00:02")])
    recording = read(path)
    assert len(recording.samples("run")) == 2
    assert told(recording) == [f"run.xml: line {content.count(chr(10))}: the file is cut off (unclosed token)"] or (
        "the file is cut off" in told(recording)[0]
    )


def test_xml_damaged_in_the_middle_gives_the_points_before_it(tmp_path: Path) -> None:
    path = tmp_path / "run.tcx"
    path.write_text(tcx().replace("<Time>2021-11-19T12:00:02Z</Time>", "<Time>2021-11-19T12:00:02Z</Tme>"))
    recording = read(path)
    assert len(recording.samples("run")) == 2
    assert told(recording) == ["run.tcx: line 5: mismatched tag: the rest is not read"]


def test_a_document_type_is_refused_and_no_entity_is_expanded(tmp_path: Path) -> None:
    entities = '<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    path = tmp_path / "run.tcx"
    path.write_text(tcx(doctype=entities))
    recording = read(path)
    assert not recording.athletes
    assert told(recording) == [
        "run.tcx: line 1: a document type is declared, which no recording needs: the rest is not read"
    ]


@pytest.mark.parametrize(
    ("points", "reason"),
    [("<a>" * 1000, "nested more than 64 deep"), (f'<a b="{"x" * (3 << 20)}"/>', "a tag of more than 1,048,576 bytes")],
    ids=["deep", "long"],
)
def test_xml_beyond_all_bounds_is_left(tmp_path: Path, points: str, reason: str) -> None:
    path = tmp_path / "run.tcx"
    path.write_text(tcx(points=points))
    assert reason in told(read(path))[0]


def test_a_point_without_time_or_with_a_value_that_is_none_is_told(tmp_path: Path) -> None:
    points = (
        "<Trackpoint><DistanceMeters>1</DistanceMeters></Trackpoint>\n"
        "<Trackpoint><Time>soon</Time></Trackpoint>\n"
        "<Trackpoint><Time>2021-11-19T12:00:00</Time><DistanceMeters>far</DistanceMeters></Trackpoint>\n"
    )
    path = tmp_path / "run.tcx"
    path.write_text(tcx(points=points))
    recording = read(path)
    assert list(recording.samples("run")) == [Sample(BEGIN_MS)]
    assert told(recording) == [
        "run.tcx: line 3: a point without a time",
        "run.tcx: line 4: 'soon' is no time",
        "run.tcx: line 5: 'far' is no number (distance_m)",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [("<html></html>", "neither TCX nor GPX"), ("<gpx></gpx>", "no samples in it"), ("<gpx", "the file is cut off")],
)
def test_xml_that_is_no_recording_says_why(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "run.xml"
    path.write_text(content)
    assert reason in told(read(path))[0]
