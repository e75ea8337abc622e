"""A small season in a data folder, in which one athlete leaves traces in everything there is."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from pressbox.access.access import Access
from pressbox.access.devices import FILE_NAME as DEVICES_FILE
from pressbox.access.devices import DeviceRegistry
from pressbox.codec.sensor_message import SensorMessage, SensorSample, encode_json, encode_messagepack
from pressbox.errors import RejectedRecord
from pressbox.log.reader import SegmentReader
from pressbox.log.segments import SegmentLog
from pressbox.model.load import SessionTold, Window, WindowMedical, WindowPerformance
from pressbox.model.sample import Sample
from pressbox.model.sample_record import (
    DeviceAssigned,
    RecordErased,
    SampleRecord,
    SamplesReceived,
    SamplesRejected,
    decode_sample_record,
    encode_sample_record,
    session_key,
)
from pressbox.model.session import AthleteProfile
from pressbox.pipelines.athlete_load import Session, apply
from pressbox.privacy.holding import Place, records_of
from pressbox.sensors import SAMPLE_TOPICS, Sensors
from pressbox.sources.sensor_ingest import SAMPLES, SAMPLES_DEAD_LETTERS
from pressbox.stores.archived_samples import ArchivedSamples
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord
from pressbox.stream.revision import revision_of

ANN, BOB, CLEO = "ann-marker", "bob-keeper", "cleo-keeper"
ANN_NAME = "Ann Quitterova"
ANN_READING = 12.3456789
"""A reading that only her devices ever sent, as it stands in JSON and in MessagePack."""

STADIUM, FIRST, SECOND = "home", "first", "second"
WINDOWS: Sequence[Window] = ("second", "minute", "period", "session")
BEGIN_S = 1_700_000_040


class Clock:
    """Time goes when it is told to."""

    def __init__(self) -> None:
        self.now_s = float(BEGIN_S)

    def now_ms(self) -> int:
        return int(self.now_s * 1000)

    def monotonic_s(self) -> float:
        return self.now_s


class Season:
    """The folder *data* over time."""

    def __init__(self, data: Path, now_s: float = BEGIN_S) -> None:
        self.place = Place(data, data / "log")
        self.clock = Clock()
        self.clock.now_s = now_s
        self.log: SegmentLog

    @contextmanager
    def opened(self, *, archives: bool = True) -> Iterator[Sensors]:
        topics = [Topic(name) for name in SAMPLE_TOPICS]
        with SegmentLog(self.place.log, topics, now_ms=self.clock.now_ms, segment_bytes=1 << 16) as self.log:
            sensors = Sensors(self.place.data, self.log, self.clock, archives=archives)
            sensors.open()
            yield sensors
            sensors.catch_up()
            sensors.close()

    def play(self) -> None:
        """Let it happen: two sessions, the second of which stays open."""
        self._access()
        with self.opened() as sensors:
            athletes = [
                AthleteProfile(athlete=ANN, name=ANN_NAME, heart_rate_bpm_max=197, sex="f"),
                AthleteProfile(athlete=BOB, name="Bob", heart_rate_bpm_max=190, sex="m"),
                AthleteProfile(athlete=CLEO, name="Cleo"),
            ]
            sensors.session_open(STADIUM, FIRST, athletes=athletes, wearers={"tag-bob": BOB, "tag-cleo": CLEO})
            self.send(FIRST, "tag-ann", reading=ANN_READING)  # before anybody said whose it is
            self.append(FIRST, DeviceAssigned(STADIUM, FIRST, "tag-ann", ANN))
            sensors.session_period(STADIUM, FIRST, "Q1")
            self.run(FIRST, 70)
            sensors.catch_up()
            self.append(FIRST, DeviceAssigned(STADIUM, FIRST, "tag-cleo", ANN))  # hers broke
            self.send(FIRST, "tag-cleo", reading=ANN_READING)
            self.append(FIRST, DeviceAssigned(STADIUM, FIRST, "tag-cleo", CLEO))
            self.clock.now_s += 1
            self.run(FIRST, 130)
            sensors.catch_up()
            for device in ("tag-ann", "tag-bob"):
                self.send(FIRST, device, reading=self.reading(device), at_s=BEGIN_S + 5)  # so late that it goes aside
                self.send(FIRST, device, reading=self.reading(device), at_s=self.clock.now_s + 3600)  # of the future
                self.reject(FIRST, device, self.reading(device))
            sensors.catch_up()
            sensors.session_close(STADIUM, FIRST)
            sensors.session_open(STADIUM, SECOND, like=f"{STADIUM}/{FIRST}")
            self.run(SECOND, 45)
        with self.opened(archives=False) as sensors:
            self.run(SECOND, 20)
            sensors.session_period(STADIUM, SECOND, "warm-up")
            self.run(SECOND, 5)
        with SegmentLog(self.place.log, [Topic(SAMPLES)], now_ms=self.clock.now_ms) as self.log:
            self.run(SECOND, 5)  # what is in the log only
        (self.place.log / SAMPLES / "0" / "00000000000000000007-0.cut").write_bytes(b"half a group of ann-marker")

    def run(self, session: str, seconds: int) -> None:
        """Let everybody run for so long."""
        for _ in range(seconds):
            for device in ("tag-ann", "tag-bob", "tag-cleo"):
                self.send(session, device, reading=self.reading(device))
            self.clock.now_s += 1

    def reading(self, device: str) -> float:
        return ANN_READING if device == "tag-ann" else 7.25

    def send(self, session: str, device: str, *, reading: float, at_s: float | None = None) -> None:
        """Append a second of samples of *device*, as they would have come."""
        second = self.clock.now_s if at_s is None else at_s
        samples = tuple(
            SensorSample(
                sequence=int(second) * 5 + one,
                time_ms=int(second * 1000) + one * 200,
                position_m=(one + second % 9, reading),
                speed_m_s=3.0 + second % 5,
                heart_rate_bpm=120 + int(second) % 60,
            )
            for one in range(5)
        )
        encode = encode_messagepack if int(second) % 2 else encode_json
        message = encode(SensorMessage(version=1, device=device, boot=1, samples=samples))
        self.append(session, SamplesReceived(STADIUM, session, device, self.clock.now_ms() + 1000, 0, message))

    def reject(self, session: str, device: str, reading: float) -> None:
        """Append what *device* sent and is no message."""
        broken = f"broken {reading}".encode()
        letter = SamplesRejected(STADIUM, session, device, self.clock.now_ms(), "no message", broken)
        record = NewRecord(session_key(STADIUM, session), encode_sample_record(letter), self.clock.now_ms())
        self.log.append(SAMPLES_DEAD_LETTERS, 0, [record])

    def append(self, session: str, record: SampleRecord) -> None:
        key = session_key(STADIUM, session)
        self.log.append(SAMPLES, 0, [NewRecord(key, encode_sample_record(record), self.clock.now_ms())])

    def _access(self) -> None:
        administration = Access(self.place.data).open()
        administration.administration.add_consent("eve", ANN, None, None)
        administration.administration.add_consent("eve", BOB, None, None)
        administration.gate.saw_medical("doc", f"page /athletes/{ANN}", [ANN, BOB], f"{STADIUM}/{FIRST}")
        registry = DeviceRegistry(self.place.data / DEVICES_FILE)
        registry.open()
        for device, athlete in (("tag-ann", ANN), ("tag-bob", BOB)):
            registry.add(device, 1)
            registry.assign(DeviceAssigned(STADIUM, "third", device, athlete))


def stored(season: Season, *sessions: str) -> dict[str, object]:
    """What the stores and the archive tell of the others, and of *sessions*, or both."""
    told: dict[str, object] = {}
    with season.opened() as sensors:
        sensors.catch_up()
        for session in sessions or (FIRST, SECOND):
            for kind, store in (("performance", sensors.performance), ("medical", sensors.medical)):
                told[f"{kind} {session}"] = [
                    one for window in WINDOWS for one in store.windows(STADIUM, session, window) if one.athlete != ANN
                ]
            session_told = sensors.sessions.session(STADIUM, session)
            assert session_told is not None
            told[session] = session_told.without(ANN)
    told["archive"] = archived(season, FIRST)
    return told


def archived(season: Season, session: str) -> dict[str, list[Sample]]:
    samples = ArchivedSamples(season.place.archive).samples(STADIUM, session)
    return {athlete: some for athlete, some in samples.items() if athlete != ANN}


def folded_straight(season: Season) -> Mapping[object, object]:
    """The newest figures of every window, from the records of the log that were not erased."""
    states: dict[str, Session | None] = {}
    figures: dict[object, object] = {}
    with SegmentReader(season.place.log) as log:
        for record in records_of(log, SAMPLES):
            decoded: SampleRecord = decode_sample_record(record.value)
            if isinstance(decoded, RecordErased):
                continue
            try:
                state, results = apply(states.get(record.key), revision_of(0, record.offset), decoded)
            except RejectedRecord:  # it is a dead letter then
                continue
            states[record.key] = state
            for one in results:
                if isinstance(one, WindowPerformance):
                    figures["performance", one.session, one.athlete, one.window, one.start_ms] = one.performance
                elif isinstance(one, WindowMedical):
                    figures["medical", one.session, one.athlete, one.window, one.start_ms] = one.medical
                elif isinstance(one, SessionTold):
                    figures[one.session] = (one.athletes, one.wearers, one.periods, one.state)
    return figures


def figures_of(told: Mapping[str, object]) -> Mapping[object, object]:
    """The figures of `stored`, in the form of `folded_straight`."""
    figures: dict[object, object] = {}
    for found in told.values():
        if isinstance(found, SessionTold):
            figures[found.session] = (found.athletes, found.wearers, found.periods, found.state)
        for one in found if isinstance(found, list) else ():
            if isinstance(one, WindowPerformance):
                figures["performance", one.session, one.athlete, one.window, one.start_ms] = one.performance
            else:
                figures["medical", one.session, one.athlete, one.window, one.start_ms] = one.medical
    return figures


def traces(data: Path) -> list[str]:
    """The files in which a byte of her id, her name or her readings is left."""
    marks = [ANN.encode(), ANN_NAME.encode(), str(ANN_READING).encode(), msgspec.msgpack.encode(ANN_READING)]
    files = [path for path in data.rglob("*") if path.is_file()]
    return [str(path.relative_to(data)) for path in files if any(mark in path.read_bytes() for mark in marks)]
