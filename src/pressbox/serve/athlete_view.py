"""What the page of an athlete shows: session after session, beside what is usual, and how load changed."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import fmean, stdev
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from pressbox.model.load import WindowMedical, WindowPerformance
from pressbox.pipelines.workload import WorkloadRatios, workload_ratios
from pressbox.serve.chart import sparkline
from pressbox.serve.figures import MEDICAL_FIGURES, NOTHING, PERFORMANCE_FIGURES, Figure
from pressbox.serve.telemetry import Telemetry
from pressbox.serve.viewer import Viewer

SESSIONS_MAX: Final = 100

_DAYS_WEIGHTED: Final = 84
"""So far back the weights of exponentially weighted means are 0.3 % of a day's."""

_ENOUGH_TO_SPREAD: Final = 3
_LOADS: Final = ("distance_m", "player_load", "trimp_edwards", "trimp_banister")


class Session(Struct, frozen=True):
    """One session of an athlete; *medical* is None where the viewer may not see it there, or there is none."""

    performance: WindowPerformance
    medical: WindowMedical | None

    @property
    def day(self) -> str:
        """The day it began, in UTC."""
        return _day(self.performance.start_ms).isoformat()

    def value(self, figure: Figure) -> float | None:
        """Return *figure* as a number in its unit."""
        if figure in PERFORMANCE_FIGURES:
            return figure.value(self.performance.performance)
        return figure.value(None if self.medical is None else self.medical.medical)

    def text(self, figure: Figure) -> str:
        """Return *figure* as people read it."""
        if figure in PERFORMANCE_FIGURES:
            return figure.text(self.performance.performance)
        return figure.text(None if self.medical is None else self.medical.medical)


class Usual(Struct, frozen=True):
    """A figure in the newest session beside the earlier ones: their *mean*, *spread* and *line* over time."""

    figure: Figure
    newest: str
    mean: str
    spread: str
    line: Markup


class Load(Struct, frozen=True):
    """How a load changed: its name, and its ratios on the day of the newest session."""

    label: str
    ratios: WorkloadRatios


def sessions_of(telemetry: Telemetry, viewer: Viewer, athlete: str, what: str) -> list[Session]:
    """Return the newest sessions of *athlete*, the newest first, as *viewer* may see them; it is in the audit log before."""
    performance = telemetry.performance.history(athlete, sessions_max=SESSIONS_MAX)
    may = {one.stadium for one in performance if viewer.sees_medical_of(athlete, one.stadium)}
    medical: dict[tuple[str, str], WindowMedical] = {}
    if may:
        found = telemetry.medical.history(athlete, sessions_max=SESSIONS_MAX)
        medical = {(one.stadium, one.session): one for one in found if one.stadium in may}
    if medical:
        viewer.saw_medical(what, [athlete], "all sessions")
    return [Session(one, medical.get((one.stadium, one.session))) for one in performance]


def figures_of(sessions: Sequence[Session]) -> list[Figure]:
    """Return the figures to show: medical ones only where there are any."""
    is_medical = any(one.medical is not None for one in sessions)
    return [*PERFORMANCE_FIGURES, *(MEDICAL_FIGURES if is_medical else ())]


def usual_of(sessions: Sequence[Session]) -> list[Usual]:
    """Return each figure of the newest session beside those before it."""
    return [_usual(sessions, figure) for figure in figures_of(sessions)]


def loads_of(sessions: Sequence[Session]) -> list[Load]:
    """Return how loads changed; a day without a session has none."""
    if not sessions:
        return []
    return [
        Load(figure.label, workload_ratios(_by_day(sessions, figure)))
        for figure in figures_of(sessions)
        if figure.name in _LOADS
    ]


def _usual(sessions: Sequence[Session], figure: Figure) -> Usual:
    values = [value for one in sessions[1:] if (value := one.value(figure)) is not None]
    shown = [value for one in reversed(sessions) if (value := one.value(figure)) is not None]
    mean = f"{fmean(values):,.{figure.decimals}f}" if values else NOTHING
    spread = f"± {stdev(values):,.{figure.decimals}f}" if len(values) >= _ENOUGH_TO_SPREAD else ""
    said = f"{figure.label}, session after session; the last is {sessions[0].text(figure)} {figure.unit}"
    return Usual(figure, sessions[0].text(figure), mean, spread, sparkline(shown, said))


def _by_day(sessions: Sequence[Session], figure: Figure) -> list[float]:
    last = _day(sessions[0].performance.start_ms)
    days = min((last - _day(sessions[-1].performance.start_ms)).days + 1, _DAYS_WEIGHTED)
    loads = [0.0] * days
    for one in sessions:
        ago = (last - _day(one.performance.start_ms)).days
        if ago < days:
            loads[days - 1 - ago] += one.value(figure) or 0.0
    return loads


def _day(start_ms: int) -> date:
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=start_ms)).date()
