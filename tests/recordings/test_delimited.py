import gzip
from pathlib import Path

import pytest

from pressbox.errors import BadInput
from pressbox.model.sample import Sample
from pressbox.model.session import Plane
from pressbox.recordings import file as under_test
from pressbox.recordings.file import LINE_CHARACTERS_MAX
from tests.recordings.read import read, samples_of, told

LINES = "time,athlete,x,y,speed,distance,hr\n0.0,7,0,0,0,0,100\n0.1,7,0.3,0.4,5,0.5,101\n0.1,8,1,1,,,\n"
SEVEN = [
    Sample(0, 0, 0, 0, 0, 100, sequence=0),
    Sample(100, 300, 400, 5000, 500, 101, sequence=1),
]


def written(tmp_path: Path, content: str | bytes, name: str = "session.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_rows_become_samples_of_their_athletes(tmp_path: Path) -> None:
    recording = read(written(tmp_path, LINES))
    assert samples_of(recording) == {"7": SEVEN, "8": [Sample(100, 1000, 1000)]}
    assert recording.unread == []


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(LINES.encode()),
        gzip.compress(LINES[:50].encode()) + gzip.compress(LINES[50:].encode()) + b"\0" * 512,
        b"\xef\xbb\xbf" + LINES.encode(),
        LINES.encode("utf-16"),
        LINES.replace("\n", "\r\n").encode(),
        LINES.replace(",", ";").replace(".", ",").encode(),
        LINES.replace(",", "\t").encode(),
        ("Vendor export v3\n\nDate,2021-11-19\n" + LINES).encode(),
        LINES.rstrip().encode(),
    ],
    ids=["gzip", "members", "mark", "utf-16", "crlf", "semicolons", "tabs", "preamble", "no last end"],
)
def test_the_same_table_reads_the_same_however_it_is_stored(tmp_path: Path, content: bytes) -> None:
    recording = read(written(tmp_path, content))
    assert samples_of(recording) == {"7": SEVEN, "8": [Sample(100, 1000, 1000)]}
    assert recording.unread == []


def test_a_file_of_one_athlete_is_called_by_its_name(tmp_path: Path) -> None:
    recording = read(written(tmp_path, gzip.compress(b"t,x,y\n0,1,2\n"), "U18_ID1.csv.gz"))
    assert recording.athletes == ["U18_ID1"]


def test_an_athlete_in_two_files_has_the_samples_of_both_in_order(tmp_path: Path) -> None:
    second = written(tmp_path, "time,athlete,x,y\n10,7,1,1\n11,7,2,2\n", "second.csv")
    recording = read(second, written(tmp_path, LINES))
    assert [sample.time_ms for sample in recording.samples("7")] == [0, 100, 10_000, 11_000]


def test_what_cannot_be_read_is_told_by_line_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = "time,athlete,x,y,hr\n0,7,0,0,100\nsoon,7,1,1,100\n1,7,here,1,NaN\n2,,1,1,1\n3,7,1\n4,7,1,1,104\n5,7,1"
    recording = read(written(tmp_path, lines))
    assert samples_of(recording)["7"] == [
        Sample(0, 0, 0, heart_rate_bpm=100),
        Sample(1000, sequence=1),
        Sample(4000, 1000, 1000, heart_rate_bpm=104, sequence=2),
    ]
    assert told(recording) == [
        "session.csv: line 3: 'soon' is no time",
        "session.csv: line 4: 'here' is no number (x_m)",
        "session.csv: line 5: no athlete",
        "session.csv: line 6: 3 columns where 5 belong",
        "session.csv: line 8: 3 columns where 5 belong",
    ]


def test_a_gzip_stream_cut_off_gives_everything_before_the_cut(tmp_path: Path) -> None:
    lines = "t,x,y\n" + "".join(f"{n / 10},{n * 7919 % 1000},{n * 104729 % 1000}\n" for n in range(20_000))
    packed = gzip.compress(lines.encode())
    recording = read(written(tmp_path, packed[: len(packed) // 2], "a.csv.gz"))
    assert 9_000 < len(recording.samples("a")) < 11_000
    assert "it is cut off after" in told(recording)[-1]


def test_a_gzip_stream_damaged_in_the_middle_gives_everything_before_it(tmp_path: Path) -> None:
    lines = "t,x,y\n" + "".join(f"{n / 10},{n * 7919 % 1000},{n * 104729 % 1000}\n" for n in range(20_000))
    packed = bytearray(gzip.compress(lines.encode()))
    packed[len(packed) // 2 : len(packed) // 2 + 64] = b"\xff" * 64
    recording = read(written(tmp_path, bytes(packed), "a.csv.gz"))
    assert len(recording.samples("a")) > 9_000
    assert "packed data are damaged near byte" in told(recording)[-1]


def test_a_gzip_bomb_is_left_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "UNPACKED_FREE_BYTES", 1 << 20)
    packed = gzip.compress(b"t,x,y\n" + b"0,1,1\n" * (1 << 20))
    recording = read(written(tmp_path, packed, "a.csv.gz"))
    assert "unpacks to more than 200 times its size" in told(recording)[-1]
    assert len(recording.samples("a")) < 1 << 20


def test_a_line_without_end_is_not_waited_for(tmp_path: Path) -> None:
    recording = read(written(tmp_path, b"t,x,y\n0,1,1\n" + b"9" * (2 * LINE_CHARACTERS_MAX)))
    assert len(recording.samples("session")) == 1
    assert "line 3 is longer than" in told(recording)[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"a,b\n1,2\n", "no header with a time and a value is found; say which column is what with --map (a, b)"),
        (b"t,x,y\n", "no times in it"),
        (b"t,x,y\nsoon,1,1\n", "'soon' is no time"),
        (bytes(range(256)) * 20, "neither text nor a format that is known"),
    ],
)
def test_a_file_that_is_no_recording_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    recording = read(written(tmp_path, content))
    assert not recording.athletes
    assert reason in told(recording)[0]


def test_a_mapped_column_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--map names 'when', and the file has time, athlete"):
        read(written(tmp_path, LINES), mapping="time=when,x=x,y=y")


def test_positions_in_degrees_lie_on_a_plane_that_touches_the_first(tmp_path: Path) -> None:
    lines = "t,lat,lon\n0,0,0\n1,41.0,-9.0\n2,41.001,-9.0\n3,41.0,-8.999\n4,91,-9\n5,48,2\n"
    recording = read(written(tmp_path, lines))
    places = [(sample.x_mm, sample.y_mm) for sample in recording.samples("session")]
    assert places[:2] == [(None, None), (0, 0)]
    assert places[2] == (0, 111_054)  # one thousandth of a degree of the meridian there, by the ellipsoid
    assert abs((places[3][0] or 0) - 84_135) <= 1
    assert places[4:] == [(None, None)] * 2
    assert "no place near the others" in told(recording)[0]


def test_x_and_y_that_lie_about_the_corners_of_the_field_are_degrees(tmp_path: Path) -> None:
    plane = Plane(longitude_deg=-9.0, latitude_deg=41.0)
    path = written(tmp_path, "t,px,py\n0,-9.0,41.0\n1,-9.0,41.001\n")
    assert [sample.y_mm for sample in read(path, mapping="time=t,x=px,y=py", plane=plane).samples("session")] == [
        0,
        111_054,
    ]
    metres = written(tmp_path, "t,px,py\n0,3,4\n")
    assert [sample.y_mm for sample in read(metres, mapping="time=t,x=px,y=py", plane=plane).samples("session")] == [
        4000
    ]
