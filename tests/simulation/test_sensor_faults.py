"""
Sensors that misbehave, on a pressbox that is killed and whose disk fills up: the figures are those of a straight fold.

What is sent and when something fails is drawn from a seed. PRESSBOX_SEEDS="7,8" runs others.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NoReturn

import pytest

from pressbox.access.devices import FILE_NAME, DeviceRegistry
from pressbox.errors import Unavailable
from pressbox.log.segments import SegmentLog
from pressbox.model.session import LACROSSE, terms_of
from pressbox.sensors import SAMPLE_TOPICS, Sensors
from pressbox.sources.sensor_ingest import Incoming, SensorIngest
from pressbox.stream.log import Topic
from tests.log.simulated_disk import PowerLoss, SimulatedDisk
from tests.simulation.sensor_devices import ATHLETES, HZ, SESSION, STADIUM, WEARERS, Device, Sent
from tests.simulation.sensor_truth import check_figures, stored, straight, told
from tests.sources.fake_objects import FakeClock

SEEDS = [int(seed) for seed in os.environ.get("PRESSBOX_SEEDS", "1,2,3,4").split(",")]
BEGIN_S = 1_700_000_000.0
LIVES = 12
SEGMENT_BYTES = 256 << 10


class Place:
    """One data folder on a simulated disk, and what devices know: what was acknowledged, and what they tried."""

    def __init__(self, data: Path, seed: int) -> None:
        self.random = Random(seed)
        self.disk = SimulatedDisk(self.random)
        self.clock = FakeClock()
        self.clock.now_s = BEGIN_S
        self.data = data
        self.devices = [Device(name, self.random) for name in WEARERS]
        self.waiting: list[Sent] = []
        self.acknowledged: Counter[Sent] = Counter()
        self.tried: Counter[Sent] = Counter()

    def open(self) -> None:
        topics = [Topic(name) for name in SAMPLE_TOPICS]
        self.log = SegmentLog(
            self.data / "log", topics, now_ms=self.clock.now_ms, segment_bytes=SEGMENT_BYTES, disk=self.disk
        )
        registry = DeviceRegistry(self.data / FILE_NAME)
        registry.open()
        self.ingest = SensorIngest(self.log, self.clock, registry)
        self.sensors = Sensors(self.data, self.log, self.clock)
        self.sensors.open()

    def live(self) -> None:
        """Let some seconds pass: devices send, and everything is folded and stored now and then."""
        for _ in range(self.random.randint(2, 12)):
            self.clock.go(self.random.choice((1, 1, 1, 2, 5)))
            now_ms = self.clock.now_ms()
            for device in self.devices:
                self.waiting += device.stretch(now_ms - 1000, now_ms)
            self.send()
            if self.random.random() < 0.6:
                self.sensors.catch_up()

    def live_until_something_fails(self) -> NoReturn:
        while True:
            self.live()

    def send(self) -> None:
        """Hand in what waits, in groups; what was not acknowledged goes on waiting."""
        while self.waiting:
            group = self.waiting[: self.random.randint(1, 20)]
            left: dict[int, Sent] = dict(enumerate(group))
            self.tried.update(group)
            try:
                self.ingest.store([self._incoming(number, one, left) for number, one in enumerate(group)])
            finally:
                self.waiting[: len(group)] = left.values()

    def _incoming(self, number: int, sent: Sent, left: dict[int, Sent]) -> Incoming:
        def acknowledge() -> None:
            self.acknowledged[left.pop(number)] += 1

        return Incoming(STADIUM, SESSION, sent.device, self.clock.now_ms(), sent.message, acknowledge)

    def kill(self) -> None:
        """End it as `kill -9` would: what lies on disk stays as it is; only what is open is let go of."""
        self.disk.kill()
        self.sensors._checkpoints.close()
        for pump in self.sensors.pumps:
            pump.store.close()

    def close(self) -> None:
        self.sensors.close()
        self.log.close()


def be_killed(place: Place) -> None:
    place.open()
    place.live()
    place.kill()


def be_killed_in_the_middle_of_something(place: Place) -> None:
    place.open()
    place.disk.steps_left = place.random.randint(1, 150)
    with pytest.raises(PowerLoss):
        place.live_until_something_fails()
    place.kill()


def end_in_order(place: Place) -> None:
    place.open()
    place.live()
    place.close()


def have_a_full_disk_for_a_while(place: Place) -> None:
    place.open()
    place.disk.is_full = True
    with pytest.raises(Unavailable, match="make room"):
        place.live_until_something_fails()
    place.disk.is_full = False
    place.live()
    place.kill()


FATES: list[Callable[[Place], None]] = [
    be_killed,
    be_killed_in_the_middle_of_something,
    be_killed_in_the_middle_of_something,
    end_in_order,
    have_a_full_disk_for_a_while,
]


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_fails_the_figures_are_those_of_a_straight_fold_of_what_was_acknowledged(
    seed: int, tmp_path: Path
) -> None:
    print(f"seed {seed}")  # noqa: T201 - so that a failure can be run again
    place = Place(tmp_path, seed)
    place.open()
    place.sensors.session_open(STADIUM, SESSION, athletes=list(ATHLETES), wearers=WEARERS, hz=HZ)
    place.sensors.session_period(STADIUM, SESSION, "Q1")
    place.close()
    for _ in range(LIVES):
        place.random.choice(FATES)(place)
        place.clock.go(place.random.choice((0, 1, 20, 100)))
    place.open()
    place.waiting += [sent for device in place.devices for sent in device.last()]
    place.send()
    place.sensors.catch_up()
    place.sensors.session_close(STADIUM, SESSION)
    place.sensors.catch_up()
    (session,) = place.sensors.session_list()

    figures = stored(place.sensors)
    assert figures == straight(place.log)
    check_figures(figures, place.log, session, terms_of(LACROSSE, 1000 // HZ))
    everything_acknowledged_is_there_once(place)
    place.close()


def everything_acknowledged_is_there_once(place: Place) -> None:
    """A message is there as often as it was acknowledged; only where a kill left that in doubt, it came again as well."""
    there = Counter(told(place.log))
    assert there.keys() == place.acknowledged.keys()
    assert place.acknowledged <= there <= place.tried
