"""`pressbox consent`: whose heart rate coaches may see."""

from datetime import datetime
from pathlib import Path

import click

from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.cli.registry import administration_of, by, told_time
from pressbox.model.person import end_of


@click.group()
def consent() -> None:
    """Record what athletes consent to; beside a running pressbox too, and at once."""


@consent.command()
@click.argument("athlete")
@click.option("--stadium", default=None, help="Where it holds. [default: everywhere]")
@click.option("--to", type=click.Choice(("coaches",)), default="coaches", show_default=True, help="Who may see it.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Last day it holds, in UTC.")
@data_option
def add(athlete: str, stadium: str | None, to: str, until: datetime | None, data: Path, settings: Path | None) -> None:
    """Record that ATHLETE lets coaches see their heart rate, and what derives from it."""
    del settings
    until_ms = None if until is None else end_of(until.date())
    administration_of(data).add_consent(by(), athlete, stadium, until_ms)
    click.echo(f"{athlete}: {to} may see heart rates {_where(stadium)}")


@consent.command("list")
@data_option
@json_option
def list_consents(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """List all consents there ever were, with who recorded and who revoked each."""
    del settings
    found = administration_of(data).consents()
    if as_json:
        show_json(found)
        return
    rows = [
        (
            one.athlete,
            _where(one.stadium),
            told_time(one.until_ms),
            told_time(one.recorded_ms),
            one.recorded_by,
            told_time(one.revoked_ms),
            one.revoked_by or "",
        )
        for one in found
    ]
    show_table(("athlete", "where", "ends", "recorded", "by", "revoked", "by"), rows)


@consent.command()
@click.argument("athlete")
@click.option("--stadium", default=None, help="Take back what was given for this stadium only. [default: everything]")
@data_option
def revoke(athlete: str, stadium: str | None, data: Path, settings: Path | None) -> None:
    """Record that ATHLETE takes it back; coaches see nothing more of it within a second."""
    del settings
    administration_of(data).revoke_consent(by(), athlete, stadium)
    click.echo(f"{athlete}: revoked {'' if stadium is None else _where(stadium)}".rstrip())


def _where(stadium: str | None) -> str:
    return "everywhere" if stadium is None else f"at {stadium}"
