"""
The live channel: from the states of the load fold to whoever watches, before anything is final.

It is told of every batch by the thread that folds. Places go out with each batch, the figures of open seconds a few
times a second a session, those of the session so far once a second; what moved in between goes out once the fold has
nothing else to do.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct, field

from pressbox.model.live import LiveFigures, LiveFrame, LivePlace
from pressbox.model.load import WindowMedical, WindowPerformance
from pressbox.model.sample import Sample
from pressbox.pipelines.athlete_load import Session, live_results
from pressbox.pipelines.track import Track
from pressbox.pipelines.zone import heart_rate_zone
from pressbox.runtime.embedded import Moved
from pressbox.stream.clock import Clock

FIGURES_EVERY_S: Final = 0.2
TOTALS_EVERY_S: Final = 1.0
_IDLE_S: Final = 0.5


class _Seen(Struct):
    """
    What was told of a session: the newest reading of each athlete, and whose figures are still to be told.

    *moved* is the state where anything is.
    """

    newest: dict[str, Sample] = field(default_factory=dict)
    seconds: dict[str, None] = field(default_factory=dict)
    totals: dict[str, None] = field(default_factory=dict)
    moved: Moved[Session] | None = None
    told_s: float = float("-inf")
    totals_told_s: float = float("-inf")


class LiveChannel:
    """Carries frames and figures to its listeners; its methods belong to the thread that folds."""

    def __init__(
        self,
        clock: Clock,
        frames: Sequence[Callable[[LiveFrame], None]],
        figures: Sequence[Callable[[LiveFigures], None]],
    ) -> None:
        self._clock = clock
        self._frames, self._figures = frames, figures
        self._seen: dict[str, _Seen] = {}

    def moved(self, sessions: Mapping[str, Moved[Session]]) -> None:
        """Tell what is new in *sessions*."""
        now_s, now_ms = self._clock.monotonic_s(), self._clock.now_ms()
        for key, moved in sessions.items():
            seen = self._seen.setdefault(key, _Seen())
            seen.moved = moved
            self._tell_places(seen, moved.state, now_ms)
            self._tell_figures(seen, now_s, now_ms)

    def idle(self) -> float:
        """Tell what still waits, and return how many seconds may pass until this is called again."""
        now_s, now_ms = self._clock.monotonic_s(), self._clock.now_ms()
        for key, seen in list(self._seen.items()):
            self._tell_figures(seen, now_s, now_ms)
            if seen.moved is None and now_s - seen.told_s > 60 * _IDLE_S:
                del self._seen[key]  # its session is over or still: its state may leave memory
        return FIGURES_EVERY_S if any(seen.moved for seen in self._seen.values()) else _IDLE_S

    def _tell_places(self, seen: _Seen, session: Session, now_ms: int) -> None:
        places = []
        for athlete, track in session.tracks.items():
            newest = track.newest
            if newest is None or newest is seen.newest.get(athlete):
                continue
            seen.newest[athlete] = newest
            seen.seconds[athlete] = seen.totals[athlete] = None
            places.append(_place(athlete, newest, track, session.profile(athlete).heart_rate_bpm_max))
        if places:
            frame = LiveFrame(session.opened.stadium, session.opened.session, now_ms, places)
            for tell in self._frames:
                tell(frame)

    def _tell_figures(self, seen: _Seen, now_s: float, now_ms: int) -> None:
        if seen.moved is None or not self._figures or now_s - seen.told_s < FIGURES_EVERY_S:
            return
        session, revision = seen.moved.state, seen.moved.revision
        with_totals = now_s - seen.totals_told_s >= TOTALS_EVERY_S
        results = live_results(session, revision, seen.totals if with_totals else seen.seconds, totals=with_totals)
        seen.told_s = now_s
        seen.seconds.clear()
        if with_totals:
            seen.totals_told_s = now_s
            seen.totals.clear()
        if not seen.totals:
            seen.moved = None
        if not results:
            return
        told = LiveFigures(
            session.opened.stadium,
            session.opened.session,
            now_ms,
            [one for one in results if isinstance(one, WindowPerformance)],
            [one for one in results if isinstance(one, WindowMedical)],
        )
        for tell in self._figures:
            tell(told)


def _place(athlete: str, newest: Sample, track: Track, bpm_max: int | None) -> LivePlace:
    bpm = newest.heart_rate_bpm
    return LivePlace(
        athlete,
        newest.time_ms,
        track.received_ms,
        newest.x_mm,
        newest.y_mm,
        newest.speed_mm_s,
        bpm,
        None if bpm is None or bpm_max is None else heart_rate_zone(bpm, bpm_max),
        track.battery_pct,
    )
