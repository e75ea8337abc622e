"""Acute against chronic workload: laws, and figures worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.pipelines.workload import WorkloadRatios, workload_ratios

LOADS = st.lists(st.floats(1, 1000), min_size=28, max_size=120)


@given(st.floats(1, 1000), st.integers(28, 100))
def test_the_same_load_every_day_is_a_ratio_of_one(load: float, days: int) -> None:
    ratios = workload_ratios([load] * days)
    assert (ratios.coupled, ratios.uncoupled, ratios.weighted) == pytest.approx((1, 1, 1))


@given(LOADS, st.floats(0.1, 10))
def test_ratios_have_no_unit(loads: list[float], factor: float) -> None:
    one, other = workload_ratios(loads), workload_ratios([load * factor for load in loads])
    assert (one.coupled, one.uncoupled, one.weighted) == pytest.approx((other.coupled, other.uncoupled, other.weighted))


def test_a_week_of_double_load_after_three_weeks() -> None:
    ratios = workload_ratios([100.0] * 21 + [200.0] * 7)
    assert ratios.uncoupled == pytest.approx(2)
    assert ratios.coupled == pytest.approx(200 / 125)
    acute, chronic = (200 - 100 * (1 - share) ** 7 for share in (2 / 8, 2 / 29))
    assert ratios.weighted == pytest.approx(acute / chronic)


@pytest.mark.parametrize("loads", [[], [100.0] * 27])
def test_fewer_than_four_weeks_tell_nothing(loads: list[float]) -> None:
    assert workload_ratios(loads) == WorkloadRatios(None, None, None)


def test_no_load_is_no_ratio() -> None:
    assert workload_ratios([0.0] * 28) == WorkloadRatios(None, None, None)
