"""The dashboards: a session live, athletes over sessions, and how well sensors measure."""

from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Dashboard, DashboardCursorSync, DataSourceRef, Panel

from pressbox.grafana.query import ATHLETES, MEDICAL, PERFORMANCE, SESSIONS, InfluxQueryBuilder

_HEIGHT: Final = 9
_HALF, _WHOLE = 12, 24

_LIVE: Final = {
    "distance_m": "Distance, m",
    "high_speed_distance_m": "High speed, m",
    "sprints": "Sprints",
    "speed_kmh_max": "Top speed, km/h",
    "accelerations": "Accelerations",
    "decelerations": "Decelerations",
    "player_load": "Load",
}
_HEART: Final = {
    "heart_rate_bpm_mean": "Mean, bpm",
    "heart_rate_bpm_max": "Maximum, bpm",
    "trimp_edwards": "TRIMP Edwards",
    "trimp_banister": "TRIMP Banister",
}
_QUALITY: Final = {
    "samples": "Samples",
    "duration_s": "Worn, s",
    "covered_s": "Without gaps, s",
    "speeds_refused": "Speeds refused",
    "steps_refused": "Steps refused",
    "accelerations_refused": "Accelerations refused",
}


def dashboards() -> dict[str, Dashboard]:
    """Return the dashboards by the name of their file."""
    return {"live-session": _live_session(), "athlete": _athlete(), "operations": _operations()}


def _live_session() -> Dashboard:
    return (
        _begun("Live session", "pressbox-live-session", "now-15m")
        .refresh("5s")
        .with_variable(_choice("session", "Session", SESSIONS, is_many=False))
        .with_variable(_choice("athlete", "Athletes", ATHLETES, is_many=True))
        .with_panel(_line("Top speed of each second", "velocitykmh", PERFORMANCE, "speed_kmh_max", "second"))
        .with_panel(_line("Heart rate of each second", "bpm", MEDICAL, "heart_rate_bpm_mean", "second", "mean"))
        .with_panel(_rows("The session so far", PERFORMANCE, _LIVE))
        .with_panel(_rows("Hearts so far", MEDICAL, _HEART))
        .build()
    )


def _athlete() -> Dashboard:
    return (
        _begun("Athlete", "pressbox-athlete", "now-90d")
        .with_variable(_choice("athlete", "Athletes", ATHLETES, is_many=True))
        .with_panel(_sessions("Distance of each session", "lengthm", PERFORMANCE, "distance_m"))
        .with_panel(_sessions("High-speed distance of each session", "lengthm", PERFORMANCE, "high_speed_distance_m"))
        .with_panel(_sessions("Top speed of each session", "velocitykmh", PERFORMANCE, "speed_kmh_max"))
        .with_panel(_sessions("TRIMP Edwards of each session", "none", MEDICAL, "trimp_edwards"))
        .build()
    )


def _operations() -> Dashboard:
    return (
        _begun("Sensor operations", "pressbox-operations", "now-3h")
        .refresh("30s")
        .with_variable(_choice("session", "Session", SESSIONS, is_many=False))
        .with_variable(_choice("athlete", "Athletes", ATHLETES, is_many=True))
        .with_panel(_line("Samples of each minute", "none", PERFORMANCE, "samples", "minute"))
        .with_panel(_line("Heart rates of each minute", "none", MEDICAL, "heart_rate_samples", "minute"))
        .with_panel(_rows("What sensors measured", PERFORMANCE, _QUALITY))
        .build()
    )


def _begun(title: str, uid: str, since: str) -> dashboard.Dashboard:
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .tags(["pressbox"])
        .time(since, "now")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
    )


def _choice(name: str, label: str, query: str, *, is_many: bool) -> dashboard.QueryVariable:
    choice = dashboard.QueryVariable(name).label(label).datasource(PERFORMANCE).query(query).multi(is_many)
    return choice.include_all(True) if is_many else choice


def _line(
    title: str, unit: str, source: DataSourceRef, figure: str, window: str, summary: str = "max"
) -> Builder[Panel]:
    panel = timeseries.Panel().title(title).unit(unit).datasource(source).height(_HEIGHT).span(_HALF)
    return panel.with_target(InfluxQueryBuilder(source).over_time(figure, window, summary))


def _sessions(title: str, unit: str, source: DataSourceRef, figure: str) -> Builder[Panel]:
    panel = timeseries.Panel().title(title).unit(unit).datasource(source).height(_HEIGHT).span(_HALF)
    return panel.with_target(InfluxQueryBuilder(source).per_session(figure))


def _rows(title: str, source: DataSourceRef, figures: dict[str, str]) -> Builder[Panel]:
    panel: Any = table.Panel().title(title).datasource(source).height(_HEIGHT).span(_WHOLE)
    built: Builder[Panel] = panel.with_target(InfluxQueryBuilder(source).per_athlete(figures))
    return built
