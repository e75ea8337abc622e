"""Samples go into the log in the order they came, whatever the disk does meanwhile, and nobody is told too early."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pressbox.access.devices import DeviceRegistry
from pressbox.errors import Unavailable
from pressbox.model.sample_record import SamplesReceived, decode_sample_record
from pressbox.sources.sensor_ingest import SAMPLES, SAMPLES_DEAD_LETTERS, Incoming, SensorIngest
from pressbox.stream.log import Topic
from tests.runtime.memory_log import MemoryLog, Moment
from tests.sources.mqtt_stand import CLOCK, message_of, until

PARTITIONS = 3


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog([Topic(SAMPLES, PARTITIONS), Topic(SAMPLES_DEAD_LETTERS, PARTITIONS)])


@pytest.fixture
def registry(tmp_path: Path) -> DeviceRegistry:
    registry = DeviceRegistry(tmp_path / "devices.sqlite")
    registry.open()
    return registry


@contextmanager
def running(ingest: SensorIngest) -> Iterator[None]:
    stopping = threading.Event()
    thread = threading.Thread(target=ingest.run, args=(stopping,))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def incoming(number: int, stored: Callable[[], None], *, session: str = "training", message: bytes = b"") -> Incoming:
    return Incoming("home", session, "tag-7", 5000, message or message_of("tag-7", number), stored)


def kept(log: MemoryLog) -> list[SamplesReceived]:
    records = [one for lane in range(PARTITIONS) for one in log.read(SAMPLES, lane, 0, records_max=1000)]
    return [
        one for one in (decode_sample_record(record.value) for record in records) if isinstance(one, SamplesReceived)
    ]


def test_a_disk_that_is_full_for_a_while_keeps_everybody_waiting_and_loses_nothing(
    log: MemoryLog, registry: DeviceRegistry
) -> None:
    told: list[int] = []
    refusals = iter(range(3))

    def trouble(moment: Moment) -> None:
        if moment == "before" and next(refusals, None) is not None:
            assert told == []
            raise Unavailable("full", retry_after_s=0.001)

    log.trouble = trouble
    ingest = SensorIngest(log, CLOCK, registry)
    for number in range(10):
        ingest.hand_in(incoming(number, lambda number=number: told.append(number)))  # type: ignore[misc]
    with running(ingest):
        until(lambda: len(told) == 10)
        until(lambda: ingest.problem == "")
    assert told == list(range(10))
    assert [one.message for one in kept(log)] == [message_of("tag-7", number) for number in range(10)]


def test_what_one_partition_took_is_not_stored_again_because_another_refused(
    log: MemoryLog, registry: DeviceRegistry
) -> None:
    calls: list[Moment] = []

    def trouble(moment: Moment) -> None:
        calls.append(moment)
        if calls == ["before", "after", "before"]:
            raise Unavailable("full", retry_after_s=0.001)

    log.trouble = trouble
    told: list[str] = []
    ingest = SensorIngest(log, CLOCK, registry)
    sessions = [f"session-{number}" for number in range(20)]
    for session in sessions:
        ingest.hand_in(incoming(0, lambda session=session: told.append(session), session=session))  # type: ignore[misc]
    with running(ingest):
        until(lambda: len(told) == len(sessions))
    assert sorted(one.session for one in kept(log)) == sorted(told) == sorted(sessions)


def test_the_records_of_a_session_lie_in_one_partition(log: MemoryLog, registry: DeviceRegistry) -> None:
    told: list[int] = []
    ingest = SensorIngest(log, CLOCK, registry)
    for number in range(30):
        ingest.hand_in(incoming(number, lambda: told.append(0), session=f"session-{number % 5}"))
    with running(ingest):
        until(lambda: len(told) == 30)
    lanes = {
        record.key: {
            lane
            for lane in range(PARTITIONS)
            for one in log.read(SAMPLES, lane, 0, records_max=100)
            if one.key == record.key
        }
        for lane in range(PARTITIONS)
        for record in log.read(SAMPLES, lane, 0, records_max=100)
    }
    assert len(lanes) == 5
    assert all(len(found) == 1 for found in lanes.values())


def test_so_much_waits_that_nobody_should_read_more(log: MemoryLog, registry: DeviceRegistry) -> None:
    ingest = SensorIngest(log, CLOCK, registry)
    told: list[int] = []
    while not ingest.is_full:
        ingest.hand_in(incoming(0, lambda: told.append(0), message=b"x" * (8 << 20)))
    with running(ingest):
        until(lambda: len(told) == 8)
        assert not ingest.is_full
