"""
Queries of panels, in InfluxQL.

The library of dashboards has no builder for InfluxDB, so this is one: text that Grafana fills in and sends.
"""

from typing import Any, Final, Self

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

PERFORMANCE: Final = DataSourceRef(type_val="influxdb", uid="pressbox-performance")
MEDICAL: Final = DataSourceRef(type_val="influxdb", uid="pressbox-medical")


class InfluxQuery(Dataquery):
    """One query as a panel keeps it."""

    def __init__(self, source: DataSourceRef, query: str, alias: str, result_format: str) -> None:
        self.source, self.query, self.alias, self.result_format = source, query, alias, result_format

    def to_json(self) -> dict[str, Any]:
        """Return what Grafana reads."""
        return {
            "refId": "A",
            "datasource": self.source,
            "rawQuery": True,
            "query": self.query,
            "alias": self.alias,
            "resultFormat": self.result_format,
        }


class InfluxQueryBuilder(Builder[Dataquery]):
    """Builds a query of *source*; see `over_time`, `per_athlete`."""

    def __init__(self, source: DataSourceRef) -> None:
        self._source = source
        self._measurement = "medical" if source is MEDICAL else "performance"
        self._built = InfluxQuery(source, "", "", "time_series")

    def over_time(self, figure: str, window: str, summary: str = "max") -> Self:
        """Ask for *figure* of each *window* of the shown time, a line for each athlete."""
        query = (
            f'SELECT {summary}("{figure}") FROM "{self._measurement}" WHERE "window" = \'{window}\' AND {_SESSION} AND '  # noqa: S608 - names of ours
            f'{_ATHLETE} AND $timeFilter GROUP BY time($__interval), "athlete" fill(none)'
        )
        self._built = InfluxQuery(self._source, query, "$tag_athlete", "time_series")
        return self

    def per_athlete(self, figures: dict[str, str]) -> Self:
        """Ask for *figures* of the whole session so far under the names given, a row for each athlete."""
        # A session's point lies where it began, which need not be in the time that is shown.
        columns = ", ".join(f'last("{figure}") AS "{name}"' for figure, name in figures.items())
        query = (
            f'SELECT {columns} FROM "{self._measurement}" WHERE "window" = \'session\' AND {_SESSION} AND {_ATHLETE} '  # noqa: S608
            'GROUP BY "athlete"'
        )
        self._built = InfluxQuery(self._source, query, "", "table")
        return self

    def per_session(self, figure: str) -> Self:
        """Ask for *figure* of each session in the shown time, a line for each athlete."""
        query = (
            f'SELECT "{figure}" FROM "{self._measurement}" WHERE "window" = \'session\' AND {_ATHLETE} AND $timeFilter '  # noqa: S608
            'GROUP BY "athlete"'
        )
        self._built = InfluxQuery(self._source, query, "$tag_athlete", "time_series")
        return self

    def build(self) -> Dataquery:
        """Return the query."""
        return self._built


_SESSION: Final = '"session" =~ /^$session$/'
_ATHLETE: Final = '"athlete" =~ /^$athlete$/'

SESSIONS: Final = 'SHOW TAG VALUES FROM "performance" WITH KEY = "session"'
"""What the choice of a session offers."""

ATHLETES: Final = 'SHOW TAG VALUES FROM "performance" WITH KEY = "athlete"'
"""What the choice of athletes offers."""
