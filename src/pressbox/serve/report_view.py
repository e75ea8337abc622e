"""The report of a session: every figure of every athlete, of the whole session and of each period, as page and as CSV."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from markupsafe import Markup
from msgspec import Struct, structs

from pressbox.model.load import SessionTold, WindowMedical, WindowPerformance
from pressbox.model.metric import Medical, Performance
from pressbox.serve.chart import Zone, zone_line
from pressbox.serve.operations_view import moment
from pressbox.serve.telemetry import Telemetry
from pressbox.serve.viewer import Viewer

_MINUTE_MS: Final = 60_000
_MINUTE_S: Final = 60
_ZONES_DRAWN_MAX: Final = 5
_KMH_HEADROOM: Final = 5.0
_BPM_LOW, _BPM_HIGH = 40, 210
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

Key: TypeAlias = tuple[str, int]
"""Athlete and start of a window."""


class Line(Struct, frozen=True):
    """An athlete in one span; *medical* is None where it is not for this viewer, or there is none."""

    athlete: str
    name: str
    start_ms: int
    performance: Performance
    medical: Medical | None


class Span(Struct, frozen=True):
    """The whole session, or one period of it: *window* is which of the two."""

    name: str
    window: str
    lines: Sequence[Line]


class Report(Struct, frozen=True):
    """The spans of a session, the whole of it first; *sees_medical* names the athletes with medical figures in it."""

    told: SessionTold
    spans: Sequence[Span]
    sees_medical: frozenset[str]


def report_of(telemetry: Telemetry, viewer: Viewer, told: SessionTold, what: str) -> Report:
    """Return the report as *viewer* may see it; who is shown with medical figures is in the audit log before."""
    may = frozenset(one.athlete for one in told.athletes if viewer.sees_medical_of(one.athlete, told.stadium))
    if may:
        viewer.saw_medical(what, sorted(may), f"{told.stadium}/{told.session}")
    whole = Span("Whole session", "session", _lines(telemetry, told, may, "session", None))
    periods = [Span(one.name, "period", _lines(telemetry, told, may, "period", one.start_ms)) for one in told.periods]
    return Report(told, [whole, *(one for one in periods if one.lines)], may)


def report_csv(report: Report) -> Iterator[str]:
    """
    Yield the report as lines of CSV: one for each athlete and span, columns named as the figures are.

    A figure by zone has a column for each zone, numbered from the slowest on. No cell begins as a formula does.
    """
    zones = len(report.told.zones_dkmh)
    medical = bool(report.sees_medical)
    columns = ["stadium", "session", "window", "period", "start", "athlete", "name", *_columns(Performance, zones)]
    columns += _columns(Medical, zones) if medical else []
    yield _csv_line(columns)
    for span in report.spans:
        for line in span.lines:
            said = [report.told.stadium, report.told.session, span.window]
            said += ["" if span.window == "session" else span.name, moment(line.start_ms), line.athlete, line.name]
            cells: list[Any] = [_safe(one) for one in said]
            cells += _cells(line.performance, Performance, zones)
            cells += _cells(line.medical, Medical, zones) if medical else []
            yield _csv_line(cells)


def charts_of(telemetry: Telemetry, report: Report, athlete: str) -> list[Markup]:
    """Return how fast *athlete* was at most in each minute, and where it may be seen the mean heart rate of each."""
    told = report.told
    minutes = telemetry.performance.windows(told.stadium, told.session, "minute", athlete=athlete)
    if not minutes:
        return []
    begin_ms = minutes[0].start_ms
    speeds = _by_minute({one.start_ms: one.performance.speed_kmh_max for one in minutes}, begin_ms)
    lows = [low / 10 for low in told.zones_dkmh][:_ZONES_DRAWN_MAX]
    high = max([lows[-1], *(one for one in speeds if one is not None)]) + _KMH_HEADROOM
    zones = [Zone(low, "km/h") for low in lows]
    charts = [zone_line(speeds, "Top speed of each minute", "km/h", zones, step_s=_MINUTE_S, high=high)]
    if athlete in report.sees_medical:
        hearts = telemetry.medical.windows(told.stadium, told.session, "minute", athlete=athlete)
        means = _by_minute({one.start_ms: one.medical.heart_rate_bpm_mean for one in hearts}, begin_ms)
        band = [Zone(_BPM_LOW, "")]
        charts.append(zone_line(means, "Heart rate of each minute", "bpm", band, step_s=_MINUTE_S, high=_BPM_HIGH))
    return charts


def _lines(
    telemetry: Telemetry, told: SessionTold, may: frozenset[str], window: Any, start_ms: int | None
) -> list[Line]:
    end_ms = None if start_ms is None else start_ms + 1
    place = told.stadium, told.session, window
    performance: Sequence[WindowPerformance] = telemetry.performance.windows(*place, start_ms=start_ms, end_ms=end_ms)
    medical: dict[Key, WindowMedical] = {}
    if may:
        found = telemetry.medical.windows(*place, start_ms=start_ms, end_ms=end_ms)
        medical = {(one.athlete, one.start_ms): one for one in found if one.athlete in may}
    names = {one.athlete: one.name or one.athlete for one in told.athletes}
    lines = []
    for one in performance:
        heart = medical.get((one.athlete, one.start_ms))
        name = names.get(one.athlete, one.athlete)
        lines.append(Line(one.athlete, name, one.start_ms, one.performance, None if heart is None else heart.medical))
    return sorted(lines, key=lambda line: line.name.casefold())


def _by_minute(values: Mapping[int, float | None], begin_ms: int) -> list[float | None]:
    last_ms = max(values, default=begin_ms)
    return [values.get(at_ms) for at_ms in range(begin_ms, last_ms + 1, _MINUTE_MS)]


def _columns(figures: type[Performance | Medical], zones: int) -> list[str]:
    names = []
    for name in figures.__struct_fields__:
        names += [f"{name}_{number}" for number in _zones_of(name, zones)] if "_by_" in name else [name]
    return names


def _cells(figures: Performance | Medical | None, kind: type[Performance | Medical], zones: int) -> list[Any]:
    said = {} if figures is None else structs.asdict(figures)
    cells: list[Any] = []
    for name in kind.__struct_fields__:
        value = said.get(name)
        if "_by_" not in name:
            cells.append(value)
            continue
        numbers = list(_zones_of(name, zones))
        known = list((value or {}).values())
        cells += (known + [None] * len(numbers))[: len(numbers)]
    return cells


def _zones_of(name: str, zones: int) -> range:
    """Heart rate zones are 0, below all of them, to 5; speed zones are numbered from 1."""
    return range(6) if "heart_rate" in name else range(1, zones + 1)


def _safe(said: str) -> str:
    return f"'{said}" if said.startswith(_FORMULA) else said


def _csv_line(cells: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(["" if one is None else one for one in cells])
    return line.getvalue()
