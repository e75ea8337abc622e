"""What the figures of a session have to be: one straight fold of its log, and once more from the bare samples."""

from collections.abc import Iterable, Iterator

import pytest

from pressbox.codec.sample import samples_of
from pressbox.codec.sensor_message import decode_sensor_message
from pressbox.errors import RejectedRecord
from pressbox.model.load import LoadResult, SessionTold, Window, WindowMedical, WindowPerformance
from pressbox.model.metric import Metrics
from pressbox.model.sample import Sample
from pressbox.model.sample_record import SamplesReceived, SamplesRejected, decode_sample_record, decode_samples_rejected
from pressbox.model.session import AthleteProfile, Terms
from pressbox.pipelines.athlete_load import FUTURE_MS, Session, apply, line_of, shape, summarise
from pressbox.sensors import Sensors
from pressbox.sources.sensor_ingest import SAMPLES, SAMPLES_DEAD_LETTERS
from pressbox.stream.log import Log
from pressbox.stream.record import Record
from pressbox.stream.revision import revision_of
from tests.pipelines import load_reference
from tests.simulation.sensor_devices import ATHLETES, SESSION, STADIUM, WEARERS, Sent

WINDOWS: tuple[Window, ...] = ("second", "minute", "period", "session")
Figures = dict[tuple[str, str, int], Metrics]


def records_of(log: Log, topic: str) -> Iterator[Record]:
    """Yield all of *topic*."""
    offset = 0
    while some := log.read(topic, 0, offset, records_max=1000):
        yield from some
        offset = some[-1].offset + 1


def told(log: Log) -> list[Sent]:
    """Return every message the log holds, as samples or as a dead letter."""
    samples = [decode_sample_record(one.value) for one in records_of(log, SAMPLES)]
    letters = [decode_samples_rejected(one.value) for one in records_of(log, SAMPLES_DEAD_LETTERS)]
    return [
        Sent(one.device, one.message)
        for one in (*samples, *letters)
        if isinstance(one, SamplesReceived | SamplesRejected)
    ]


def straight(log: Log) -> Figures:
    """Return the newest figures one fold of the whole log gives, in memory and from the first record on."""
    session: Session | None = None
    results: list[LoadResult] = []
    for record in records_of(log, SAMPLES):
        try:
            revision = revision_of(log.generation(SAMPLES), record.offset)
            session, some = apply(session, revision, decode_sample_record(record.value))
        except RejectedRecord:
            continue
        results += some
    return figures_of(results)


def figures_of(results: Iterable[LoadResult]) -> Figures:
    """Return the newest of each window; *results* come in order, or one for each window."""
    performances, medicals = {}, {}
    for one in results:
        if isinstance(one, WindowPerformance):
            performances[one.athlete, one.window, one.start_ms] = one
        elif isinstance(one, WindowMedical):
            medicals[one.athlete, one.window, one.start_ms] = one
    assert performances.keys() == medicals.keys()
    assert all(one.revision == medicals[key].revision for key, one in performances.items())
    return {key: Metrics(one.performance, medicals[key].medical) for key, one in performances.items()}


def stored(sensors: Sensors) -> Figures:
    """Return the figures of all windows in both stores."""
    stores = sensors.performance, sensors.medical
    return figures_of(
        result for store in stores for window in WINDOWS for result in store.windows(STADIUM, SESSION, window)
    )


def samples_in(log: Log) -> dict[str, set[Sample]]:
    """Return the samples of each athlete that count: in the log, and of no time that had not come yet."""
    found: dict[str, set[Sample]] = {athlete.athlete: set() for athlete in ATHLETES}
    for record in records_of(log, SAMPLES):
        one = decode_sample_record(record.value)
        if isinstance(one, SamplesReceived):
            samples = samples_of(decode_sensor_message(one.message), one.clock_offset_ms, None)
            latest_ms = one.received_ms + FUTURE_MS
            found[WEARERS[one.device]] |= {sample for sample in samples if sample.time_ms <= latest_ms}
    return found


def check_figures(figures: Figures, log: Log, session: SessionTold, terms: Terms) -> None:
    """Compare the newest *figures* of every window with what its samples give, measured at once and in no order."""
    samples = samples_in(log)
    for (athlete, window, start_ms), shown in figures.items():
        profile = next(one for one in ATHLETES if one.athlete == athlete)
        of_athlete = samples[athlete]
        match window:
            case "session":
                first_ms = min(one.time_ms for one in of_athlete)
                if start_ms != first_ms - first_ms % 1000:
                    continue  # told before an earlier sample came
                end_ms: float = float("inf")
                check_reference(shown, of_athlete, profile, terms)
            case "period":
                ends = {one.start_ms: one.end_ms for one in session.periods}
                end_ms = ends[start_ms] or float("inf")
            case _:
                end_ms = start_ms + {"second": 1000, "minute": 60_000}[window]
        within = [one for one in of_athlete if start_ms <= one.time_ms < end_ms]
        assert shown == shape(summarise(within, profile, terms), profile, terms), (athlete, window, start_ms)
    for window, span_ms in (("second", 1000), ("minute", 60_000)):
        wanted = {
            (athlete, window, one.time_ms - one.time_ms % span_ms)
            for athlete, of_athlete in samples.items()
            for one in of_athlete
        }
        assert wanted == {key for key in figures if key[1] == window}


def check_reference(shown: Metrics, samples: set[Sample], profile: AthleteProfile, terms: Terms) -> None:
    """Compare a session with the plain reference, which shares no code with the pipeline."""
    line = line_of(profile, shown)
    expected = load_reference.figures(sorted(samples, key=lambda one: one.identity), profile, terms)
    for name in ("trimp_banister", "trimp_banister_integrated"):
        assert line.pop(name) == pytest.approx(expected.pop(name, None), abs=1e-6)
    assert {name: value for name, value in line.items() if value is not None} == {
        name: value for name, value in expected.items() if value is not None
    }
