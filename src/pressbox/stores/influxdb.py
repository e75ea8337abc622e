"""
Figures of windows in InfluxDB, for dashboards: performance in one database, what is medical in another one.

A window is one point: its measurement is `performance` or `medical`, its tags are stadium, session, athlete and window,
its time is when it begins. A later telling is the same point again, so what comes twice changes nothing. Figures are
fields of a type that never changes; one that cannot be told is left out, and one by zone is a field for each zone,
numbered as in the report. The cursor lies in a file of ours and moves after the points.

Open seconds come from the live channel, as the point that the closed second is later. What is live and what is closed
goes one way, one after the other; the highest mark sent of a point is kept, and what is below it is never sent.
"""

import base64
import http.client
import math
import re
import ssl
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import fields

from pressbox.errors import BadSettings, Unavailable
from pressbox.model.live import LiveFigures
from pressbox.model.load import ResultErased, WindowMedical, WindowPerformance
from pressbox.model.metric import Medical, Performance
from pressbox.stores.sqlite_progress import SqliteProgress
from pressbox.stream.revision import BEFORE_ALL, Mark
from pressbox.stream.store import Batch, Cursor

SECRET: Final = {"secret": True}

_TIMEOUT_S: Final = 20.0
_OK: Final = range(200, 300)
_NOT_ALLOWED: Final = (401, 403)
_TOO_OLD: Final = ("beyond retention", "outside retention policy")  # as version 1 and version 2 say it
_SPECIAL: Final = re.compile(r"([,= \\])")

_LIVE_REST_S: Final = 0.5  # Grafana asks less often still
_LIVE_WAIT_S: Final = 0.5
_LIVE_RETRY_S: Final = 1.0
_OPEN_MAX: Final = 20_000  # seconds that wait while InfluxDB answers slowly; the log tells them all
_MARKS_MAX: Final = 20_000  # by far more than are open at once, and what was closed for long is not told live

_Key: TypeAlias = tuple[str, str, str, str, int]

W = TypeVar("W", bound=WindowPerformance | WindowMedical)


class InfluxdbSettings(Struct, frozen=True, kw_only=True, tag="influxdb", tag_field="kind", forbid_unknown_fields=True):
    """Figures go to InfluxDB as well, for Grafana. Version 1 makes its databases; in version 2 the buckets are there."""

    url: Annotated[str, Meta(description="http:// or https:// address")] = "http://127.0.0.1:8086"
    version: Annotated[
        Literal["1", "2"], Meta(description="1: /write with user and password; 2: /api/v2/write with a token")
    ] = "1"
    performance: Annotated[str, Meta(description="database or bucket of performance")] = "pressbox"
    medical: Annotated[str, Meta(description="database or bucket of what is medical; never the same")] = (
        "pressbox_medical"
    )
    user: Annotated[str | None, Meta(description="user, in version 1")] = None
    password: Annotated[str | None, Meta(description="password, in version 1", extra=SECRET)] = None
    organisation: Annotated[str, Meta(description="organisation, in version 2")] = "pressbox"
    token: Annotated[str | None, Meta(description="token, in version 2", extra=SECRET)] = None
    retention: Annotated[
        str,
        Meta(description="how long version 1 keeps points, such as 52w or 90d; 0s: for ever", pattern=r"^\d+[smhdw]$"),
    ] = "0s"

    def check(self) -> None:
        """
        Look at what belongs together.

        Raises:
            BadSettings: the two databases are one, or the address is none of HTTP.
        """
        if self.performance == self.medical:
            raise BadSettings("metrics.performance and metrics.medical: medical figures need a database of their own")
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise BadSettings(f"metrics.url: {self.url!r} is no http:// or https:// address")


class InfluxdbMetrics(Generic[W]):
    """
    A store of windows; it is written only, and read by whoever draws dashboards.

    `write` brings what is in the log and `run_live` what `tell` is told; each may have a thread of its own.
    """

    def __init__(self, settings: InfluxdbSettings, data: Path, kind: type[W]) -> None:
        settings.check()
        self._settings = settings
        self._measurement = "medical" if issubclass(kind, WindowMedical) else "performance"
        self._database = settings.medical if issubclass(kind, WindowMedical) else settings.performance
        self.name = f"influxdb {self._measurement}"
        self._progress = SqliteProgress(data / f"influxdb-{self._measurement}.sqlite")
        self._connection: http.client.HTTPConnection | None = None
        self._sending = threading.Lock()  # held while points are on their way, so that none overtakes another
        self._marks: dict[_Key, Mark] = {}
        self._open: dict[_Key, W] = {}
        self._waiting = threading.Condition()

    def open(self) -> None:
        """Make the database, and open the file of the cursor; see `Store.open`."""
        with self._sending:
            if self._settings.version == "1":
                self._ask(f"CREATE DATABASE {_quoted(self._database)}")
                duration = "INF" if self._settings.retention.startswith("0") else self._settings.retention
                self._ask(f"ALTER RETENTION POLICY autogen ON {_quoted(self._database)} DURATION {duration}")
            self._progress.open()

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        return self._progress.cursor(partition)

    def write(self, batch: Batch[W]) -> None:
        """
        Send the newest telling of each window of *batch*, then move the cursor; see `Store.write`.

        What InfluxDB refuses for good, because somebody else wrote a field of another type, stops this store until it
        is mended and is told with the reason: no dead letter may carry heart rates to who looks at those.
        """
        results: Sequence[W | ResultErased] = batch.results
        with self._sending:
            self._send((one for one in results if not isinstance(one, ResultErased)), again=True)
            self._progress.move(batch.partition, batch.cursor)

    def tell(self, figures: LiveFigures) -> None:
        """Take the open seconds of *figures* for `run_live` to send; it never waits for InfluxDB."""
        told: Iterable[Any] = figures.medical if self._measurement == "medical" else figures.performance
        with self._waiting:
            for one in told:
                if one.window == "second":
                    self._open[_key(one)] = one
            while len(self._open) > _OPEN_MAX:
                del self._open[next(iter(self._open))]
            self._waiting.notify()

    def run_live(self, stopping: threading.Event) -> None:
        """Send what is told live until *stopping* is set; what cannot be sent is left to the log."""
        while not stopping.is_set():
            with self._waiting:
                self._waiting.wait_for(lambda: bool(self._open), _LIVE_WAIT_S)
            try:
                self.send_open()
            except (Unavailable, BadSettings):  # the pump of the same store says so
                stopping.wait(_LIVE_RETRY_S)
            else:
                stopping.wait(_LIVE_REST_S)

    def send_open(self) -> None:
        """
        Send the open seconds that were told since the last time. They are sent once, or never.

        Raises:
            Unavailable: InfluxDB does not take them now.
            BadSettings: it does not take them as it is set.
        """
        with self._sending:
            with self._waiting:
                told, self._open = list(self._open.values()), {}
            self._send(told, again=False)

    def erase(self, athlete: str) -> None:
        """Take out every window of *athlete*; see `MetricsEraser.erase`."""
        if self._settings.version == "1":
            self._ask(
                f"DROP SERIES FROM {self._measurement} WHERE athlete = '{_escaped_text(athlete)}'", self._database
            )
            return
        predicate = f'_measurement="{self._measurement}" AND athlete="{_escaped_text(athlete, quote_mark=chr(34))}"'
        body = {"start": "1970-01-01T00:00:00Z", "stop": "2200-01-01T00:00:00Z", "predicate": predicate}
        asked = {"org": self._settings.organisation, "bucket": self._database}
        status, said = self._post(f"/api/v2/delete?{urlencode(asked)}", msgspec.json.encode(body))
        if status not in _OK:
            raise Unavailable(f"InfluxDB did not erase: {said}")

    def close(self) -> None:
        """Let go of the connection and the file."""
        with self._sending:
            self._leave()
            self._progress.close()

    def _send(self, told: Iterable[W], *, again: bool) -> None:
        newest: dict[_Key, W] = {}
        for one in told:
            key = _key(one)
            highest = _mark(newest[key]) if key in newest else self._marks.get(key, BEFORE_ALL)
            if _mark(one) > highest or (again and _mark(one) == highest):
                newest[key] = one
        if not newest:
            return
        self._keep_marks(newest)  # first: where no answer comes, InfluxDB may have them all the same
        body = "\n".join(line_of(self._measurement, one) for one in newest.values()).encode()
        status, said = self._post(self._write_address(), body)
        # What is older than retention lets it be would have been taken away already.
        if status not in _OK and not any(reason in said for reason in _TOO_OLD):
            raise Unavailable(f"InfluxDB answers {status}: {said}")

    def _keep_marks(self, told: Mapping[_Key, W]) -> None:
        for key, one in told.items():
            self._marks.pop(key, None)  # so that those untouched for longest stand first
            self._marks[key] = _mark(one)
        while len(self._marks) > _MARKS_MAX:
            del self._marks[next(iter(self._marks))]

    def _write_address(self) -> str:
        if self._settings.version == "1":
            return f"/write?{urlencode({'db': self._database, 'precision': 'ms'})}"
        asked = {"org": self._settings.organisation, "bucket": self._database, "precision": "ms"}
        return f"/api/v2/write?{urlencode(asked)}"

    def _ask(self, query: str, database: str = "") -> None:
        asked = {"q": query, **({"db": database} if database else {})}
        status, said = self._post(f"/query?{urlencode(asked)}", b"")
        if status not in _OK or '"error"' in said:
            raise Unavailable(f"InfluxDB answers {status} to {query.split(' WHERE ', maxsplit=1)[0]}: {said}")

    def _post(self, address: str, body: bytes) -> tuple[int, str]:
        try:
            connection = self._connected()
            connection.request("POST", address, body, self._headers())
            answer = connection.getresponse()
            status, said = answer.status, answer.read().decode(errors="replace").strip()
        except (OSError, http.client.HTTPException) as error:
            self._leave()
            raise Unavailable(f"InfluxDB at {self._settings.url}: {str(error) or type(error).__name__}") from error
        if status in _NOT_ALLOWED:
            raise BadSettings(
                f"InfluxDB at {self._settings.url} refuses who metrics.user, password or token names: {said}"
            )
        return status, said

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            place = urlsplit(self._settings.url)
            host, port = str(place.hostname), place.port
            if place.scheme == "https":
                context = ssl.create_default_context()
                self._connection = http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=context)
            else:
                self._connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
        return self._connection

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _headers(self) -> dict[str, str]:
        if self._settings.version != "1":
            return {"Authorization": f"Token {self._settings.token or ''}"}
        if self._settings.user is None:
            return {}
        known = f"{self._settings.user}:{self._settings.password or ''}".encode()
        return {"Authorization": f"Basic {base64.b64encode(known).decode()}"}


def line_of(measurement: str, told: WindowPerformance | WindowMedical) -> str:
    """Return *told* in line protocol, its time in milliseconds."""
    figures: Performance | Medical = told.medical if isinstance(told, WindowMedical) else told.performance
    tags = {"athlete": told.athlete, "session": told.session, "stadium": told.stadium, "window": told.window}
    tagged = ",".join(f"{name}={_escaped(value)}" for name, value in tags.items())
    values = [f"revision={told.revision}i", f"result_index={told.index}i"]
    for name, is_int in _types(type(figures)):
        values += _fields(name, getattr(figures, name), is_int=is_int)
    return f"{measurement},{tagged} {','.join(values)} {told.start_ms}"


@cache
def _types(figures: type[Performance | Medical]) -> tuple[tuple[str, bool], ...]:
    return tuple((field.name, "int" in str(field.type)) for field in fields(figures))


def _fields(name: str, value: Any, *, is_int: bool) -> list[str]:
    if isinstance(value, dict):
        first = 0 if "heart_rate" in name else 1  # as in the report: heart rate zones begin below the first
        return [_field(f"{name}_{place}", one) for place, one in enumerate(value.values(), start=first)]
    if value is None or not math.isfinite(value):
        return []
    return [f"{name}={value}i" if is_int else _field(name, value)]


def _field(name: str, value: float) -> str:
    return f"{name}={float(value)!r}"


def _key(told: WindowPerformance | WindowMedical) -> _Key:
    return told.stadium, told.session, told.athlete, told.window, told.start_ms


def _mark(told: WindowPerformance | WindowMedical) -> Mark:
    return told.revision, told.index


def _escaped(value: str) -> str:
    return _SPECIAL.sub(r"\\\1", value)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped_text(value: str, *, quote_mark: str = "'") -> str:
    return value.replace("\\", "\\\\").replace(quote_mark, f"\\{quote_mark}")


def influxdb_sinks(settings: InfluxdbSettings, data: Path) -> tuple[InfluxdbMetrics[Any], InfluxdbMetrics[Any]]:
    """Return the stores of performance and of what is medical; their cursors lie in the folder *data*."""
    return InfluxdbMetrics(settings, data, WindowPerformance), InfluxdbMetrics(settings, data, WindowMedical)
