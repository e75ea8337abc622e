"""The files Grafana is provisioned with. They name where passwords are taken from, and hold none."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from pressbox.grafana.dashboards import dashboards
from pressbox.grafana.query import MEDICAL, PERFORMANCE
from pressbox.stores.influxdb import InfluxdbSettings

_VERSION: Final = 1
_FOLDER: Final = "/etc/grafana/dashboards/pressbox"


def write_provisioning(folder: Path, settings: InfluxdbSettings) -> list[Path]:
    """Write data sources and dashboards over the InfluxDB of *settings* into *folder*, and return the files."""
    files: dict[str, Any] = {
        "provisioning/datasources/pressbox.yaml": _data_sources(settings),
        "provisioning/dashboards/pressbox.yaml": _providers(),
        **{f"dashboards/{name}.json": one for name, one in dashboards().items()},
    }
    written = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, cls=JSONEncoder, indent=2) + "\n", encoding="utf-8")  # JSON is YAML too
        written.append(path)
    return written


def _data_sources(settings: InfluxdbSettings) -> Mapping[str, Any]:
    sources = [
        _data_source("pressbox performance", str(PERFORMANCE.uid), settings.performance, settings),
        _data_source("pressbox medical", str(MEDICAL.uid), settings.medical, settings),
    ]
    return {"apiVersion": _VERSION, "datasources": sources}


def _data_source(name: str, uid: str, database: str, settings: InfluxdbSettings) -> Mapping[str, Any]:
    source: dict[str, Any] = {
        "name": name,
        "uid": uid,
        "type": "influxdb",
        "access": "proxy",
        "url": settings.url,
        "jsonData": {"dbName": database, "httpMode": "GET"},
    }
    if settings.version == "1":
        return {**source, "user": settings.user or "", "secureJsonData": {"password": "$INFLUXDB_PASSWORD"}}
    headers = {**source["jsonData"], "httpHeaderName1": "Authorization"}
    return {**source, "jsonData": headers, "secureJsonData": {"httpHeaderValue1": "Token $INFLUXDB_TOKEN"}}


def _providers() -> Mapping[str, Any]:
    provider = {"name": "pressbox", "type": "file", "folder": "pressbox", "options": {"path": _FOLDER}}
    return {"apiVersion": _VERSION, "providers": [provider]}
