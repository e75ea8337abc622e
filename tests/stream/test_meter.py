from hypothesis import given
from hypothesis import strategies as st

from pressbox.stream.meter import Meter, Stopwatch


class Hand:
    """A clock whose hand is moved by the test."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic_s(self) -> float:
        return self.ms / 1000


PASSING = st.lists(st.tuples(st.integers(0, 90_000), st.integers(0, 9)), max_size=40)


@given(PASSING)
def test_a_meter_counts_what_passed_in_all_and_in_the_last_minute(passing: list[tuple[int, int]]) -> None:
    clock, passed = Hand(), list[tuple[int, int]]()
    meter = Meter(clock)
    for wait_ms, number in passing:
        clock.ms += wait_ms
        meter.count(number)
        passed.append((clock.ms, number))
    flow = meter.flow()
    assert flow.total == sum(flow_number for _, flow_number in passed)
    since_ms = clock.ms // 1000 * 1000 - 59_000
    assert flow.last_minute == sum(number for when_ms, number in passed if when_ms >= since_ms)
    assert len(flow.recent) == 60
    recent_ms = (clock.ms // 5000 - 59) * 5000
    assert sum(flow.recent) == sum(number for when_ms, number in passed if when_ms >= recent_ms)


def test_what_passed_is_forgotten_by_time_alone() -> None:
    clock = Hand()
    meter = Meter(clock)
    meter.count(5)
    progressed_ms = clock.now_ms()
    clock.ms += 61_000
    flow = meter.flow()
    assert (flow.total, flow.last_minute, sum(flow.recent), flow.progressed_ms) == (5, 0, 5, progressed_ms)
    clock.ms += 300_000
    assert sum(meter.flow().recent) == 0


def test_a_meter_that_counted_nothing_has_not_moved() -> None:
    meter = Meter(Hand())
    meter.count(0)
    assert meter.flow().progressed_ms is None


def test_a_stopwatch_times_what_began_since_it_was_made() -> None:
    clock = Hand()
    begun_ms = clock.now_ms()
    watch = Stopwatch(clock)
    clock.ms += 40
    watch.passed([begun_ms, begun_ms + 38, begun_ms - 1, None])
    latency = watch.latency()
    assert latency.total == 2
    assert latency.sum_s == 0.042
    assert (latency.within_s(0.5), latency.within_s(1.0)) == (0.005, 0.05)


def test_a_clock_that_was_set_back_gives_no_negative_time() -> None:
    clock = Hand()
    watch = Stopwatch(clock)
    watch.passed([clock.now_ms() + 5000])
    assert (watch.latency().sum_s, watch.latency().total) == (0, 1)
