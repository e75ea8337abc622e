"""Load over days: hand-computed ratios, and where there is none."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import pytest

from pressbox.pipelines.day_load import acwr_coupled, acwr_ewma, acwr_uncoupled, ewma

Ratio: TypeAlias = Callable[[Sequence[float]], float | None]

WEEKS = [100.0] * 21 + [200.0] * 7


def test_coupled_has_the_acute_week_in_the_chronic_mean() -> None:
    assert acwr_coupled(WEEKS) == 200 / 125


def test_uncoupled_has_not() -> None:
    assert acwr_uncoupled(WEEKS) == 2.0


def test_ewma_weighs_today_by_two_over_days_and_one() -> None:
    assert ewma([100.0, 200.0], 7) == pytest.approx(125.0)
    assert ewma([100.0, 200.0, 0.0], 7) == pytest.approx(93.75)


def test_ewma_ratio_of_even_days_is_one_and_rises_with_a_hard_week() -> None:
    assert acwr_ewma([50.0] * 28) == pytest.approx(1.0)
    fast, slow = 100 + 100 * (1 - 0.75**7), 100 + 100 * (1 - (27 / 29) ** 7)
    assert acwr_ewma(WEEKS) == pytest.approx(fast / slow)


@pytest.mark.parametrize("ratio", [acwr_coupled, acwr_uncoupled, acwr_ewma])
def test_there_is_no_ratio_before_day_28_nor_without_load(ratio: Ratio) -> None:
    assert ratio(WEEKS[1:]) is None
    assert ratio([0.0] * 28) is None


def test_no_days_have_no_average() -> None:
    with pytest.raises(ValueError, match="no days"):
        ewma([], 7)
