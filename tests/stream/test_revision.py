import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.stream.revision import BEFORE_ALL, generation_of, offset_of, revision_of

generations = st.integers(0, 2**13 - 1)
offsets = st.integers(0, 2**40 - 1)


@given(generations, offsets)
def test_a_revision_tells_generation_and_offset(generation: int, offset: int) -> None:
    revision = revision_of(generation, offset)
    assert (generation_of(revision), offset_of(revision)) == (generation, offset)


@given(st.tuples(generations, offsets), st.tuples(generations, offsets))
def test_revisions_are_ordered_by_generation_and_then_by_offset(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (revision_of(*one) < revision_of(*other)) == (one < other)


def test_the_highest_revision_survives_as_a_javascript_number() -> None:
    highest = revision_of(2**13 - 1, 2**40 - 1)
    assert highest == 2**53 - 1
    assert int(float(highest)) == highest


@pytest.mark.parametrize(("generation", "offset"), [(-1, 0), (2**13, 0), (0, -1), (0, 2**40)])
def test_what_does_not_fit_is_refused(generation: int, offset: int) -> None:
    with pytest.raises(ValueError, match="is outside 0"):
        revision_of(generation, offset)


def test_the_mark_before_all_is_below_the_first_result() -> None:
    assert (revision_of(0, 0), 0) > BEFORE_ALL
