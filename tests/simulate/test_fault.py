"""Faults by seed: the samples stay the same, what tells them apart does not."""

from collections import Counter

from pressbox.simulate.fault import BOOTS_MAX, boots_of, with_faults
from pressbox.simulate.field import FieldPlan, FieldSession
from pressbox.simulate.sending import Cut, Sending
from pressbox.simulate.wearable import NO_TROUBLE

START_MS = 1_700_000_000_000
PLAN = FieldPlan(session="one", devices=tuple("abcdef"), span_s=120.0, rate_hz=5, trouble=NO_TROUBLE)


def plain() -> list[Sending]:
    return list(FieldSession(PLAN).sendings(START_MS))


def test_the_same_seed_gives_the_same_faults() -> None:
    assert list(with_faults(plain(), 1)) == list(with_faults(plain(), 1))
    assert list(with_faults(plain(), 1)) != list(with_faults(plain(), 2))


def test_no_sample_is_lost_or_made_up_and_repeats_are_told_by_boot_and_sequence() -> None:
    acts = list(with_faults(plain(), 1))
    told: dict[tuple[str, int, int], object] = {}
    times = Counter[object]()
    for act in acts:
        if isinstance(act, Sending):
            for sample in act.message.samples:
                content = sample.time_ms, sample.position_m
                times[act.message.device, content] += 1
                assert told.setdefault((act.message.device, act.message.boot, sample.sequence), content) == content
    assert len(told) == len(times) == 6 * 120 * 5
    assert max(times.values()) > 1
    assert [act.due_ms for act in acts] == sorted(act.due_ms for act in acts)


def test_devices_lose_connections_and_restart_with_another_boot_that_counts_anew() -> None:
    acts = list(with_faults(plain(), 1))
    assert sum(isinstance(act, Cut) for act in acts) > 6
    boots = {(act.message.device, act.message.boot) for act in acts if isinstance(act, Sending)}
    assert len(boots) > 6
    assert {boot for _, boot in boots} <= set(boots_of(START_MS // 1000))
    assert len(boots_of(1)) == BOOTS_MAX
    for device, boot in boots:
        sent = [act.message for act in acts if isinstance(act, Sending)]
        sequences = [one.samples[0].sequence for one in sent if (one.device, one.boot) == (device, boot)]
        assert min(sequences) == 1
