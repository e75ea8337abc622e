"""`pressbox grafana`: dashboards over the figures in InfluxDB."""

import importlib.util
from pathlib import Path

import click

from pressbox.cli.options import data_option, json_option, show_json
from pressbox.errors import BadSettings
from pressbox.settings import load_settings
from pressbox.stores.influxdb import InfluxdbSettings


@click.group()
def grafana() -> None:
    """Draw figures in Grafana; they are in InfluxDB where [metrics] is set."""


@grafana.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@data_option
@json_option
def export(directory: Path, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Write data sources and dashboards into DIRECTORY, in the form Grafana is provisioned with.

    Copy provisioning/ to /etc/grafana/provisioning and dashboards/ to /etc/grafana/dashboards/pressbox, and give Grafana
    the password in INFLUXDB_PASSWORD, or for InfluxDB 2 the token in INFLUXDB_TOKEN. Who may see heart rates is decided
    by who may use the data source "pressbox medical".
    """
    del data
    if importlib.util.find_spec("grafana_foundation_sdk") is None:
        raise BadSettings("dashboards need the extra grafana: pip install 'pressbox[grafana]'")
    from pressbox.grafana.provisioning import write_provisioning  # noqa: PLC0415 - an extra

    written = write_provisioning(directory, load_settings(settings).metrics or InfluxdbSettings())
    if as_json:
        show_json([str(path) for path in written])
        return
    for path in written:
        click.echo(path)
