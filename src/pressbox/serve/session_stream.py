"""
A session live, as Server-Sent Events: places up to 15 times a second, figures, and the head of the page when it changes.

What of it is medical is decided for each viewer, each athlete and each event, because consent changes while a stream is
open; the stream ends once its viewer is let out.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec
from msgspec import Struct

from pressbox.model.live import LivePlace
from pressbox.model.load import SessionTold
from pressbox.serve.events import BEGINNING, QUIET, event
from pressbox.serve.figures import MEDICAL_FIGURES, PERFORMANCE_FIGURES
from pressbox.serve.telemetry import Telemetry
from pressbox.serve.touchline import Seen
from pressbox.serve.viewer import Viewer

QUIET_S: Final = 5.0

_FRAME_S: Final = 1 / 15
_LOOK_S: Final = 1.0
_AUDIT_EVERY_S: Final = 60.0


class Place(Struct, frozen=True, array_like=True, gc=False):
    """An athlete on the field as a page gets it; times in epoch milliseconds of our clock."""

    athlete: str
    time_ms: int
    received_ms: int
    x_m: float | None
    y_m: float | None
    speed_kmh: float | None
    battery_pct: float | None
    heart_rate_bpm: int | None
    heart_rate_zone: int | None


class Places(Struct, frozen=True):
    """Who moved; *sent_ms* is when it left here."""

    sent_ms: int
    places: list[Place]


class Figures(Struct, frozen=True, omit_defaults=True):
    """The figures of an athlete in the session so far, in the units pages show; *medical* only for who may see it."""

    athlete: str
    performance: dict[str, float | None] | None = None
    medical: dict[str, float | None] | None = None


_encode: Final = msgspec.json.Encoder().encode


class SessionStream:
    """The stream of one session for one *viewer*; *head* makes the part of the page that tells where it stands."""

    def __init__(
        self,
        telemetry: Telemetry,
        viewer: Viewer,
        told: SessionTold,
        head: Callable[[SessionTold], str],
        now_ms: Callable[[], int],
    ) -> None:
        self._telemetry, self._viewer, self._head, self._now_ms = telemetry, viewer, head, now_ms
        self._told = told
        self._audited: frozenset[str] = frozenset()
        self._audited_s = float("-inf")

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the events, beginning with the newest there is, until the viewer is let out or the server stops."""
        touchline, loop = self._telemetry.touchline, asyncio.get_running_loop()
        key = self._told.stadium, self._told.session
        touchline.watch()
        try:
            yield BEGINNING
            yield self._head_event()
            after, spoke_s = 0, loop.time()
            while not touchline.ended and self._viewer.is_here():
                moved = await touchline.newer(key, after, _LOOK_S)
                if not self._viewer.is_here():
                    return
                chunk = self._changed_head()
                if moved:
                    seen = touchline.newest(key, after)
                    after = seen.told
                    chunk += await self._of(seen)
                if chunk:
                    spoke_s = loop.time()
                    yield chunk
                    await asyncio.sleep(_FRAME_S)
                elif loop.time() - spoke_s >= QUIET_S:
                    spoke_s = loop.time()
                    yield QUIET
        finally:
            touchline.leave()

    async def _of(self, seen: Seen) -> bytes:
        shown = {athlete for athlete in {*seen.places, *seen.medical} if self._may_see(athlete)}
        await self._audit(shown)
        parts = b""
        if seen.places:
            places = [_place(one, is_medical=one.athlete in shown) for _, one in seen.places.values()]
            parts += event("places", _encode(Places(self._now_ms(), places)), "")
        figures = _figures(seen, shown)
        if figures:
            parts += event("figures", _encode(figures), "")
        return parts

    async def _audit(self, shown: set[str]) -> None:
        """Have it on disk who is shown, before it is sent; anew when somebody joins, and once a minute."""
        now_s = asyncio.get_running_loop().time()
        if shown <= self._audited and now_s - self._audited_s < _AUDIT_EVERY_S:
            return
        if not shown:
            return
        session = f"{self._told.stadium}/{self._told.session}"
        await asyncio.to_thread(self._viewer.saw_medical, "the live page", sorted(shown), session)
        # What lies within the same minute was written down already; who is new is always written first.
        self._audited = frozenset(shown) if now_s - self._audited_s >= _AUDIT_EVERY_S else self._audited | shown
        self._audited_s = now_s

    def _may_see(self, athlete: str) -> bool:
        return self._viewer.sees_medical_of(athlete, self._told.stadium)

    def _changed_head(self) -> bytes:
        told = self._telemetry.told(self._told.stadium, self._told.session)
        if told is None or (told.revision, told.index) == (self._told.revision, self._told.index):
            return b""
        self._told = told
        return self._head_event()

    def _head_event(self) -> bytes:
        return event("head", self._head(self._told).encode(), "")


def _place(one: LivePlace, *, is_medical: bool) -> Place:
    return Place(
        one.athlete,
        one.time_ms,
        one.received_ms,
        None if one.x_mm is None else one.x_mm / 1000,
        None if one.y_mm is None else one.y_mm / 1000,
        None if one.speed_mm_s is None else round(one.speed_mm_s * 0.0036, 1),
        one.battery_pct,
        one.heart_rate_bpm if is_medical else None,
        one.heart_rate_zone if is_medical else None,
    )


def _figures(seen: Seen, shown: set[str]) -> list[Figures]:
    athletes = {*seen.performance, *(athlete for athlete in seen.medical if athlete in shown)}
    return [_figures_of(athlete, seen, is_medical=athlete in shown) for athlete in sorted(athletes)]


def _figures_of(athlete: str, seen: Seen, *, is_medical: bool) -> Figures:
    performance, medical = seen.performance.get(athlete), seen.medical.get(athlete) if is_medical else None
    return Figures(
        athlete,
        None
        if performance is None
        else {one.name: one.value(performance[1].performance) for one in PERFORMANCE_FIGURES},
        None if medical is None else {one.name: one.value(medical[1].medical) for one in MEDICAL_FIGURES},
    )
