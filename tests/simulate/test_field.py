"""Made-up athletes: the same for the same seed, and never beyond what a body and a sensor can do."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pressbox.codec.sample import samples_of
from pressbox.codec.sensor_message import decode_sensor_message, encode_json, encode_messagepack
from pressbox.model.session import FOOTBALL
from pressbox.pipelines.athlete_load import shape, summarise
from pressbox.simulate.athlete import GRAVITY_M_S2
from pressbox.simulate.chance import Chance
from pressbox.simulate.field import FieldPlan, FieldSession, in_order
from pressbox.simulate.heart import UP_S, Heart
from pressbox.simulate.play import Play
from pressbox.simulate.sending import Sending
from pressbox.simulate.wearable import NO_TROUBLE, Trouble

START_MS = 1_700_000_000_000


def plan_of(athletes: int = 6, **said: object) -> FieldPlan:
    devices = tuple(f"tag-{number}" for number in range(athletes))
    return replace(FieldPlan(session="one", devices=devices, span_s=20.0, trouble=NO_TROUBLE), **said)


def sent(plan: FieldPlan) -> list[Sending]:
    return list(FieldSession(plan).sendings(START_MS))


def bytes_of(sendings: Iterable[Sending]) -> list[bytes]:
    return [encode_json(one.sent(START_MS + one.due_ms)) for one in sendings]


def sequences(sendings: Iterable[Sending], device: str = "tag-0") -> list[int]:
    return [one.sequence for each in sendings if each.message.device == device for one in each.message.samples]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(), rate_hz=st.sampled_from([1, 10, 25, 100]), sport=st.sampled_from(["lacrosse", "football"]))
def test_the_same_seed_gives_the_same_bytes(seed: int, rate_hz: int, sport: str) -> None:
    plan = plan_of(seed=seed, rate_hz=rate_hz, sport=sport, span_s=3.0, trouble=Trouble(doubled=0.1, reordered=0.1))
    assert bytes_of(sent(plan)) == bytes_of(sent(plan))
    assert bytes_of(sent(plan)) != bytes_of(sent(replace(plan, seed=seed + 1)))
    assert bytes_of(sent(plan)) != bytes_of(sent(replace(plan, number=2)))


@pytest.mark.parametrize("rate_hz", [10, 25, 30, 100])
def test_every_device_sends_its_rate_in_batches(rate_hz: int) -> None:
    sendings = sent(plan_of(rate_hz=rate_hz))
    assert sequences(sendings) == list(range(1, 20 * rate_hz + 1))
    assert {one.message.device for one in sendings} == {f"tag-{number}" for number in range(6)}
    assert max(len(one.message.samples) for one in sendings) == rate_hz // 5
    times_ms = [one.time_ms for each in sendings if each.message.device == "tag-0" for one in each.message.samples]
    assert {later - sooner for sooner, later in pairwise(times_ms)} <= {1000 // rate_hz, -(-1000 // rate_hz)}


def test_what_is_sent_can_be_read_in_both_forms() -> None:
    message = sent(plan_of())[7].sent(START_MS)
    assert decode_sensor_message(encode_json(message)) == message
    assert decode_sensor_message(encode_messagepack(message)) == message


def test_bodies_are_bounded_and_speed_is_that_of_the_positions() -> None:
    field = FieldSession(plan_of(athletes=22, span_s=180.0, sport="football"))
    by_device = defaultdict(list)
    for sending in field.sendings(START_MS):
        by_device[sending.message.device] += samples_of(sending.message, 0, None)
    for wearer in field.wearers:
        samples = by_device[wearer.device]
        told = shape(summarise(samples, wearer.athlete, field.terms), wearer.athlete, field.terms)
        done = told.performance
        assert (done.speeds_refused, done.steps_refused, done.accelerations_refused) == (0, 0, 0)
        assert done.acceleration_m_s2_max is not None
        assert done.acceleration_m_s2_max < 7
        assert wearer.athlete.speed_mm_s_top is not None
        assert max(sample.speed_mm_s or 0 for sample in samples) <= wearer.athlete.speed_mm_s_top + 100
        run_m = sum((sample.speed_mm_s or 0) / 25e3 for sample in samples)
        assert done.distance_m == pytest.approx(run_m, rel=0.03, abs=3.0)
        assert done.distance_m > 60  # nobody stands about for three minutes
        assert (
            max(abs(sample.x_mm or 0) for sample in samples) < FOOTBALL.field.length_mm / 2 + 6_000
        )  # a sprint ends behind the line
        bpm = [sample.heart_rate_bpm or 0 for sample in samples]
        assert wearer.athlete.heart_rate_bpm_rest is not None
        assert wearer.athlete.heart_rate_bpm_max is not None
        assert wearer.athlete.heart_rate_bpm_rest <= min(bpm) <= max(bpm) <= wearer.athlete.heart_rate_bpm_max
        assert max(abs(later - sooner) for sooner, later in pairwise(bpm)) <= 4
        standing_g = [hypot(s.ax_e4g or 0, s.ay_e4g or 0, s.az_e4g or 0) / 1e4 for s in samples if not s.speed_mm_s]
        assert all(one == pytest.approx(1.0, abs=6 / GRAVITY_M_S2) for one in standing_g)


def test_a_heart_rises_with_effort_by_first_order_kinetics_and_comes_down_again_more_slowly() -> None:
    heart = Heart(60, 200, Chance(1))
    for _ in range(3000):
        heart.follow(0.0, 0.0, 0.2)
    still_bpm = heart.bpm
    for _ in range(round(UP_S / 0.2)):
        heart.follow(4.0, 0.5, 0.2)
    after_one_bpm = heart.bpm
    for _ in range(3000):
        heart.follow(4.0, 0.5, 0.2)
    running_bpm = heart.bpm
    assert (after_one_bpm - still_bpm) / (running_bpm - still_bpm) == pytest.approx(0.632, abs=0.01)
    for _ in range(round(UP_S / 0.2)):
        heart.follow(0.0, 0.0, 0.2)
    assert (running_bpm - heart.bpm) / (running_bpm - still_bpm) < 0.5


def test_clocks_are_off_and_drift_and_say_so_when_they_send() -> None:
    plan = plan_of(span_s=60.0, trouble=replace(NO_TROUBLE, clock_error_ms=500, drift_ppm=5_000.0))
    errors: dict[str, list[int]] = defaultdict(list)
    for right, wrong in zip(sent(plan_of(span_s=60.0)), sent(plan), strict=True):
        off_ms = wrong.message.samples[-1].time_ms - right.message.samples[-1].time_ms
        errors[wrong.message.device].append(off_ms)
        assert wrong.clock_error_ms == off_ms
        assert wrong.sent(START_MS).sent_ms == START_MS + off_ms
    assert len({of_device[0] for of_device in errors.values()}) == 6
    assert all(abs(of_device[0]) <= 501 for of_device in errors.values())
    assert any(abs(of_device[-1] - of_device[0]) > 30 for of_device in errors.values())


def test_sensors_drop_out_and_what_was_kept_comes_late() -> None:
    troubled = sent(plan_of(athletes=20, span_s=120.0, trouble=replace(NO_TROUBLE, dropouts_per_hour=120.0)))
    complete = 20 * 120 * 25
    assert 0.5 * complete < sum(len(one.message.samples) for one in troubled) < complete
    late_ms = [one.due_ms - (one.message.samples[-1].time_ms - START_MS) for one in troubled]
    assert max(late_ms) > 1_000
    assert min(late_ms) == 0
    for device in {one.message.device for one in troubled}:
        of_device = sequences(troubled, device)
        assert of_device == list(range(1, len(of_device) + 1))  # what was lost was never counted, what was kept was


def test_belts_are_lost_for_a_stretch_or_for_good() -> None:
    felt: Counter[str] = Counter()
    for one in sent(plan_of(athletes=20, trouble=replace(NO_TROUBLE, belts_lost=1.0))):
        felt[one.message.device] += sum(sample.heart_rate_bpm is not None for sample in one.message.samples)
    assert max(felt.values()) < 20 * 25
    assert min(felt.values()) == 0 < max(felt.values())


def test_doubled_and_reordered_messages_are_the_same_samples() -> None:
    trouble = replace(NO_TROUBLE, doubled=0.1, reordered=0.1)
    plain, troubled = sent(plan_of()), sent(plan_of(trouble=trouble))
    counted = Counter(sequences(troubled))
    assert set(counted) == set(sequences(plain))
    assert max(counted.values()) == 2
    assert sequences(troubled) != sorted(sequences(troubled))
    assert [one.due_ms for one in troubled] == sorted(one.due_ms for one in troubled)


def test_many_sessions_are_sent_in_one_order() -> None:
    plans = [plan_of(number=number, session=f"s{number}") for number in (1, 2, 3)]
    together = list(in_order([FieldSession(plan).sendings(START_MS) for plan in plans]))
    assert [one.due_ms for one in together] == sorted(one.due_ms for one in together)
    for plan in plans:
        assert bytes_of(one for one in together if one.session == plan.session) == bytes_of(sent(plan))


def test_replacements_come_from_the_bench_and_the_goalkeepers_stay() -> None:
    field = FieldSession(plan_of(athletes=46, span_s=600.0, rate_hz=1))
    before = [athlete.post for team in field._teams for athlete in team]
    for _ in field.sendings(START_MS):
        pass
    after = [athlete.post for team in field._teams for athlete in team]
    assert before != after
    assert Counter(post.on_field for post in after) == {True: 20, False: 26}
    assert [place for place, post in enumerate(after) if post.keeps_goal] == [0, 23]


def test_the_play_stays_on_the_field() -> None:
    play = Play(FOOTBALL.field, Chance(3))
    for tick in range(5_000):
        play.advance(tick * 0.2, 0.2)
        assert abs(play.x_m) <= play.length_m / 2
        assert abs(play.y_m) <= play.width_m / 2
