"""Figures in a real InfluxDB: the same as in the store of ours, through repeats, restarts, and an InfluxDB that is away."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from pressbox.errors import BadSettings, Unavailable
from pressbox.log.segments import SegmentLog
from pressbox.model.live import LiveFigures
from pressbox.model.load import ResultErased, WindowMedical, WindowPerformance, decode_load_result, encode_load_result
from pressbox.model.metric import Medical
from pressbox.pipelines.athlete_load import LOAD_PERFORMANCE
from pressbox.runtime.pump import Pump
from pressbox.sensors import SAMPLE_TOPICS, Sensors
from pressbox.stores.influxdb import InfluxdbSettings, influxdb_sinks, line_of
from pressbox.stores.sqlite_checkpoints import FILE_NAME as CHECKPOINTS_FILE
from pressbox.stream.clock import SystemClock
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord
from pressbox.stream.store import Batch, Cursor
from servers import influxdb, influxdb2
from servers.catalogue import Server as Catalogued
from servers.ports import free_ports
from tests.contracts.metrics_store import told
from tests.requirement import needed
from tests.sources.fake_objects import FakeClock
from tests.test_sensors import SESSION, STADIUM, Place, open_one

SERVERS: Mapping[str, Catalogued] = {"1": influxdb, "2": influxdb2}

_NAMES = (f"figures_{number}" for number in count(1))

HEART = Medical(
    heart_rate_samples=3,
    heart_rate_s=2.5,
    heart_rate_bpm_mean=151.5,
    heart_rate_bpm_min=140,
    heart_rate_bpm_max=163,
    seconds_by_heart_rate_zone={"<50": 0.5, "50-60": 2.0},
    trimp_edwards=None,
    trimp_banister=1.25,
    trimp_banister_integrated=None,
    heart_rates_refused=0,
)


def parsed(line: str) -> tuple[str, dict[str, str], dict[str, str], int]:
    """Read line protocol back: measurement, tags, fields as they are written, time."""
    parts: list[list[str]] = [[""]]
    escaped = False
    for character in line:
        if escaped or character not in "\\ ,":
            parts[-1][-1] += character
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == " ":
            parts.append([""])
        else:
            parts[-1].append("")
    (measurement, *tags), written, (at,) = parts
    pairs = [dict(one.split("=", 1) for one in group) for group in (tags, written)]
    return measurement, pairs[0], pairs[1], int(at)


names = st.text(st.characters(codec="ascii", categories=["L", "N"], include_characters=" ,\\."), min_size=1).filter(
    lambda name: not name.endswith("\\")
)


@given(names, names, st.integers(0, 10**9))
def test_what_is_written_as_a_line_is_read_back(athlete: str, session: str, start_s: int) -> None:
    one = told(start_s, 3, athlete=athlete, session=session)
    measurement, tags, written, time_ms = parsed(line_of("performance", one))
    assert (measurement, time_ms) == ("performance", one.start_ms)
    assert tags == {"athlete": athlete, "session": session, "stadium": "dome", "window": "second"}
    for name, value in asdict(one.performance).items():
        if isinstance(value, int):
            assert written[name] == f"{value}i"
        elif isinstance(value, float):
            assert float(written[name]) == value
        elif value is None:
            assert name not in written
        else:
            assert [float(written[f"{name}_{zone}"]) for zone in range(1, len(value) + 1)] == list(value.values())


def test_heart_rate_zones_are_numbered_from_below_the_first() -> None:
    line = line_of("medical", WindowMedical("dome", "a", "7", "second", 0, 1, 0, HEART))
    _, _, written, _ = parsed(line)
    assert (written["seconds_by_heart_rate_zone_0"], written["seconds_by_heart_rate_zone_1"]) == ("0.5", "2.0")
    assert "trimp_edwards" not in written


def test_medical_figures_need_a_database_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"metrics\.medical"):
        influxdb_sinks(InfluxdbSettings(performance="one", medical="one"), tmp_path)
    with pytest.raises(BadSettings, match=r"metrics\.url"):
        influxdb_sinks(InfluxdbSettings(url="influx:8086"), tmp_path)


def test_an_influxdb_that_is_away_stops_nothing_else(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    settings = InfluxdbSettings(url=f"http://127.0.0.1:{port}")
    clock = FakeClock()
    log = SegmentLog(tmp_path / "log", [Topic(name) for name in SAMPLE_TOPICS], now_ms=clock.now_ms)
    sensors = Sensors(tmp_path, log, clock, metrics=settings)
    sensors.open()
    assert sensors.session_open("north", "game").state == "open"
    assert sensors.session_close("north", "game").state == "closed"
    sensors.close()
    log.close()


class Server:
    """An InfluxDB of a test run, asked as its admin."""

    def __init__(self, version: str, folder: Path) -> None:
        self.version, self._folder = version, folder
        self.start()

    def start(self) -> None:
        self._running = SERVERS[self.version].start(self._folder)
        self.access = self._running.access

    def stop(self) -> None:
        self._running.stop()

    def settings(self, *, seconds_kept: int = 0, **more: Any) -> InfluxdbSettings:
        """Return settings of databases of their own; in version 2 somebody makes the buckets, and a token to write."""
        name = next(_NAMES)
        databases = {"performance": name, "medical": f"{name}_medical"}
        if self.version == "2":
            rules = [{"type": "expire", "everySeconds": seconds_kept}] if seconds_kept else []
            organisation = self._ask("GET", "/api/v2/orgs", params={"org": self.access["organisation"]})["orgs"][0][
                "id"
            ]
            allowed = []
            for bucket in databases.values():
                body = {"orgID": organisation, "name": bucket, "retentionRules": rules}
                made = self._ask("POST", "/api/v2/buckets", json=body)["id"]
                allowed.append({"action": "write", "resource": {"type": "buckets", "id": made, "orgID": organisation}})
            body = {"orgID": organisation, "permissions": allowed}
            more = {"token": self._ask("POST", "/api/v2/authorizations", json=body)["token"], **more}
        elif seconds_kept:
            more["retention"] = f"{seconds_kept}s"
        return InfluxdbSettings(**{**self.access, "version": self.version, **databases, **more})

    def wrong_secret(self) -> dict[str, str]:
        return {"token" if self.version == "2" else "password": "wrong-one"}

    def rows(self, database: str, query: str) -> list[dict[str, Any]]:
        (result,) = self._ask("GET", "/query", params={"db": database, "q": query, "epoch": "ms"})["results"]
        return [
            dict(zip(series["columns"], row, strict=True))
            for series in result.get("series", [])
            for row in series["values"]
        ]

    def write(self, database: str, line: str) -> None:
        if self.version == "2":
            asked = {"org": self.access["organisation"], "bucket": database}
            self._ask("POST", "/api/v2/write", params=asked, content=line)
        else:
            self._ask("POST", "/write", params={"db": database}, content=line)

    def _ask(self, method: str, address: str, **more: Any) -> Any:
        if self.version == "2":
            more["headers"] = {"Authorization": f"Token {self.access['token']}"}
        else:
            more["auth"] = self.access["user"], self.access["password"]
        answer = httpx.request(method, f"{self.access['url']}{address}", **more)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    needed(SERVERS[request.param].NAME)
    running = Server(request.param, tmp_path_factory.mktemp("influxdb"))
    yield running
    running.stop()


@pytest.mark.server
def test_the_newest_telling_stands_and_what_comes_twice_changes_nothing(server: Server, tmp_path: Path) -> None:
    settings = server.settings()
    store, _ = influxdb_sinks(settings, tmp_path)
    store.open()
    results = [told(1, 1), told(2, 2), told(1, 5), told(1, 5, athlete="8"), ResultErased("dome", "a", 9, 0)]
    for _ in range(2):
        store.write(Batch(0, results, Cursor(0, 5)))
    store.write(Batch(0, [told(2, 8)], Cursor(0, 6)))
    found = server.rows(settings.performance, 'SELECT * FROM "performance" ORDER BY time')
    assert sorted((row["time"], row["athlete"], row["revision"]) for row in found) == [
        (1000, "7", 5),
        (1000, "8", 5),
        (2000, "7", 8),
    ]
    expected = told(2, 8).performance
    (row,) = (row for row in found if row["time"] == 2000)
    assert (row["samples"], row["distance_m"]) == (expected.samples, expected.distance_m)
    assert store.cursor(0) == Cursor(0, 6)
    store.close()
    again, _ = influxdb_sinks(settings, tmp_path)
    again.open()
    assert again.cursor(0) == Cursor(0, 6)
    again.close()


@pytest.mark.server
def test_medical_figures_lie_in_their_own_database_only(server: Server, tmp_path: Path) -> None:
    settings = server.settings()
    performance, medical = influxdb_sinks(settings, tmp_path)
    for store in (performance, medical):
        store.open()
    performance.write(Batch(0, [told(1, 1)], Cursor(0, 1)))
    medical.write(Batch(0, [WindowMedical("dome", "a", "7", "second", 1000, 1, 0, HEART)], Cursor(0, 1)))
    (row,) = server.rows(settings.medical, 'SELECT * FROM "medical"')
    assert (row["heart_rate_bpm_mean"], row["heart_rate_bpm_max"]) == (151.5, 163)
    assert not [name for name in server.rows(settings.performance, "SHOW FIELD KEYS") if "heart" in name["fieldKey"]]
    for store in (performance, medical):
        store.close()


@pytest.mark.server
def test_an_athlete_is_erased_and_nobody_else(server: Server, tmp_path: Path) -> None:
    settings = server.settings()
    store, _ = influxdb_sinks(settings, tmp_path)
    store.open()
    store.write(Batch(0, [told(1, 1, athlete=athlete) for athlete in ("7", "8", "o'hara")], Cursor(0, 3)))
    for athlete in ("7", "7", "o'hara"):
        store.erase(athlete)
    assert [row["athlete"] for row in server.rows(settings.performance, 'SELECT * FROM "performance"')] == ["8"]
    store.close()


@pytest.mark.server
def test_what_is_older_than_retention_is_passed_over_and_what_is_younger_beside_it_is_there(
    server: Server, tmp_path: Path
) -> None:
    settings = server.settings(seconds_kept=52 * 7 * 24 * 3600)
    store, _ = influxdb_sinks(settings, tmp_path)
    store.open()
    today_s = int(SystemClock().now_ms() / 1000)
    store.write(Batch(0, [told(1, 1), told(today_s, 2)], Cursor(0, 2)))  # the first is of 1970
    assert store.cursor(0) == Cursor(0, 2)
    (row,) = server.rows(settings.performance, 'SELECT revision FROM "performance"')
    assert row == {"time": 1000 * today_s, "revision": 2}
    store.close()


@pytest.mark.server
def test_a_database_of_version_1_keeps_points_as_long_as_the_settings_say(tmp_path: Path) -> None:
    needed("influxdb")
    server = Server("1", tmp_path)
    settings = server.settings(retention="52w")
    store, _ = influxdb_sinks(settings, tmp_path)
    store.open()
    (policy,) = server.rows(settings.performance, f'SHOW RETENTION POLICIES ON "{settings.performance}"')
    assert policy["duration"] == "8736h0m0s"
    store.close()
    server.stop()


@pytest.mark.server
def test_a_wrong_secret_is_told_with_its_keys_and_without_itself(server: Server, tmp_path: Path) -> None:
    log = SegmentLog(tmp_path / "log", [Topic(LOAD_PERFORMANCE)], now_ms=FakeClock().now_ms)
    append(log, [1])
    store, _ = influxdb_sinks(server.settings(**server.wrong_secret()), tmp_path)
    pump = Pump(store, LOAD_PERFORMANCE, decode_load_result, log)
    with pytest.raises(BadSettings, match=r"metrics\.user") as refusal:
        pump.step()
    assert "wrong-one" not in pump.state().problem
    assert "wrong-one" not in str(refusal.value)
    store.close()
    log.close()


@pytest.mark.server
def test_a_field_of_another_type_stops_the_store_with_the_reason_and_loses_nothing(
    server: Server, tmp_path: Path
) -> None:
    settings = server.settings()
    store, _ = influxdb_sinks(settings, tmp_path)
    store.open()
    server.write(settings.performance, 'performance,window=second samples="many" 1000000000')
    with pytest.raises(Unavailable, match="samples"):
        store.write(Batch(0, [told(1, 1)], Cursor(0, 1)))
    assert store.cursor(0) is None
    store.close()


@pytest.mark.server
@pytest.mark.parametrize("version", SERVERS)
def test_what_came_while_it_was_away_is_caught_up_when_it_returns(version: str, tmp_path: Path) -> None:
    needed(SERVERS[version].NAME)
    own = Server(version, tmp_path)
    settings = own.settings()
    clock = FakeClock()
    log = SegmentLog(tmp_path / "log", [Topic(LOAD_PERFORMANCE)], now_ms=clock.now_ms)
    store, _ = influxdb_sinks(settings, tmp_path)
    pump = Pump(store, LOAD_PERFORMANCE, decode_load_result, log)
    append(log, range(1, 4))
    pump.drain()
    own.stop()
    append(log, range(4, 9))
    with pytest.raises(Unavailable, match="InfluxDB at"):
        pump.step()
    store.tell(live(told(9, 9)))
    with pytest.raises(Unavailable, match="InfluxDB at"):
        store.send_open()
    own.start()
    try:
        pump.drain()
        store.send_open()  # what could not be sent is not sent again
        found = own.rows(settings.performance, 'SELECT samples FROM "performance"')
        assert [row["time"] for row in found] == [1000 * start for start in range(1, 9)]
    finally:
        own.stop()
    store.close()
    log.close()


@pytest.mark.server
def test_a_restart_goes_on_from_the_cursor(server: Server, tmp_path: Path) -> None:
    settings = server.settings()
    log = SegmentLog(tmp_path / "log", [Topic(LOAD_PERFORMANCE)], now_ms=FakeClock().now_ms)
    carried = []
    for starts in (range(1, 4), range(4, 6)):
        append(log, starts)
        store, _ = influxdb_sinks(settings, tmp_path)
        pump = Pump(store, LOAD_PERFORMANCE, decode_load_result, log)
        carried.append(pump.step())
        store.close()
    assert carried == [3, 2]
    found = server.rows(settings.performance, 'SELECT revision FROM "performance"')
    assert [row["revision"] for row in found] == [1, 2, 3, 4, 5]
    log.close()


@pytest.mark.server
def test_an_open_second_is_the_point_that_the_closed_one_is_later(server: Server, tmp_path: Path) -> None:
    settings = server.settings()
    store, _ = influxdb_sinks(settings, tmp_path)
    store.open()
    store.tell(live(told(1, 1), told(1, 2, window="session")))
    store.tell(live(told(1, 3)))
    store.send_open()
    assert revisions(server, settings) == [("second", 1000, 3)]
    store.write(Batch(0, [told(1, 5)], Cursor(0, 1)))
    store.tell(live(told(1, 4), told(2, 4)))  # it came later, and tells of before
    store.send_open()
    assert revisions(server, settings) == [("second", 1000, 5), ("second", 2000, 4)]
    (row,) = server.rows(settings.performance, 'SELECT samples FROM "performance" WHERE time = 1000000000')
    assert row["samples"] == told(1, 5).performance.samples
    store.close()


@pytest.mark.server
def test_a_store_that_lags_does_not_put_an_older_telling_over_a_live_one(server: Server, tmp_path: Path) -> None:
    settings = server.settings()
    store, _ = influxdb_sinks(settings, tmp_path)
    store.open()
    store.tell(live(told(1, 9)))
    store.send_open()
    store.write(Batch(0, [told(1, 4), told(2, 4)], Cursor(0, 2)))
    assert revisions(server, settings) == [("second", 1000, 9), ("second", 2000, 4)]
    assert store.cursor(0) == Cursor(0, 2)
    store.close()


@pytest.mark.server
def test_a_second_is_there_while_it_is_open_and_becomes_the_one_in_the_log(server: Server, tmp_path: Path) -> None:
    settings, place = server.settings(), Place(tmp_path)
    with place.opened(metrics=settings) as sensors:
        open_one(sensors)
        with working(sensors):
            for second in range(3):  # a second closes two seconds after its end
                place.send(second)
            assert eventually(place, lambda: len(seconds(server, settings)) == 3)
            assert place.log.end(LOAD_PERFORMANCE, 0) == 0
            medical = server.rows(settings.medical, 'SELECT heart_rate_bpm_mean FROM "medical"')
            assert [row["heart_rate_bpm_mean"] for row in medical] == [120.0] * 3
            for second in range(3, 7):
                place.send(second)
            assert eventually(place, lambda: len(seconds(server, settings)) == 7 and lag(sensors) == 0)
            closed = {one.start_ms: one.revision for one in told_of_seconds(place)}
            assert len(closed) == 4
            assert {start: seconds(server, settings)[start] for start in closed} == closed


@pytest.mark.server
def test_a_recovery_that_folds_everything_again_sends_no_second_that_was_open_then(
    server: Server, tmp_path: Path
) -> None:
    settings, place = server.settings(), Place(tmp_path)
    with place.opened(metrics=settings) as sensors:
        open_one(sensors)
        for second in range(520):  # more than the fold takes at once, so that its recovery stops where some are open
            place.send(second)
        sensors.session_close(STADIUM, SESSION)
        for pump in sensors.pumps:
            pump.drain()
    before = seconds(server, settings)
    assert len(before) == 520
    told_before = len(place.figures)
    for file in tmp_path.glob(f"{CHECKPOINTS_FILE}*"):
        file.unlink()
    with place.opened(metrics=settings) as sensors:
        assert sensors.runner.recovery.records > 520
        assert any(one.window == "second" for figures in place.figures[told_before:] for one in figures.performance)
        for sink in sensors._sinks:
            sink.send_open()
    assert seconds(server, settings) == before


@contextmanager
def working(sensors: Sensors) -> Iterator[None]:
    """Give the parts of *sensors* their threads."""
    stopping, threads = threading.Event(), list[threading.Thread]()

    def spawn(name: str, work: Callable[[], None]) -> None:
        threads.append(threading.Thread(target=work, name=name))
        threads[-1].start()

    sensors.start(spawn, stopping)
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def eventually(place: Place, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        place.clock.go(1)
    return condition()


def lag(sensors: Sensors) -> int:
    return sum(pump.state().lag for pump in sensors.pumps)


def told_of_seconds(place: Place) -> list[WindowPerformance]:
    results = place.results(LOAD_PERFORMANCE)
    return [one for one in results if isinstance(one, WindowPerformance) and one.window == "second"]


def seconds(server: Server, settings: InfluxdbSettings) -> dict[int, int]:
    """The revision of each second in InfluxDB, by its time."""
    return {time_ms: revision for window, time_ms, revision in revisions(server, settings) if window == "second"}


def append(log: SegmentLog, starts_s: Iterable[int]) -> None:
    group = [NewRecord("dome/a", encode_load_result(told(start, start)), 0) for start in starts_s]
    log.append(LOAD_PERFORMANCE, 0, group)


def live(*figures: WindowPerformance) -> LiveFigures:
    return LiveFigures("dome", "a", 0, figures, ())


def revisions(server: Server, settings: InfluxdbSettings) -> list[tuple[str, int, int]]:
    rows = server.rows(settings.performance, 'SELECT revision, "window" FROM "performance"')
    return [(row["window"], row["time"], row["revision"]) for row in rows]
