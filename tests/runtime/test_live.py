"""The live channel: everything that moved is told, and figures only so often."""

import pytest

from pressbox.codec.sensor_message import SensorMessage, SensorSample, encode_json
from pressbox.model.live import LiveFigures, LiveFrame
from pressbox.model.load import SessionOpened
from pressbox.model.sample_record import DeviceAssigned, SampleRecord, SamplesReceived
from pressbox.model.session import LACROSSE, AthleteProfile, terms_of
from pressbox.pipelines.athlete_load import Session, apply
from pressbox.runtime.embedded import Moved
from pressbox.runtime.live import FIGURES_EVERY_S, TOTALS_EVERY_S, LiveChannel
from tests.sources.fake_objects import FakeClock

BEGIN_MS = 1_700_000_000_000
AT = ("north", "a")
OPENED = SessionOpened(
    stadium=AT[0], session=AT[1], athletes=(AthleteProfile(athlete="a1"),), terms=terms_of(LACROSSE, 100)
)


class Watched:
    """A session that is folded record by record, and what its live channel told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.frames: list[LiveFrame] = []
        self.figures: list[LiveFigures] = []
        self.channel = LiveChannel(self.clock, [self.frames.append], [self.figures.append])
        self.session: Session | None = None
        self.revision = 0
        for record in (OPENED, DeviceAssigned(*AT, "d1", "a1"), DeviceAssigned(*AT, "d2", "a2")):
            self.take(record)

    def take(self, record: SampleRecord) -> None:
        self.session, _ = apply(self.session, self.revision, record)
        self.revision += 1

    def send(self, tenth: int, device: str = "d1") -> None:
        sample = SensorSample(sequence=tenth, time_ms=BEGIN_MS + 100 * tenth, position_m=(tenth / 10, 0), speed_m_s=1)
        message = encode_json(SensorMessage(version=1, device=device, boot=1, samples=(sample,)))
        self.take(SamplesReceived(*AT, device, sample.time_ms + 5, 0, message))
        assert self.session is not None
        self.channel.moved({"north/a": Moved(self.session, sample.time_ms + 5, self.revision - 1)})


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_each_new_reading_is_told_at_once_and_only_of_who_has_one(watched: Watched) -> None:
    watched.send(1)
    watched.send(1, "d2")
    watched.send(2)
    assert [[(one.athlete, one.x_mm) for one in frame.places] for frame in watched.frames] == [
        [("a1", 100)],
        [("a2", 100)],
        [("a1", 200)],
    ]
    assert watched.frames[-1].places[0].received_ms == BEGIN_MS + 205


def test_a_reading_that_is_older_than_the_newest_is_not_told_as_a_place(watched: Watched) -> None:
    watched.send(5)
    watched.send(3)
    assert [frame.places[0].x_mm for frame in watched.frames] == [500]


def test_figures_of_a_session_are_told_only_so_often_and_the_last_ones_when_there_is_time(watched: Watched) -> None:
    watched.send(1)
    watched.send(2)
    assert len(watched.figures) == 1
    assert watched.channel.idle() == FIGURES_EVERY_S
    watched.clock.go(FIGURES_EVERY_S)
    watched.channel.idle()
    (second,) = watched.figures[-1].performance
    assert (second.window, second.performance.samples, second.revision) == ("second", 2, watched.revision - 1)
    watched.clock.go(TOTALS_EVERY_S)
    assert watched.channel.idle() > FIGURES_EVERY_S
    (so_far,) = watched.figures[-1].performance
    assert (so_far.window, so_far.performance.samples) == ("session", 2)


def test_a_second_that_stood_still_is_not_told_again(watched: Watched) -> None:
    watched.send(1)
    watched.clock.go(FIGURES_EVERY_S)
    watched.send(12)
    assert [one.start_ms - BEGIN_MS for one in watched.figures[-1].performance] == [1000]


def test_nothing_is_told_when_nothing_moves(watched: Watched) -> None:
    watched.send(1)
    watched.clock.go(TOTALS_EVERY_S)
    watched.channel.idle()
    told = len(watched.figures)
    watched.clock.go(TOTALS_EVERY_S)
    watched.channel.idle()
    assert len(watched.figures) == told
