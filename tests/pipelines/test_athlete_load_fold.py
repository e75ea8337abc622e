"""The fold of a session: when windows close, what late samples do, and what goes aside."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pressbox.errors import RejectedRecord
from pressbox.model.load import MinuteReopened, SessionOpened, SetAside, WindowPerformance
from pressbox.model.sample import Sample
from pressbox.model.sample_record import DeviceAssigned, RecordErased, SampleRecord
from pressbox.model.session import FOOTBALL, AthleteProfile, Terms, terms_of
from pressbox.pipelines.athlete_load import apply, shape, summarise
from pressbox.pipelines.session import encode_session
from pressbox.stream.revision import Mark
from tests.pipelines.generated_samples import measured
from tests.pipelines.load_session import AT, LATEST_MS, OVER, fold, newest, opened, sent, so_far

Measured = tuple[list[Sample], AthleteProfile, Terms]
ATHLETE = AthleteProfile(athlete="7", heart_rate_bpm_rest=60, heart_rate_bpm_max=200, sex="f")
TERMS = terms_of(FOOTBALL, 200)


def running(start_ms: int, end_ms: int) -> list[Sample]:
    """Samples of one who runs at 4 m/s."""
    times = range(start_ms, end_ms, 200)
    return [Sample(time, 4 * time, 0, 4000, None, 120, sequence=time, boot=1, device="tag") for time in times]


def expected(session: Measured) -> dict[tuple[str, int], object]:
    """The figures of every window, each measured from its samples at once."""
    samples, athlete, terms = session
    ordered = sorted(samples, key=lambda sample: sample.time_ms)
    figures = {}
    for window, ms in (("second", 1000), ("minute", 60_000)):
        starts = sorted({sample.time_ms // ms * ms for sample in samples})
        for start in starts:
            within = [sample for sample in samples if start <= sample.time_ms < start + ms]
            figures[window, start] = shape(summarise(within, athlete, terms), athlete, terms)
    start = ordered[0].time_ms // 1000 * 1000
    figures["session", start] = shape(summarise(ordered, athlete, terms), athlete, terms)
    return figures


def batches(samples: list[Sample], data: st.DataObject) -> list[SampleRecord]:
    """*samples* cut into messages anywhere."""
    cuts = sorted(data.draw(st.sets(st.integers(0, len(samples)), max_size=8)) | {0, len(samples)})
    return [record for begin, end in pairwise(cuts) for record in sent(samples[begin:end])]


@given(measured(), st.data())
def test_any_order_and_any_batches_end_in_the_figures_of_the_whole(session: Measured, data: st.DataObject) -> None:
    samples, athlete, terms = session
    shuffled = data.draw(st.permutations(samples + samples[:3]))
    records = opened(athlete, terms, late_ms=10_000_000) + batches(shuffled, data)
    after, results = fold([*records, OVER])
    assert so_far(after) == summarise(samples, athlete, terms)
    figures = newest(results)
    session_results = [figures.pop(key) for key in list(figures) if key[0] == "session"]
    wanted = expected(session)
    assert session_results[-1] == wanted.pop(("session", samples[0].time_ms // 1000 * 1000))
    assert figures == wanted


@given(measured(), st.data())
def test_order_within_the_grace_closes_every_second_once(session: Measured, data: st.DataObject) -> None:
    samples, athlete, terms = session
    delays = data.draw(st.lists(st.integers(0, 2000), min_size=len(samples), max_size=len(samples)))
    arrivals = sorted(zip(samples, delays, strict=True), key=lambda pair: pair[0].time_ms + pair[1])
    records = [record for sample, _ in arrivals for record in sent([sample])]
    _, results = fold([*opened(athlete, terms), *records, OVER])
    seconds = [one.start_ms for one in results if isinstance(one, WindowPerformance) and one.window == "second"]
    assert seconds == sorted(set(seconds))
    assert not [one for one in results if isinstance(one, SetAside)]
    wanted = {key: figures for key, figures in expected(session).items() if key[0] == "second"}
    assert {key: figures for key, figures in newest(results).items() if key[0] == "second"} == wanted


@given(measured(), st.data())
def test_a_silent_fold_keeps_the_same_state(session: Measured, data: st.DataObject) -> None:
    samples, athlete, terms = session
    records = [*opened(athlete, terms), *batches(samples, data), OVER]
    spoken, _ = fold(records)
    silent, results = fold(records, silent=True)
    assert encode_session(silent) == encode_session(spoken)
    assert results == []


def marks(results: list[object], window: str) -> list[Mark]:
    return [(one.revision, one.index) for one in results if isinstance(one, WindowPerformance) and one.window == window]


def test_a_second_is_a_result_only_when_a_sample_has_come_a_grace_after_its_end() -> None:
    _, results = fold([*opened(ATHLETE, TERMS), *sent(running(0, 2999))])
    assert marks(results, "second") == []
    _, results = fold([*opened(ATHLETE, TERMS), *sent(running(0, 3001))])
    assert len(marks(results, "second")) == 1


def test_the_open_second_is_seen_as_it_stands() -> None:
    session, _ = fold([*opened(ATHLETE, TERMS), *sent(running(0, 3500))])
    track = session.tracks["7"]
    assert list(track.open_seconds()) == [1000, 2000, 3000]
    assert track.now() == summarise(running(0, 3500), ATHLETE, TERMS)


def test_a_late_sample_gives_a_later_revision_of_second_minute_and_session() -> None:
    late = Sample(1100, 4400, 0, 8000, None, 130, sequence=1, boot=2, device="tag")
    before = [*opened(ATHLETE, TERMS), *sent(running(0, 70_000))]
    _, results = fold([*before, *sent([late])])
    seen = [(one.window, one.start_ms) for one in results if isinstance(one, WindowPerformance)]
    assert seen[-3:] == [("second", 1000), ("minute", 0), ("session", 0)]
    assert {one.revision for one in results[-6:]} == {len(before)}
    whole = summarise([*running(0, 60_000), late], ATHLETE, TERMS)
    assert newest(results)["minute", 0] == shape(whole, ATHLETE, TERMS)


def test_a_sample_sent_again_after_its_second_closed_changes_nothing() -> None:
    before = [*opened(ATHLETE, TERMS), *sent(running(0, 70_000))]
    (again, results), (once, expected) = fold([*before, *sent(running(1000, 2000))]), fold(before)
    assert (so_far(again), results) == (so_far(once), expected)


def test_a_sample_for_a_minute_kept_as_one_effort_goes_aside_until_the_minute_is_reopened() -> None:
    late = Sample(1100, 4400, 0, 8000, None, 130, sequence=1, boot=2, device="tag")
    before = [*opened(ATHLETE, TERMS), *sent(running(0, 130_000))]
    session, results = fold([*before, *sent([late])])
    assert results[-1] == SetAside(*AT, "7", "late", 0, len(before), 0, (late,))
    kept = so_far(session)
    first_minute = (*running(0, 60_000), late)
    session, results = fold([*before, *sent([late]), MinuteReopened(*AT, "7", 0, first_minute), OVER])
    assert so_far(session) == summarise([*running(0, 130_000), late], ATHLETE, TERMS) != kept
    assert newest(results)["second", 1000] == shape(
        summarise([*running(1000, 2000), late], ATHLETE, TERMS), ATHLETE, TERMS
    )
    assert newest(results)["minute", 0] == shape(summarise(first_minute, ATHLETE, TERMS), ATHLETE, TERMS)


def test_a_minute_reopened_while_it_is_still_open_takes_its_samples_like_any_other() -> None:
    late = Sample(1100, 4400, 0, 8000, None, 130, sequence=1, boot=2, device="tag")
    before = [*opened(ATHLETE, TERMS), *sent(running(0, 70_000))]
    session, _ = fold([*before, MinuteReopened(*AT, "7", 0, (*running(0, 60_000), late)), OVER])
    assert so_far(session) == summarise([*running(0, 70_000), late], ATHLETE, TERMS)


def test_memory_is_that_of_open_minutes() -> None:
    session, _ = fold(
        [*opened(ATHLETE, TERMS), *(sent(running(at, at + 10_000))[0] for at in range(0, 900_000, 10_000))]
    )
    track = session.tracks["7"]
    assert len(track.minutes) == 13
    assert min(track.samples) == min(track.seconds) == 13 * 60_000


def test_a_sample_of_the_future_goes_aside_and_moves_no_watermark() -> None:
    future = running(500_000, 500_001)
    before = [*opened(ATHLETE, TERMS), *sent(running(0, 5000), received_ms=5000)]
    session, results = fold([*before, *sent(future, received_ms=5200), *sent(running(5000, 6000), received_ms=6000)])
    asides = [one for one in results if isinstance(one, SetAside)]
    assert [(one.reason, one.samples) for one in asides] == [("future", tuple(future))]
    assert session.tracks["7"].watermark_ms == 5800


def test_the_offset_of_the_device_clock_is_that_of_the_record() -> None:
    session, _ = fold([*opened(ATHLETE, TERMS), *sent(running(0, 5000), clock_offset_ms=7)])
    assert session.tracks["7"].watermark_ms == 4807


def test_a_device_counts_for_whoever_wears_it_now() -> None:
    other = DeviceAssigned(*AT, "tag", "9")
    session, _ = fold([*opened(ATHLETE, TERMS), *sent(running(0, 5000)), other, *sent(running(5000, 9000)), OVER])
    assert so_far(session, "7").last_ms == 4800
    assert so_far(session, "9").first_ms == 5000


def test_a_session_opened_again_begins_afresh() -> None:
    session, _ = fold([*opened(ATHLETE, TERMS), *sent(running(0, 5000)), *opened(ATHLETE, TERMS)])
    assert session.tracks == {}


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        (sent(running(0, 200)), "before its opening"),
        ([*opened(ATHLETE, TERMS), DeviceAssigned(*AT, "tag", None), *sent(running(0, 200))], "assigned to nobody"),
    ],
)
def test_what_cannot_be_counted_for_anybody_is_rejected(records: list[SampleRecord], reason: str) -> None:
    session = None
    for revision, record in enumerate(records[:-1]):
        session, _ = apply(session, revision, record)
    with pytest.raises(RejectedRecord, match=reason):
        apply(session, LATEST_MS, records[-1])


def test_what_was_erased_changes_nothing() -> None:
    erased = RecordErased(*AT)
    assert apply(None, 3, erased) == (None, ())
    profile = AthleteProfile(athlete="7")
    session, _ = fold(opened(profile, terms_of(FOOTBALL, 200)))
    before = encode_session(session)
    assert apply(session, 9, erased) == (session, ())
    assert encode_session(session) == before


def test_a_session_that_forgets_an_athlete_goes_on_for_the_others() -> None:
    terms, ann, bob = terms_of(FOOTBALL, 200), AthleteProfile(athlete="ann", name="Ann"), AthleteProfile(athlete="bob")
    opening = SessionOpened(stadium=AT[0], session=AT[1], athletes=(ann, bob), terms=terms)
    worn = [DeviceAssigned(*AT, "tag", "ann"), DeviceAssigned(*AT, "strap", "bob")]
    samples = running(0, 9000)
    both = [replace(one, device=device) for one in samples for device in ("tag", "strap")]
    session, _ = fold([opening, *worn, *sent(both)])
    session.forget("ann")
    nobody = DeviceAssigned(*AT, "tag", None)
    alone, _ = fold([opening.without("ann"), nobody, worn[1], RecordErased(*AT), *sent(both)[1:]])
    assert b"ann" not in encode_session(session).lower()
    assert session.tracks.keys() == alone.tracks.keys() == {"bob"}
    session.ranges = alone.ranges  # where samples of a minute are to be looked for: the erased ones are passed over
    assert encode_session(session) == encode_session(alone)
