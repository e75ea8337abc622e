"""A recording as messages: the very integers it was quantised to, in batches, none of the future."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pressbox.codec.sample import samples_of
from pressbox.codec.sensor_message import SAMPLES_MAX, decode_sensor_message, encode_json, encode_messagepack
from pressbox.errors import BadInput
from pressbox.model.sample import Sample
from pressbox.simulate.sending import Sending
from pressbox.simulate.session_playback import Playing, sendings, shift_to

PLAYING = Playing(session="one", boot=7, shift_ms=0)

millimetres = st.none() | st.integers(-(10**12), 10**12)
thousandths = st.none() | st.integers(-(10**9), 10**9)
axes = st.none() | st.tuples(*[st.integers(-(10**10), 10**10)] * 3)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    x_mm, y_mm = draw(st.none() | st.tuples(millimetres, millimetres)) or (None, None)
    ax, ay, az = draw(axes) or (None, None, None)
    if x_mm is None or y_mm is None:
        x_mm = y_mm = None
    return Sample(
        draw(st.integers(0, 10_000)), x_mm, y_mm, draw(thousandths), draw(millimetres),
        draw(st.none() | st.integers(0, 1000)), ax, ay, az,
    )  # fmt: skip


def in_order(recorded: Sequence[Sample]) -> list[Sample]:
    ordered = sorted(recorded, key=lambda sample: sample.time_ms)
    return [replace(sample, sequence=number) for number, sample in enumerate(ordered)]


def arrived(played: Sequence[Sending], shift_ms: int = 0) -> dict[str, list[Sample]]:
    """What a live session gets, at the recorded times."""
    by_device: dict[str, list[Sample]] = {}
    for encode in (encode_json, encode_messagepack):
        by_device.clear()
        for one in played:
            message = decode_sensor_message(encode(one.sent(99)))
            by_device.setdefault(message.device, []).extend(samples_of(message, -shift_ms, None))
    return by_device


@given(st.lists(st.lists(samples(), min_size=1), min_size=1, max_size=4), st.integers(0, 10**12), st.integers(1, 5_000))
def test_what_is_sent_quantises_to_what_was_recorded(
    athletes: list[list[Sample]], shift_ms: int, batch_ms: int
) -> None:
    recorded = {f"tag-{number}": in_order(one) for number, one in enumerate(athletes)}
    played = list(sendings(recorded, replace(PLAYING, shift_ms=shift_ms, batch_ms=batch_ms)))
    wanted = {device: [replace(one, boot=7, device=device) for one in of_it] for device, of_it in recorded.items()}
    assert arrived(played, shift_ms) == wanted
    assert [one.due_ms for one in played] == sorted(one.due_ms for one in played)
    for one in played:
        times_ms = [sample.time_ms for sample in one.message.samples]
        assert times_ms[-1] - times_ms[0] < batch_ms
        assert len(times_ms) <= SAMPLES_MAX


def every_tenth(count: int) -> Mapping[str, Sequence[Sample]]:
    return {"tag": [Sample(5_000 + 100 * number, speed_mm_s=number, sequence=number) for number in range(count)]}


def test_a_batch_is_due_with_its_last_sample() -> None:
    played = list(sendings(every_tenth(6), PLAYING))
    assert [(one.due_ms, len(one.message.samples)) for one in played] == [(100, 2), (300, 2), (500, 2)]


def test_more_samples_of_one_moment_than_a_message_takes_are_several_messages() -> None:
    recorded = {"tag": [Sample(5_000, speed_mm_s=1, sequence=number) for number in range(2 * SAMPLES_MAX + 1)]}
    assert [len(one.message.samples) for one in sendings(recorded, PLAYING)] == [SAMPLES_MAX, SAMPLES_MAX, 1]


@pytest.mark.parametrize("speed", [0.5, 1.0, 10.0, float("inf")])
def test_no_sample_is_of_the_future_at_any_speed(speed: float) -> None:
    recorded, now_ms = every_tenth(700), 1_700_000_000_123
    shift_ms = shift_to(recorded, now_ms, speed)
    assert shift_ms % 1_000 == 0
    for one in sendings(recorded, replace(PLAYING, shift_ms=shift_ms)):
        sent_ms = now_ms + one.due_ms / speed
        assert one.message.samples[-1].time_ms <= sent_ms
    if speed >= 1:
        assert one.message.samples[-1].time_ms > sent_ms - 1_000  # the last one is of now


def test_fewer_samples_a_second_where_asked_for() -> None:
    played = sendings(every_tenth(31), replace(PLAYING, interval_ms=1_000))
    assert [one.speed_mm_s for one in arrived(list(played))["tag"]] == [0, 10, 20, 30]


def test_values_no_message_can_carry_stay_impossible() -> None:
    wild = Sample(0, 10**13, -(10**13), 10**11, 10**14, 4000, 10**12, 0, 0)
    (got,) = arrived(list(sendings({"tag": [wild]}, PLAYING)))["tag"]
    assert got == Sample(0, 10**12, -(10**12), 10**9, 10**12, 1000, 10**10, 0, 0, 0, 7, "tag")


def test_times_before_1970_and_no_samples_are_refused_in_words() -> None:
    with pytest.raises(BadInput, match="before 1970"):
        list(sendings({"tag": [Sample(-5)]}, PLAYING))
    with pytest.raises(BadInput, match="no samples"):
        list(sendings({"tag": []}, PLAYING))
