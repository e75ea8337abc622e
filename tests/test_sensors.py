"""The sensors of one process: sessions opened, samples folded, what is live, and what a restart finds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from pressbox.codec.sensor_message import SensorMessage, SensorSample, encode_json
from pressbox.errors import BadInput
from pressbox.log.retention import Retention
from pressbox.log.segments import SegmentLog
from pressbox.model.live import LiveFigures, LiveFrame
from pressbox.model.load import LoadResult, SessionClosed, WindowMedical, WindowPerformance, decode_load_result
from pressbox.model.sample_record import (
    DeviceAssigned,
    SampleRecord,
    SamplesReceived,
    encode_sample_record,
    session_key,
)
from pressbox.model.session import AthleteProfile
from pressbox.pipelines.athlete_load import LOAD_ASIDE, LOAD_MEDICAL, LOAD_PERFORMANCE, LOAD_SESSIONS
from pressbox.sensors import SAMPLE_TOPICS, Sensors
from pressbox.sources.sensor_ingest import SAMPLES
from pressbox.stores.influxdb import InfluxdbSettings
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord
from tests.sources.fake_objects import FakeClock

STADIUM, SESSION = "north", "2026-11-24-a"
BEGIN_MS = 1_700_000_000_000
SEGMENT_BYTES = 64 << 10


class Place:
    """One data folder, and what its live channel told."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.clock = FakeClock()
        self.frames: list[LiveFrame] = []
        self.figures: list[LiveFigures] = []

    @contextmanager
    def opened(
        self, *, killed: bool = False, archives: bool = False, metrics: InfluxdbSettings | None = None
    ) -> Iterator[Sensors]:
        topics = [Topic(name) for name in SAMPLE_TOPICS]
        log = SegmentLog(self.data / "log", topics, now_ms=self.clock.now_ms, segment_bytes=SEGMENT_BYTES)
        self.log = log
        sensors = Sensors(
            self.data,
            log,
            self.clock,
            frames=[self.frames.append],
            figures=[self.figures.append],
            archives=archives,
            metrics=metrics,
        )
        sensors.open()
        yield sensors
        if killed:  # what lies on disk is that of a kill; the open files are let go of
            sensors._checkpoints.close()
            for pump in sensors.pumps:
                pump.store.close()
        else:
            sensors.close()
        log.close()

    def send(self, second: int, *, device: str = "d1", bpm: int = 120) -> None:
        """Append a second of ten samples, as they would have come."""
        samples = tuple(
            SensorSample(
                sequence=second * 10 + one,
                time_ms=BEGIN_MS + second * 1000 + one * 100,
                position_m=(second + one / 10, 0.0),
                speed_m_s=1.0,
                heart_rate_bpm=bpm,
            )
            for one in range(10)
        )
        message = encode_json(SensorMessage(version=1, device=device, boot=1, samples=samples))
        received_ms = samples[-1].time_ms + 20
        record = SamplesReceived(STADIUM, SESSION, device, received_ms, 0, message)
        self.log.append(
            SAMPLES, 0, [NewRecord(session_key(STADIUM, SESSION), encode_sample_record(record), received_ms)]
        )

    def results(self, topic: str) -> list[LoadResult]:
        found: list[LoadResult] = []
        while records := self.log.read(topic, 0, len(found), records_max=1 << 20):
            found += [decode_load_result(one.value) for one in records]
        return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def open_one(sensors: Sensors) -> None:
    sensors.session_open(
        STADIUM,
        SESSION,
        athletes=[AthleteProfile(athlete="a1", name="Ann", heart_rate_bpm_max=190)],
        wearers={"d1": "a1"},
    )


def straight(tmp_path: Path, seconds: int, *, closed: bool = False) -> dict[str, list[LoadResult]]:
    one = Place(tmp_path / "straight")
    with one.opened() as sensors:
        open_one(sensors)
        for second in range(seconds):
            one.send(second)
        if closed:
            one.log.append(SAMPLES, 0, [closing()])
        sensors.catch_up()
        return {topic: one.results(topic) for topic in (LOAD_PERFORMANCE, LOAD_MEDICAL, LOAD_SESSIONS, LOAD_ASIDE)}


def test_a_session_is_opened_with_its_athletes_and_devices_and_listed(place: Place) -> None:
    with place.opened() as sensors:
        open_one(sensors)
        (told,) = sensors.session_list()
    assert (told.stadium, told.session, told.state, told.wearers) == (STADIUM, SESSION, "open", {"d1": "a1"})
    assert [one.name for one in told.athletes] == ["Ann"]


def test_nothing_medical_is_told_of_a_session(place: Place) -> None:
    with place.opened() as sensors:
        open_one(sensors)
        told = msgspec.json.encode(sensors.session_list())
    assert b"190" not in told
    assert b"heart" not in told


@pytest.mark.parametrize(
    "wrong",
    [
        lambda sensors: sensors.session_open(STADIUM, SESSION),
        lambda sensors: sensors.session_open(STADIUM, "other", sport="chess"),
        lambda sensors: sensors.session_open(STADIUM, "other", hz=0),
        lambda sensors: sensors.session_open("no/name", "other"),
        lambda sensors: sensors.session_open(STADIUM, "other", like="south/none"),
        lambda sensors: sensors.session_open(STADIUM, "other", wearers={"d 1": "a1"}),
        lambda sensors: sensors.session_close(STADIUM, "none"),
        lambda sensors: sensors.session_period(STADIUM, SESSION),
        lambda sensors: sensors.session_period(STADIUM, SESSION, " "),
    ],
)
def test_what_cannot_be_meant_is_refused_and_leaves_no_record(place: Place, wrong: Callable[[Sensors], object]) -> None:
    with place.opened() as sensors:
        open_one(sensors)
        end = place.log.end(SAMPLES, 0)
        with pytest.raises(BadInput):
            wrong(sensors)
        assert place.log.end(SAMPLES, 0) == end


def test_a_period_lasts_a_second_at_least_and_a_shorter_one_is_refused_at_once(place: Place) -> None:
    with place.opened() as sensors:
        sensors.session_open(STADIUM, SESSION)
        sensors.session_period(STADIUM, SESSION, "Q1")
        with pytest.raises(BadInput, match="period Q1 began in this very second"):
            sensors.session_period(STADIUM, SESSION)


def test_periods_begin_and_end_and_a_closed_session_takes_none(place: Place) -> None:
    with place.opened() as sensors:
        open_one(sensors)
        place.clock.go(60)
        sensors.session_period(STADIUM, SESSION, "Q1")
        place.clock.go(60)
        told = sensors.session_period(STADIUM, SESSION)
        assert [(one.name, one.end_ms is not None) for one in told.periods] == [("Q1", True)]
        assert sensors.session_close(STADIUM, SESSION).state == "closed"
        with pytest.raises(BadInput, match="closed"):
            sensors.session_period(STADIUM, SESSION, "Q2")


def test_a_session_like_another_has_its_athletes_devices_and_terms(place: Place) -> None:
    with place.opened() as sensors:
        open_one(sensors)
        told = sensors.session_open(STADIUM, "next", like=f"{STADIUM}/{SESSION}")
    assert (told.wearers, [one.athlete for one in told.athletes]) == ({"d1": "a1"}, ["a1"])


@pytest.mark.parametrize("killed", [False, True])
def test_a_restart_at_any_second_gives_the_results_of_a_straight_run(
    place: Place, tmp_path: Path, *, killed: bool
) -> None:
    seconds = 70
    with place.opened(killed=killed) as sensors:
        open_one(sensors)
    for second in range(seconds):
        with place.opened(killed=killed) as sensors:
            place.send(second)
            if second % 3:
                sensors.catch_up()
    with place.opened() as sensors:
        sensors.catch_up()
        for topic, expected in straight(tmp_path, seconds).items():
            assert place.results(topic) == expected
            assert expected or topic == LOAD_ASIDE


def test_an_orderly_end_leaves_nothing_to_fold_again(place: Place) -> None:
    with place.opened() as sensors:
        open_one(sensors)
        place.send(0)
        sensors.catch_up()
    with place.opened() as sensors:
        assert sensors.runner.recovery.records == 0


def test_what_is_live_tells_the_newest_place_and_the_figures_so_far(place: Place) -> None:
    with place.opened() as sensors:
        open_one(sensors)
        for second in range(3):
            place.clock.go(1)
            place.send(second)
            sensors.catch_up()
    (newest,) = place.frames[-1].places
    assert (newest.athlete, newest.time_ms, newest.x_mm, newest.heart_rate_bpm) == ("a1", BEGIN_MS + 2900, 2900, 120)
    figures = place.figures[-1]
    so_far = next(one for one in figures.performance if one.window == "session")
    assert so_far.performance.distance_m == pytest.approx(2.9)
    assert {one.window for one in figures.medical} == {"second", "session"}


def test_a_device_nobody_wears_is_set_aside_with_its_bytes(place: Place) -> None:
    with place.opened() as sensors:
        open_one(sensors)
        place.send(0, device="stray")
        sensors.catch_up()
        (aside,) = place.results(LOAD_ASIDE)
    assert "stray" in str(aside)


def newest(results: list[LoadResult]) -> dict[tuple[str, int], object]:
    """What is told of each window in the end, whoever told it."""
    told: dict[tuple[str, int], object] = {}
    for one in results:
        if isinstance(one, WindowPerformance):
            told[one.window, one.start_ms] = one.performance
        elif isinstance(one, WindowMedical):
            told[one.window, one.start_ms] = one.medical
    return told


@pytest.mark.parametrize("restarts", [False, True])
def test_seconds_that_come_minutes_late_count_in_the_end_as_if_they_had_come_in_time(
    place: Place, tmp_path: Path, *, restarts: bool
) -> None:
    seconds, late = 250, (7, 8, 61)
    with place.opened() as sensors:
        open_one(sensors)
        for second in range(seconds):
            if second not in late:
                place.send(second)
        sensors.catch_up()
        place.send(late[0])
        if not restarts:
            sensors.catch_up()
        for second in late[1:]:
            place.send(second)
        if not restarts:
            sensors.catch_up()
    with place.opened() as sensors:
        sensors.catch_up()
        place.log.append(SAMPLES, 0, [closing()])
        sensors.catch_up()
        expected = straight(tmp_path, seconds, closed=True)
        for topic in (LOAD_PERFORMANCE, LOAD_MEDICAL):
            assert newest(place.results(topic)) == newest(expected[topic])


@pytest.mark.parametrize("archives", [False, True])
def test_a_minute_the_log_has_let_go_of_is_reopened_from_the_archive(
    place: Place, tmp_path: Path, *, archives: bool
) -> None:
    seconds, late = 700, 7
    with place.opened(archives=archives) as sensors:
        open_one(sensors)
        for second in range(seconds):
            if second != late:
                place.send(second)
        sensors.catch_up()
    with place.opened(archives=archives) as sensors:
        sensors.catch_up()
        place.log.retain(SAMPLES, Retention(age_ms=0), held=sensors.needed(SAMPLES))
        assert place.log.start(SAMPLES, 0) > 60
        place.send(late)
        place.log.append(SAMPLES, 0, [closing()])
        sensors.catch_up()
        expected = newest(straight(tmp_path, seconds, closed=True)[LOAD_PERFORMANCE])
        assert (newest(place.results(LOAD_PERFORMANCE)) == expected) is archives


def test_a_late_sample_is_whose_who_wore_the_device_when_it_came(place: Place) -> None:
    with place.opened() as sensors:
        open_one(sensors)
        for second in range(200):
            if second != 7:
                place.send(second)
        sensors.catch_up()
        place.log.append(SAMPLES, 0, [assigned("d1", "a2"), assigned("d2", "a1")])
        place.send(7, device="d2")
        sensors.catch_up()
        (minute,) = [one for one in place.results(LOAD_PERFORMANCE)[-4:] if getattr(one, "window", "") == "minute"]
        assert isinstance(minute, WindowPerformance)
        assert (minute.athlete, minute.performance.samples) == ("a1", 400)


def closing() -> NewRecord:
    return said(SessionClosed(STADIUM, SESSION, BEGIN_MS))


def assigned(device: str, athlete: str) -> NewRecord:
    return said(DeviceAssigned(STADIUM, SESSION, device, athlete))


def said(record: SampleRecord) -> NewRecord:
    return NewRecord(session_key(STADIUM, SESSION), encode_sample_record(record), BEGIN_MS)
