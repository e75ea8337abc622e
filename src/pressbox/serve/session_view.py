"""What the pages of a live session show: its athletes with their figures so far, and where it stands."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from msgspec import Struct

from pressbox.model.load import SessionTold, WindowMedical, WindowPerformance
from pressbox.model.session import Period
from pressbox.serve.figures import MEDICAL_FIGURES, PERFORMANCE_FIGURES, Figure
from pressbox.serve.operations_view import moment
from pressbox.serve.rendering import render
from pressbox.serve.telemetry import Telemetry
from pressbox.serve.viewer import Viewer

BY_NAME: Final = "athlete"
FIGURES: Final = (*PERFORMANCE_FIGURES, *MEDICAL_FIGURES)

W = TypeVar("W", WindowPerformance, WindowMedical)

_SESSIONS_COMPARED: Final = 10
_MINUTE_MS: Final = 60_000


class Row(Struct, frozen=True):
    """An athlete with the session so far; *usual* are the means of their own earlier sessions, by figure."""

    athlete: str
    name: str
    performance: WindowPerformance | None
    medical: WindowMedical | None
    usual: dict[str, float]
    sees_medical: bool

    def value(self, figure: Figure) -> float | None:
        """Return *figure* as a number in its unit; None where it cannot be told, or not to this viewer."""
        if figure in PERFORMANCE_FIGURES:
            return figure.value(None if self.performance is None else self.performance.performance)
        return figure.value(None if self.medical is None else self.medical.medical)

    def text(self, figure: Figure) -> str:
        """Return *figure* as people read it."""
        if figure in PERFORMANCE_FIGURES:
            return figure.text(None if self.performance is None else self.performance.performance)
        return figure.text(None if self.medical is None else self.medical.medical)


def rows_of(telemetry: Telemetry, viewer: Viewer, told: SessionTold, sort: str) -> list[Row]:
    """
    Return the athletes of a session, ordered by the figure *sort*, greatest first, or by name.

    Who is shown with medical figures is in the audit log before this returns. It reads stores.
    """
    performance = _newest(telemetry.performance.windows(told.stadium, told.session, "session"))
    may = {one.athlete for one in told.athletes if viewer.sees_medical_of(one.athlete, told.stadium)}
    medical: dict[str, WindowMedical] = {}
    if may:
        windows = telemetry.medical.windows(told.stadium, told.session, "session")
        medical = {athlete: one for athlete, one in _newest(windows).items() if athlete in may}
        viewer.saw_medical("the live page", sorted(may), f"{told.stadium}/{told.session}")
    rows = [
        Row(
            one.athlete,
            one.name or one.athlete,
            performance.get(one.athlete),
            medical.get(one.athlete),
            _usual(telemetry, told, one.athlete),
            one.athlete in may,
        )
        for one in told.athletes
    ]
    return sorted(rows, key=_order(sort))


def session_head(told: SessionTold) -> str:
    """Return the part of the page that says where the session stands."""
    return render("session_head.html", told=told, period=period_under_way(told), moment=moment, minutes=_minutes)


def period_under_way(told: SessionTold) -> str | None:
    """Return the name of the period that has begun and not ended."""
    last = told.periods[-1] if told.periods else None
    return last.name if last is not None and last.end_ms is None and told.state == "open" else None


def next_period(told: SessionTold) -> str:
    """Return what the period after those there were is probably called."""
    return f"{'H' if told.sport == 'football' else 'Q'}{len(told.periods) + 1}"


def _minutes(period: Period) -> str:
    return "" if period.end_ms is None else f"{(period.end_ms - period.start_ms) / _MINUTE_MS:.0f} min"


def _newest(windows: Sequence[W]) -> dict[str, W]:
    return {one.athlete: one for one in windows}


def _usual(telemetry: Telemetry, told: SessionTold, athlete: str) -> dict[str, float]:
    earlier = [
        one.performance
        for one in telemetry.performance.history(athlete, sessions_max=_SESSIONS_COMPARED + 1)
        if (one.stadium, one.session) != (told.stadium, told.session)
    ][:_SESSIONS_COMPARED]
    usual = {}
    for figure in PERFORMANCE_FIGURES:
        values = [value for one in earlier if (value := figure.value(one)) is not None]
        if values:
            usual[figure.name] = sum(values) / len(values)
    return usual


def _order(sort: str) -> Callable[[Row], tuple[float, str]]:
    figure = next((one for one in FIGURES if one.name == sort), None)

    def order(row: Row) -> tuple[float, str]:
        value = None if figure is None else row.value(figure)
        return (-value if value is not None else float("inf") if figure else 0.0, row.name.casefold())

    return order
