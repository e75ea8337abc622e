"""What holds for every session: any order, any repeat, any cut give what the plain reference gives, to the last digit."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.model.sample import Sample
from pressbox.model.session import AthleteProfile, Terms
from pressbox.pipelines.athlete_load import line_of, merge, merge_all, shape, summarise
from pressbox.pipelines.gauge import gauge_of
from pressbox.pipelines.second import NOTHING
from tests.pipelines import load_reference
from tests.pipelines.generated_samples import measured

Measured = tuple[list[Sample], AthleteProfile, Terms]


def cut(samples: list[Sample], cuts: set[int]) -> list[list[Sample]]:
    """Return *samples*, which are in order, cut before the given places; what is of one moment stays together."""
    parts: list[list[Sample]] = [[]]
    for place, sample in enumerate(samples):
        if place in cuts and parts[-1] and parts[-1][-1].time_ms < sample.time_ms:
            parts.append([])
        parts[-1].append(sample)
    return parts


@given(measured())
def test_the_figures_are_those_of_the_plain_reference(session: Measured) -> None:
    samples, athlete, terms = session
    expected = load_reference.figures(samples, athlete, terms)
    line = line_of(athlete, shape(summarise(samples, athlete, terms), athlete, terms))
    for name in ("trimp_banister", "trimp_banister_integrated"):
        assert line.pop(name) == pytest.approx(expected.pop(name, None), abs=1e-6)
    assert {name: value for name, value in line.items() if value is not None} == {
        name: value for name, value in expected.items() if value is not None
    }


@given(measured(), st.data())
def test_any_cut_merged_is_the_straight_fold(session: Measured, data: st.DataObject) -> None:
    samples, athlete, terms = session
    parts = cut(samples, data.draw(st.sets(st.integers(1, len(samples)))))
    efforts = [summarise(part, athlete, terms) for part in parts]
    assert merge_all(efforts, gauge_of(athlete, terms)) == summarise(samples, athlete, terms)


@given(measured())
def test_one_part_a_sample_merged_is_the_straight_fold(session: Measured) -> None:
    samples, athlete, terms = session
    moments = [list(group) for _, group in groupby(samples, lambda sample: sample.time_ms)]
    efforts = [summarise(moment, athlete, terms) for moment in moments]
    assert merge_all(efforts, gauge_of(athlete, terms)) == summarise(samples, athlete, terms)


@given(measured(), st.data())
def test_merge_is_associative(session: Measured, data: st.DataObject) -> None:
    samples, athlete, terms = session
    gauge = gauge_of(athlete, terms)
    efforts = [
        summarise(part, athlete, terms)
        for part in cut(samples, data.draw(st.sets(st.integers(1, len(samples)), max_size=6)))
    ]
    while len(efforts) > 1:
        at = data.draw(st.integers(0, len(efforts) - 2))
        efforts[at : at + 2] = [merge(efforts[at], efforts[at + 1], gauge)]
    assert efforts == [summarise(samples, athlete, terms)]


@given(measured(), st.data())
def test_samples_are_a_set(session: Measured, data: st.DataObject) -> None:
    samples, athlete, terms = session
    repeated = samples + data.draw(st.lists(st.sampled_from(samples), max_size=5))
    shuffled = data.draw(st.permutations(repeated))
    assert summarise(shuffled, athlete, terms) == summarise(samples, athlete, terms)


@given(measured(), st.permutations((100, 101, 102)))
def test_a_sample_sent_twice_with_other_content_counts_once_whatever_the_order(
    session: Measured, order: list[int]
) -> None:
    samples, athlete, terms = session
    last = samples[-1]
    one_identity = [Sample(last.time_ms + 1, heart_rate_bpm=bpm, device="strap", sequence=1) for bpm in order]
    effort = summarise(samples + one_identity, athlete, terms)
    assert effort == summarise(one_identity[::-1] + samples, athlete, terms)
    assert effort.pulse is not None
    assert effort.pulse.last_bpm == 100


@given(measured())
def test_nothing_merged_with_an_effort_is_the_effort(session: Measured) -> None:
    samples, athlete, terms = session
    effort, gauge = summarise(samples, athlete, terms), gauge_of(athlete, terms)
    assert merge(NOTHING, effort, gauge) == effort == merge(effort, NOTHING, gauge)
    assert summarise([], athlete, terms) == NOTHING
