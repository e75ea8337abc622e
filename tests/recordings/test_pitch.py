from pathlib import Path

import pytest

from pressbox.codec.sample import project
from pressbox.errors import BadInput
from pressbox.recordings.pitch import read_pitch


def test_the_plane_of_a_field_has_its_middle_as_origin_and_x_along_the_length(tmp_path: Path) -> None:
    path = tmp_path / "pitch.csv"
    path.write_text("Longitude,Latitude\n-9.0,41.001\n-9.0,41.0\n-8.9995,41.0\n-8.9995,41.001\n")
    plane = read_pitch(path)
    corners = [project(41.001, -9.0, plane), project(41.0, -9.0, plane), project(41.0, -8.9995, plane)]
    assert [(round(abs(x), 1), round(abs(y), 1)) for x, y in corners] == [(55.5, 21.0)] * 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "0 corners where a field has four"),
        ("longitude,latitude\n1,1\n2,2\n", "2 corners"),
        ("x,y\n1,1\n", "columns longitude and latitude are missing"),
        ("longitude,latitude\n1,north\n", "north"),
        ("longitude,latitude\n1\n", "is no place"),
    ],
)
def test_a_file_that_is_no_field_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "pitch.csv"
    path.write_text(content)
    with pytest.raises(BadInput, match=reason):
        read_pitch(path)
