"""What a session keeps beside the figures: its periods, where it stands, its state as bytes, and what was refused."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.errors import RejectedRecord
from pressbox.model.load import LoadResult, MinuteReopened, PeriodEnded, PeriodStarted, SessionTold, WindowPerformance
from pressbox.model.sample import Sample
from pressbox.model.sample_record import DeviceAssigned, SampleRecord, encode_sample_record
from pressbox.model.session import AthleteProfile, Terms
from pressbox.pipelines.athlete_load import (
    ATHLETE_LOAD,
    LOAD_ASIDE,
    LOAD_SESSIONS,
    apply,
    live_results,
    refused,
    shape,
    summarise,
)
from pressbox.pipelines.session import decode_session, encode_session
from pressbox.stream.record import Record
from pressbox.stream.revision import revision_of
from tests.pipelines.generated_samples import measured
from tests.pipelines.load_session import AT, LATEST_MS, OVER, fold, newest, opened, sent
from tests.pipelines.test_athlete_load_fold import ATHLETE, TERMS, batches, running

Measured = tuple[list[Sample], AthleteProfile, Terms]


def periods(*borders_ms: int) -> list[SampleRecord]:
    return [PeriodStarted(*AT, f"P{number}", border_ms) for number, border_ms in enumerate(borders_ms, start=1)]


def told(results: list[LoadResult]) -> SessionTold:
    return [one for one in results if isinstance(one, SessionTold)][-1]


@given(measured(), st.data())
def test_a_period_is_the_figures_of_its_seconds_wherever_its_borders_and_whenever_they_are_told(
    session: Measured, data: st.DataObject
) -> None:
    samples, athlete, terms = session
    first, last = samples[0].time_ms // 1000, max(one.time_ms for one in samples) // 1000
    borders = sorted(data.draw(st.sets(st.integers(first, last + 1), min_size=1, max_size=4)))
    shuffled = data.draw(st.permutations(batches(samples, data)))
    told_at = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), min_size=len(borders), max_size=len(borders))))
    records = list(shuffled)
    for place, record in zip(reversed(told_at), reversed(periods(*(1000 * one for one in borders))), strict=True):
        records.insert(place, record)
    _, results = fold([*opened(athlete, terms, late_ms=10_000_000), *records, OVER])
    figures = {key: one for key, one in newest(results).items() if key[0] == "period"}
    wanted = {}
    for start, end in pairwise([*borders, last + 61]):
        within = [one for one in samples if 1000 * start <= one.time_ms < 1000 * end]
        if within:
            wanted["period", 1000 * start] = shape(summarise(within, athlete, terms), athlete, terms)
    assert figures == wanted


def test_a_period_goes_on_across_minutes_that_are_kept_as_one_and_are_reopened() -> None:
    before = [*opened(ATHLETE, TERMS), *periods(30_000)]
    samples = running(0, 300_000)
    messages = [record for start in range(0, 300_000, 1000) for record in sent(running(start, start + 1000))]
    again = MinuteReopened(*AT, "7", 0, tuple(running(0, 45_000)))
    session, results = fold([*before, *messages, again, PeriodEnded(*AT, 270_500), OVER])
    assert session.tracks["7"].kept_ms > 60_000
    left = [one for one in samples if 30_000 <= one.time_ms < 45_000 or 60_000 <= one.time_ms < 270_000]
    assert newest(results)["period", 30_000] == shape(summarise(left, ATHLETE, TERMS), ATHLETE, TERMS)


def test_a_period_ends_where_the_next_begins_and_the_last_one_with_the_session() -> None:
    _, results = fold([*opened(ATHLETE, TERMS), *sent(running(0, 5000)), *periods(1000, 3999), OVER])
    assert [(one.name, one.start_ms, one.end_ms) for one in told(results).periods] == [
        ("P1", 1000, 3000),
        ("P2", 3000, 60_000),
    ]


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([PeriodEnded(*AT, 1000)], "no period under way"),
        ([*periods(5000), PeriodEnded(*AT, 5999)], "before the last one did"),
        ([*periods(5000, 4000)], "before the last one did"),
        ([*sent(running(0, 200_000)), *periods(1000)], "minutes that are final"),
        ([OVER, *periods(1000)], "is closed"),
    ],
)
def test_a_period_that_cannot_be_is_refused_and_changes_nothing(records: list[SampleRecord], reason: str) -> None:
    session, _ = fold([*opened(ATHLETE, TERMS), *records[:-1]])
    before = encode_session(session)
    with pytest.raises(RejectedRecord, match=reason):
        apply(session, 99, records[-1])
    assert encode_session(session) == before


def test_where_a_session_stands_is_told_whenever_it_changes_and_holds_nothing_medical() -> None:
    _, results = fold([*opened(ATHLETE, TERMS), DeviceAssigned(*AT, "tag", None), OVER])
    said = [one for one in results if isinstance(one, SessionTold)]
    assert [(one.state, one.wearers) for one in said] == [
        ("open", {}),
        ("open", {"tag": "7"}),
        ("open", {"tag": "7", "strap": "7"}),
        ("open", {"strap": "7"}),
        ("closed", {"strap": "7"}),
    ]
    assert b"bpm" not in msgspec.json.encode(said)
    assert {ATHLETE_LOAD.topic_of(one) for one in said} == {LOAD_SESSIONS}


@given(measured(), st.data())
def test_a_session_goes_on_from_its_bytes_as_if_nothing_had_been(session: Measured, data: st.DataObject) -> None:
    samples, athlete, terms = session
    records = [*opened(athlete, terms), *batches(data.draw(st.permutations(samples)), data)]
    border = data.draw(st.integers(0, samples[-1].time_ms))
    records += [*periods(border), OVER] if border >= samples[-1].time_ms // 60_000 * 60_000 - 60_000 else [OVER]
    straight, expected = fold(records)
    cuts = data.draw(st.sets(st.integers(1, len(records)), max_size=3))
    state, results = None, []
    for revision, record in enumerate(records):
        if revision in cuts and state is not None:
            state = decode_session(encode_session(state))
        state, some = apply(state, revision, record)
        results += some
    assert state is not None
    assert results == expected
    assert encode_session(state) == encode_session(straight)


def test_the_offsets_of_a_minute_are_those_of_all_records_that_hold_its_samples() -> None:
    records = [
        *opened(ATHLETE, TERMS),
        *(one for start in range(0, 130_000, 1000) for one in sent(running(start, start + 1000))),
    ]
    session = None
    for offset, record in enumerate(records):
        session, _ = apply(session, revision_of(2, offset), record)
    late = sent(running(61_000, 61_001))
    assert session is not None
    apply(session, revision_of(2, 9000), late[0])
    assert session.offsets_of(0) == [(3, 62)]
    assert session.offsets_of(60_000) == [(63, 122), (9000, 9000)]
    assert session.offsets_of(600_000) == ()


def test_what_is_live_is_what_a_close_would_tell_now() -> None:
    session, _ = fold([*opened(ATHLETE, TERMS), *sent(running(0, 3500))])
    live = live_results(session, 7, ["7"])
    whole = newest(live)
    assert whole["second", 3000] == shape(summarise(running(3000, 3500), ATHLETE, TERMS), ATHLETE, TERMS)
    assert whole["session", 0] == shape(summarise(running(0, 3500), ATHLETE, TERMS), ATHLETE, TERMS)
    seconds = [one for one in live_results(session, 8, ["7"], totals=False) if isinstance(one, WindowPerformance)]
    assert seconds == []


def test_a_record_that_was_refused_is_told_with_the_message_of_its_device() -> None:
    (message,) = sent(running(0, 100))
    record = Record(5, "dome/training", encode_sample_record(message), 77)
    one = refused(record, 5, "why")
    assert (one.device, one.received_ms, one.message, one.reason) == ("tag", LATEST_MS, message.message, "why")
    assert ATHLETE_LOAD.topic_of(one) == LOAD_ASIDE
    other = refused(Record(6, "dome/training", b"junk", 78), 6, "why")
    assert (other.stadium, other.session, other.device, other.received_ms, other.message) == (*AT, "", 78, b"junk")
