"""`pressbox athlete`: what is held about one athlete, handed out or erased."""

import secrets
from pathlib import Path

import click
from msgspec import Struct

from pressbox import __version__
from pressbox.cli.options import data_option, json_option, show_json
from pressbox.cli.registry import by
from pressbox.cli.running import running_at
from pressbox.errors import BadSettings
from pressbox.privacy.erasure import erasing
from pressbox.privacy.export import export as export_athlete
from pressbox.privacy.holding import Holding, place_of
from pressbox.settings import load_settings
from pressbox.stream.clock import SystemClock

_NOT_REACHED = (
    "not reached: backups, files exported before, the system's own logs and copies of this disk, and devices, which may "
    "send again what they keep; see docs/privacy.md"
)


@click.group()
def athlete() -> None:
    """Hand out or erase everything that is held about one athlete."""


@athlete.command()
@click.argument("athlete")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="The new ZIP file. [default: ATHLETE.zip]",
)
@data_option
@json_option
def export(athlete: str, file: Path | None, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Write everything held about ATHLETE to one ZIP file; beside a running pressbox too.

    Readings as they came, figures, sessions, devices, consents and who saw what is medical: CSV, with a README that says
    what is what. The file is medical, and readable by its owner only; the audit log says that it was made.
    """
    place = place_of(load_settings(settings), data)
    target = file or Path(f"{athlete}.zip")
    holding = export_athlete(place, athlete, target, by=by(), pressbox=f"pressbox {__version__}", clock=SystemClock())
    if as_json:
        show_json({"athlete": athlete, "file": target, "size_bytes": target.stat().st_size})
    else:
        click.echo(f"wrote {target}, {target.stat().st_size:,} bytes: {_told(holding)}")


@athlete.command()
@click.argument("athlete")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@json_option
def erase(athlete: str, data: Path, settings: Path | None, *, yes: bool, as_json: bool) -> None:
    """
    Erase ATHLETE, for good: from the log, the archive, the stores, consents and the audit log. Stop pressbox first.

    The figures of others stay as they are. Stopped half-way, even by kill -9, it is run again and does the rest. What is
    left is a receipt in the audit log, which tells that somebody was erased, and not whom. Backups are not reached.
    """
    address = running_at(data)
    if address is not None:
        raise BadSettings(f"a pressbox runs over {data}, at {address}: stop it, then erase")
    place = place_of(load_settings(settings), data)
    with erasing(place, athlete) as erasure:
        if not erasure.is_needed:
            _show(_Erased(athlete, None), f"nothing is held about {athlete} in {data}", as_json=as_json)
            return
        if not yes:
            click.confirm(f"{_told(erasure.holding)}\nErase all of it, for good?", abort=True, err=True)
        receipt = erasure.run(by(), secrets.token_hex(6), SystemClock(), lambda part: _say(f"{part}: erased"))
    _show(_Erased(athlete, receipt), f"{athlete} is erased; receipt {receipt}", as_json=as_json)
    _say(_NOT_REACHED)


class _Erased(Struct):
    athlete: str
    receipt: str | None


def _told(holding: Holding) -> str:
    name = f" ({', '.join(sorted(holding.names))})" if holding.names else ""
    counts = [
        (len(holding.sessions), "session", "sessions"),
        (holding.records, "record", "records"),
        (holding.letters, "dead letter", "dead letters"),
        (holding.consents, "consent", "consents"),
        (holding.audit_entries, "audit entry", "audit entries"),
    ]
    told = (f"{count:,} {one if count == 1 else many}" for count, one, many in counts if count)
    return f"{holding.athlete}{name}: {', '.join(told)}"


def _say(text: str) -> None:
    click.echo(text, err=True)


def _show(answer: _Erased, text: str, *, as_json: bool) -> None:
    if as_json:
        show_json(answer)
    else:
        click.echo(text)
