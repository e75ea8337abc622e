"""A viewer with a delay is told everything, in order, and nothing before its time."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.serve import delayed
from pressbox.serve.delayed import delayed_documents, delayed_newest
from pressbox.serve.events import body_event
from pressbox.serve.services import Services
from pressbox.stream.revision import BEFORE_ALL
from tests.serve.stand import Memory, Past, document, services

START_MS = 1_700_000_000_000


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    async def sleep(self, seconds: float) -> None:
        self.now_ms += max(1, round(seconds * 1000))

    def monotonic(self) -> float:
        return self.now_ms / 1000

    def time_ns(self) -> int:
        return self.now_ms * 1_000_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return patched(monkeypatch)


def patched(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(delayed.time, "time_ns", clock.time_ns)
    monkeypatch.setattr(delayed.time, "monotonic", clock.monotonic)
    monkeypatch.setattr(delayed, "sleep", clock.sleep)
    return clock


def played(after_s: Sequence[float]) -> Services:
    """Return a game with a document at each of these moments from the start on."""
    past = Past()
    past.times["game"] = [
        (START_MS + round(one * 1000), bytes(document(event_id=number, revision=number).body))
        for number, one in enumerate(after_s)
    ]
    return services(Memory(), past=past)


def told(of: Services, clock: Clock, delay_s: int, seconds: float) -> list[tuple[float, int]]:
    """Return which events a reader is told in *seconds*, and when."""

    async def read() -> list[tuple[float, int]]:
        found = []
        async for event in delayed_documents(of, "game", BEFORE_ALL, body_event, delay_s):
            now_s = (clock.now_ms - START_MS) / 1000
            if now_s > seconds:
                of.hub.end()
            elif b"event: document" in event:
                data = event.partition(b"data: ")[2]
                found.append((now_s, msgspec.json.decode(data.strip())["_id"]))
        return found

    return asyncio.run(read())


def test_each_document_comes_when_its_delay_is_over(clock: Clock) -> None:
    assert told(played([0, 1.5, 4]), clock, 30, 60) == [(30.0, 0), (31.5, 1), (34.0, 2)]


def test_a_reader_who_comes_late_gets_the_newest_that_may_be_told(clock: Clock) -> None:
    clock.now_ms += 33_000
    assert told(played([0, 1.5, 4]), clock, 30, 60) == [(33.0, 1), (34.0, 2)]


def test_a_reader_who_has_a_document_is_not_told_it_again(clock: Clock) -> None:
    game = played([0, 1])

    async def first() -> bytes:
        events = delayed_documents(game, "game", (0, 0), body_event, 10)
        async for event in events:
            if b"event: document" in event:
                return event
        raise AssertionError("ended")

    assert b'"_id":1' in asyncio.run(first())
    assert clock.now_ms == START_MS + 11_000


@given(
    st.lists(st.integers(0, 100_000), min_size=1, max_size=12).map(sorted),
    st.integers(1, 60),
    st.integers(0, 100_000),
)
def test_nobody_is_told_anything_that_is_younger_than_the_delay(
    moments_ms: list[int], delay_s: int, comes_ms: int
) -> None:
    with pytest.MonkeyPatch.context() as patching:
        clock = patched(patching)
        clock.now_ms += comes_ms
        game = played([one / 1000 for one in moments_ms])
        newest = delayed_newest(game, "game", delay_s)
        assert newest is None or moments_ms[newest.event_id] <= comes_ms - delay_s * 1000
        heard = told(game, clock, delay_s, 300)
    assert all(round(at_s * 1000) >= moments_ms[event_id] + delay_s * 1000 for at_s, event_id in heard)
    assert [event_id for _, event_id in heard] == sorted({event_id for _, event_id in heard})
    assert heard[-1][1] == len(moments_ms) - 1
