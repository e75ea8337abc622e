from datetime import UTC, datetime

import pytest

from pressbox.recordings.moment import clock_of

NOON_MS = 1_637_323_200_000
"""2021-11-19T12:00:00Z."""


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        (["2021-11-19T12:00:00Z", "2021-11-19T12:00:00.100Z"], None),
        (["2021-11-19T14:00:00+02:00", "2021-11-19T14:00:00.1+02:00"], None),
        (["2021-11-19 12:00:00", "2021-11-19 12:00:00.1"], None),
        (["19/11/2021 12:00:00", "19/11/2021 12:00:00.1"], None),
        (["11/19/2021 12:00:00", "11/19/2021 12:00:00.1"], None),
        (["19.11.2021 12:00:00", "19.11.2021 12:00:00,1"], None),
        (["1637323200", "1637323200.1"], None),
        (["1637323200000", "1637323200100"], None),
        (["1637323200000000", "1637323200100000"], None),
        (["1637323200000000000", "1637323200100000000"], None),
        (["44519.5", "44519.50000115741"], None),
        (["738479.5", "738479.50000115741"], None),
        (["44519.5", "44519.50000115741"], "d"),
        ([datetime(2021, 11, 19, 12, tzinfo=UTC), datetime(2021, 11, 19, 12, 0, 0, 100_000, tzinfo=UTC)], None),
        ([datetime(2021, 11, 19, 12), datetime(2021, 11, 19, 12, 0, 0, 100_000)], None),  # noqa: DTZ001 - as Parquet has
        ([1637323200.0, 1637323200.1], None),
    ],
)
def test_a_time_is_the_same_however_it_is_written(cells: list[object], unit: str | None) -> None:
    clock = clock_of(cells, unit)
    assert [clock(cell) for cell in cells] == [NOON_MS, NOON_MS + 100]


@pytest.mark.parametrize(
    ("cells", "unit", "ms"),
    [
        (["0", "0.04", "0.08"], None, [0, 40, 80]),
        (["0", "40", "80"], None, [0, 40, 80]),
        (["0", "1", "2"], None, [0, 1000, 2000]),
        (["0", "1", "2"], "ms", [0, 1, 2]),
        (["0", "10", "20"], "s", [0, 10_000, 20_000]),
        (["30000", "30001", "30002"], None, [30_000_000, 30_001_000, 30_002_000]),
        (["00:00.0", "00:00.1", "01:00.0"], None, [0, 100, 60_000]),
        (["12:00:00", "12:00:00.1", "13:00:00"], None, [43_200_000, 43_200_100, 46_800_000]),
    ],
)
def test_a_count_from_the_start_is_told_from_its_steps(cells: list[str], unit: str | None, ms: list[int]) -> None:
    clock = clock_of(cells, unit)
    assert [clock(cell) for cell in cells] == ms


@pytest.mark.parametrize("cells", [[], ["", None], ["kick-off", "half-time"]])
def test_what_is_no_time_is_refused(cells: list[object]) -> None:
    with pytest.raises(ValueError, match="time"):
        clock_of(cells, None)


def test_one_damaged_time_does_not_hide_what_the_others_are() -> None:
    clock = clock_of(["2021-11-19T12:00:00Z", "2021-11-1", "2021-11-19T12:00:01Z"], None)
    assert clock("2021-11-19T12:00:00Z") == NOON_MS
