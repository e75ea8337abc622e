"""A session as its records: opened, devices assigned, and samples sent in messages of any size and order."""

from collections.abc import Iterable, Sequence

from pressbox.codec.sensor_message import SensorMessage, SensorSample, encode_json
from pressbox.model.effort import Effort
from pressbox.model.load import LoadResult, SessionClosed, SessionOpened, WindowMedical, WindowPerformance
from pressbox.model.metric import Metrics
from pressbox.model.sample import Sample
from pressbox.model.sample_record import DeviceAssigned, SampleRecord, SamplesReceived
from pressbox.model.session import AthleteProfile, Terms
from pressbox.pipelines.athlete_load import Session, apply

AT = ("dome", "training")
OVER = SessionClosed(*AT)
LATEST_MS = 1 << 50


def opened(athlete: AthleteProfile, terms: Terms, **rest: int) -> list[SampleRecord]:
    """The session begins, with both devices worn by *athlete*."""
    session = SessionOpened(stadium=AT[0], session=AT[1], athletes=(athlete,), terms=terms, **rest)
    return [session, *(DeviceAssigned(*AT, device, athlete.athlete) for device in ("tag", "strap"))]


def sent(samples: Iterable[Sample], *, received_ms: int = LATEST_MS, clock_offset_ms: int = 0) -> list[SamplesReceived]:
    """*samples* as messages, one for each device that has any."""
    by_device: dict[str, list[Sample]] = {}
    for sample in samples:
        by_device.setdefault(sample.device, []).append(sample)
    return [
        SamplesReceived(*AT, device, received_ms, clock_offset_ms, _message(device, of_device))
        for device, of_device in by_device.items()
    ]


def _message(device: str, samples: Sequence[Sample]) -> bytes:
    read = tuple(
        SensorSample(
            sequence=sample.sequence,
            time_ms=sample.time_ms,
            position_m=None if sample.x_mm is None or sample.y_mm is None else (sample.x_mm / 1e3, sample.y_mm / 1e3),
            speed_m_s=None if sample.speed_mm_s is None else sample.speed_mm_s / 1e3,
            distance_m=None if sample.distance_mm is None else sample.distance_mm / 1e3,
            heart_rate_bpm=sample.heart_rate_bpm,
            acceleration_g=None
            if sample.ax_e4g is None or sample.ay_e4g is None or sample.az_e4g is None
            else (sample.ax_e4g / 1e4, sample.ay_e4g / 1e4, sample.az_e4g / 1e4),
        )
        for sample in samples
    )
    return encode_json(SensorMessage(version=1, device=device, boot=samples[0].boot, samples=read))


def fold(records: Iterable[SampleRecord], *, silent: bool = False) -> tuple[Session, list[LoadResult]]:
    """The session after *records*, and all results."""
    session: Session | None = None
    results: list[LoadResult] = []
    for revision, record in enumerate(records):
        session, some = apply(session, revision, record, silent=silent)
        results += some
    assert session is not None
    return session, results


def newest(results: Iterable[LoadResult]) -> dict[tuple[str, int], Metrics]:
    """The figures with the highest mark, by window and start."""
    performances = {(one.window, one.start_ms): one for one in results if isinstance(one, WindowPerformance)}
    medicals = {(one.window, one.start_ms): one for one in results if isinstance(one, WindowMedical)}
    assert performances.keys() == medicals.keys()
    for key, performance in performances.items():
        assert performance.revision == medicals[key].revision
    return {key: Metrics(one.performance, medicals[key].medical) for key, one in performances.items()}


def so_far(session: Session, athlete: str = "7") -> Effort:
    """What is closed of the session."""
    return session.tracks[athlete].so_far
