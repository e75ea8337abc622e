"""Dashboards as code: what is exported, and that InfluxDB answers every query in it with rows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from pressbox.cli import pressbox
from pressbox.grafana.query import ATHLETES, SESSIONS
from pressbox.model.load import Window, WindowMedical
from pressbox.model.metric import Medical
from pressbox.stores.influxdb import InfluxdbSettings, influxdb_sinks
from pressbox.stream.store import Batch, Cursor
from servers import influxdb
from tests.contracts.metrics_store import told
from tests.requirement import needed

WINDOWS: tuple[Window, ...] = ("second", "minute", "session")
HEART = Medical(
    heart_rate_samples=3,
    heart_rate_s=2.5,
    heart_rate_bpm_mean=151.5,
    heart_rate_bpm_min=140,
    heart_rate_bpm_max=163,
    seconds_by_heart_rate_zone=None,
    trimp_edwards=1.5,
    trimp_banister=1.25,
    trimp_banister_integrated=1.2,
    heart_rates_refused=0,
)
SETTINGS = """\
[metrics]
kind = "influxdb"
url = "http://influx:8086"
user = "reader"
password = "${INFLUXDB_PASSWORD}"
"""


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INFLUXDB_PASSWORD", "a-secret-of-ours")
    (tmp_path / "pressbox.toml").write_text(SETTINGS)
    command = ["grafana", "export", str(tmp_path / "out"), "--settings", str(tmp_path / "pressbox.toml"), "--json"]
    answer = CliRunner().invoke(pressbox, command, catch_exceptions=False)
    assert answer.exit_code == 0
    written = [Path(name).relative_to(tmp_path / "out") for name in json.loads(answer.output)]
    assert sorted(map(str, written)) == [
        "dashboards/athlete.json",
        "dashboards/live-session.json",
        "dashboards/operations.json",
        "provisioning/dashboards/pressbox.yaml",
        "provisioning/datasources/pressbox.yaml",
    ]
    return tmp_path / "out"


def panels(folder: Path) -> list[dict[str, Any]]:
    return [
        panel
        for file in sorted((folder / "dashboards").glob("*.json"))
        for panel in json.loads(file.read_text())["panels"]
        if panel["type"] != "row"
    ]


def test_data_sources_name_where_the_password_is_and_do_not_hold_it(exported: Path) -> None:
    text = (exported / "provisioning/datasources/pressbox.yaml").read_text()
    assert "a-secret-of-ours" not in text
    sources = {one["uid"]: one for one in json.loads(text)["datasources"]}
    assert sources["pressbox-performance"]["jsonData"]["dbName"] == "pressbox"
    assert sources["pressbox-medical"]["jsonData"]["dbName"] == "pressbox_medical"
    for one in sources.values():
        assert (one["url"], one["user"]) == ("http://influx:8086", "reader")
        assert one["secureJsonData"] == {"password": "$INFLUXDB_PASSWORD"}


def test_what_is_medical_is_asked_of_the_medical_source_only(exported: Path) -> None:
    found = panels(exported)
    assert len(found) == 11
    for panel in found:
        for target in panel["targets"]:
            is_medical = any(word in target["query"] for word in ("heart", "trimp", '"medical"'))
            uid = "pressbox-medical" if is_medical else "pressbox-performance"
            assert (target["datasource"]["uid"], panel["datasource"]["uid"]) == (uid, uid)


def test_dashboards_have_their_choices_and_a_place_for_each_panel(exported: Path) -> None:
    for file in (exported / "dashboards").glob("*.json"):
        dashboard = json.loads(file.read_text())
        names = {one["name"] for one in dashboard["templating"]["list"]}
        assert "athlete" in names
        for panel in dashboard["panels"]:
            assert panel["title"]
            assert {"x", "y", "w", "h"} <= panel["gridPos"].keys()
            for target in panel["targets"]:
                assert ("$session" in target["query"]) <= ("session" in names)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[InfluxdbSettings, httpx.Client]]:
    """An InfluxDB with a session of two athletes, three windows of each kind."""
    needed("influxdb")
    running = influxdb.start(tmp_path)
    access = running.access
    settings = InfluxdbSettings(url=access["url"], user=access["user"], password=access["password"])
    performance, medical = influxdb_sinks(settings, tmp_path)
    for store in (performance, medical):
        store.open()
    windows = [
        told(start, 1, athlete=athlete, window=one) for start in (1, 2, 3) for athlete in "78" for one in WINDOWS
    ]
    hearts = [WindowMedical("dome", "a", one.athlete, one.window, one.start_ms, 1, 0, HEART) for one in windows]
    performance.write(Batch(0, windows, Cursor(0, 1)))
    medical.write(Batch(0, hearts, Cursor(0, 1)))
    with httpx.Client(base_url=access["url"], auth=(access["user"], access["password"])) as client:
        yield settings, client
    for store in (performance, medical):
        store.close()
    running.stop()


@pytest.mark.server
def test_influxdb_answers_every_query_with_rows_of_both_athletes(
    exported: Path, filled: tuple[InfluxdbSettings, httpx.Client]
) -> None:
    settings, client = filled
    for panel in panels(exported):
        for target in panel["targets"]:
            query = target["query"].replace("$session", "a").replace("$athlete", "(7|8)").replace("$__interval", "1s")
            query = query.replace("$timeFilter", "time >= 0s AND time < 10s")
            database = settings.medical if "medical" in target["datasource"]["uid"] else settings.performance
            (result,) = client.get("/query", params={"db": database, "q": query}).json()["results"]
            assert "error" not in result, (query, result)
            assert {one["tags"]["athlete"] for one in result.get("series", [])} == {"7", "8"}, query
            known = [value for one in result["series"] for row in one["values"] for value in row[1:]]
            assert any(value is not None for value in known), query
    for choice, values in ((SESSIONS, ["a"]), (ATHLETES, ["7", "8"])):
        (result,) = client.get("/query", params={"db": settings.performance, "q": choice}).json()["results"]
        assert [value for _, value in result["series"][0]["values"]] == values
