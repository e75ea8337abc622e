"""`pressbox load`: what it prints, what it tells, and how it ends."""

import json
import math
from pathlib import Path

import msgspec
import pytest

from pressbox.model.metric import Metrics
from pressbox.model.session import AthleteProfile
from pressbox.pipelines.athlete_load import LOAD_MEDICAL, LOAD_PERFORMANCE, line_of
from tests.cli.conftest import Pressbox
from tests.test_sensors import SESSION, STADIUM, Place, open_one

WANTED = {
    "athlete", "distance_m", "speed_kmh_max", "distance_m_by_zone", "duration_s", "heart_rate_bpm_mean",
    "heart_rate_bpm_max", "seconds_by_heart_rate_zone", "trimp_banister", "trimp_edwards",
}  # fmt: skip


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """Return ten seconds at 10 Hz: 7 runs along x at 5 m/s with 150 bpm, 8 stands with no heart rate."""
    path = tmp_path / "session.csv"
    lines = [f"{n / 10},7,{n / 2},3,150\n{n / 10},8,1,1,\n" for n in range(101)]
    path.write_text("t,id,px,py,pulse\n" + "".join(lines))
    return path


MAP = "time=t,athlete=id,x=px,y=py,heart_rate=pulse"


def test_one_line_an_athlete_has_the_figures(pressbox: Pressbox, session: Path) -> None:
    answer = pressbox("load", session, "--map", MAP, "--rest-hr", 60, "--max-hr", 195, "--sex", "m")
    seven, eight = answer.lines()
    assert (answer.code, answer.err) == (0, "")
    assert set(seven) >= WANTED
    assert (seven["athlete"], seven["duration_s"], seven["distance_m"]) == ("7", 10.0, 50.0)
    assert seven["speed_kmh_max"] == 18.0
    assert seven["distance_m_by_zone"] == {"0-7": 0.0, "7-15": 0.0, "15-20": 50.0, "20-25": 0.0, "25+": 0.0}
    assert (seven["heart_rate_bpm_mean"], seven["heart_rate_bpm_max"]) == (150.0, 150)
    assert seven["trimp_edwards"] == pytest.approx(3 * 10 / 60, rel=1e-2)
    share = (150 - 60) / (195 - 60)
    assert seven["trimp_banister"] == pytest.approx(10 / 60 * share * 0.64 * math.exp(1.92 * share), rel=1e-4)
    assert (eight["athlete"], eight["distance_m"], eight["heart_rate_bpm_mean"]) == ("8", 0.0, None)


def test_a_line_for_each_window(pressbox: Pressbox, session: Path) -> None:
    answer = pressbox("load", session, "--map", MAP, "--every", "5s")
    lines = [line for line in answer.lines() if line["athlete"] == "7"]
    assert [line["window"] for line in lines] == [f"1970-01-01T00:00:{second}.000Z" for second in ("00", "05", "10")]
    assert [line["samples"] for line in lines] == [50, 50, 1]


def test_the_sport_chooses_the_zones(pressbox: Pressbox, session: Path) -> None:
    answer = pressbox("load", session, "--map", MAP, "--sport", "lacrosse")
    assert answer.lines()[0]["distance_m_by_zone"] == {"0-7.2": 0.0, "7.2-14.4": 0.0, "14.4-21.6": 50.0, "21.6+": 0.0}


def test_what_cannot_be_read_is_told_and_the_rest_is_counted(pressbox: Pressbox, session: Path) -> None:
    with session.open("a") as file:
        file.writelines(["soon,7,0,0,0\n"] * 30)
    answer = pressbox("load", session, "--map", MAP)
    assert answer.code == 3
    assert [line["athlete"] for line in answer.lines()] == ["7", "8"]
    told = answer.err.splitlines()
    assert told[0] == f"{session}: line 204: 'soon' is no time"
    assert told[-1] == "and 10 more that could not be read"
    assert len(told) == 21


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--map", "when=t"], "no field 'when'"),
        (["--map", "time=t,x=nowhere,y=py"], "--map names 'nowhere'"),
        (["--every", "often"], "'often' is no span of time"),
        (["--every", "0s"], "no span of time"),
        (["--rest-hr", "200", "--max-hr", "100"], "--rest-hr must be below --max-hr"),
        (["--sex", "x"], "'x' is not one of"),
        (["--pitch", "nowhere.csv"], "does not exist"),
    ],
)
def test_wrong_usage_is_told(pressbox: Pressbox, session: Path, options: list[str], reason: str) -> None:
    answer = pressbox("load", session, *options)
    assert (answer.code, answer.out) == (2, "")
    assert reason in " ".join(answer.err.split())


def test_a_watch_that_writes_a_point_every_twenty_seconds_leaves_no_gaps(pressbox: Pressbox, tmp_path: Path) -> None:
    path = tmp_path / "watch.csv"
    path.write_text("t,distance\n" + "".join(f"{20 * n + 1637323200},{50 * n}\n" for n in range(10)))
    (line,) = pressbox("load", path).lines()
    assert line["distance_m"] == 450.0


def test_wrong_usage_of_a_session_is_told(pressbox: Pressbox, session: Path, tmp_path: Path) -> None:
    assert "name either files or a session" in pressbox("load").err
    assert "name either files or a session" in pressbox("load", session, "--session", "north/a").err
    assert "nothing of session north/a is archived" in pressbox("load", "--session", "north/a", "--data", tmp_path).err


def test_a_session_that_was_archived_gives_the_figures_the_fold_told(pressbox: Pressbox, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    place = Place(tmp_path)
    with place.opened(archives=True) as sensors:
        open_one(sensors)
        for second in range(200):
            place.send(second, bpm=100 + second % 60)
        sensors.session_close(STADIUM, SESSION)
        told = [one for one in place.results(LOAD_PERFORMANCE) if one.window == "session"][-1]
        medical = [one for one in place.results(LOAD_MEDICAL) if one.window == "session"][-1]
    (line,) = pressbox("load", "--session", f"{STADIUM}/{SESSION}", "--data", tmp_path).lines()
    figures = Metrics(told.performance, medical.medical)
    profile = AthleteProfile(athlete="a1", name="Ann", heart_rate_bpm_max=190)
    assert line == json.loads(msgspec.json.encode(line_of(profile, figures)))
