"""`pressbox audit`: who saw medical data, who came in, and who changed what others may see."""

from datetime import UTC, datetime
from pathlib import Path

import click

from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.cli.registry import administration_of, told_time


@click.group()
def audit() -> None:
    """Show what was written down about who saw what."""


@audit.command("list")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), default=None, help="Time, in UTC.")
@data_option
@json_option
def list_entries(since: datetime | None, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """List the audit log, the newest entry first."""
    del settings
    since_ms = 0 if since is None else int(since.replace(tzinfo=UTC).timestamp() * 1000)
    found = [entry for _, entry in administration_of(data).audit(since_ms=since_ms)]
    if as_json:
        show_json(found)
        return
    rows = [
        (told_time(one.time_ms), one.who, one.deed, one.what, one.athlete or "", one.session or "") for one in found
    ]
    show_table(("time", "who", "did", "what", "athlete", "session"), rows)
