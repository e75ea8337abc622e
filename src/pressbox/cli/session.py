"""`pressbox session`: open and close what athletes wear sensors in, and its periods."""

import csv
from pathlib import Path
from typing import Any

import click
import msgspec

from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.cli.running import ask
from pressbox.errors import BadInput
from pressbox.model.session import PRESETS, AthleteProfile

_COLUMNS = ("athlete", "name", "heart_rate_bpm_rest", "heart_rate_bpm_max", "sex", "speed_mm_s_top", "device")


@click.group()
def session() -> None:
    """Open and close sessions and their periods; a running pressbox does it at once."""


@session.command("open")
@click.argument("name", metavar="STADIUM/SESSION")
@click.option(
    "--sport",
    type=click.Choice(sorted(PRESETS)),
    default="lacrosse",
    show_default=True,
    help="Whose zones, thresholds and field it has.",
)
@click.option(
    "--athletes",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    default=None,
    help="CSV with the columns athlete, and any of name, heart_rate_bpm_rest, heart_rate_bpm_max, sex, "
    "speed_mm_s_top, device (the one this athlete wears).",
)
@click.option("--like", metavar="STADIUM/SESSION", help="Take athletes, devices and terms of this earlier session.")
@click.option("--hz", type=float, default=10.0, show_default=True, help="How many samples a second a device takes.")
@data_option
@json_option
def open_session(
    name: str,
    sport: str,
    file: Path | None,
    like: str | None,
    hz: float,
    data: Path,
    settings: Path | None,
    *,
    as_json: bool,
) -> None:
    """
    Open a session, so that samples of its devices count.

    Its figures depend on what is said here and on nothing that is changed later. Devices may be assigned while it is
    under way, by `pressbox devices assign`.
    """
    stadium, chosen = _named(name)
    said: dict[str, Any] = {"sport": sport, "hz": hz, "like": like}
    if file is not None:
        said["athletes"], said["wearers"] = _athletes(file)
    _show(ask(data, settings, "session_open", stadium=stadium, session=chosen, **said), as_json=as_json)


@session.command()
@click.argument("name", metavar="STADIUM/SESSION")
@data_option
@json_option
def close(name: str, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Close a session: its figures are final but for samples that come late."""
    stadium, chosen = _named(name)
    _show(ask(data, settings, "session_close", stadium=stadium, session=chosen), as_json=as_json)


@session.command()
@click.argument("name", metavar="STADIUM/SESSION")
@click.argument("period", required=False)
@data_option
@json_option
def period(name: str, period: str | None, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Begin PERIOD, such as Q1, ending the one under way; without PERIOD, only end it."""
    stadium, chosen = _named(name)
    _show(ask(data, settings, "session_period", stadium=stadium, session=chosen, period=period), as_json=as_json)


@session.command("list")
@data_option
@json_option
def list_sessions(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """List all sessions, open ones first."""
    told = ask(data, settings, "session_list")
    if as_json:
        show_json(told)
        return
    show_table(("session", "state", "sport", "athletes", "period"), [_row(one) for one in told])


def _named(name: str) -> tuple[str, str]:
    stadium, slash, chosen = name.partition("/")
    if not (stadium and slash and chosen) or "/" in chosen:
        raise BadInput(f"{name!r} is no session: name it as STADIUM/SESSION")
    return stadium, chosen


def _athletes(file: Path) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the profiles in *file* as plain values, and who wears which device."""
    profiles, wearers = [], {}
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text)
        unknown = [name for name in rows.fieldnames or () if name not in _COLUMNS]
        if unknown or "athlete" not in (rows.fieldnames or ()):
            raise BadInput(f"{file}: has {', '.join(rows.fieldnames or ())}; known are {', '.join(_COLUMNS)}")
        for number, row in enumerate(rows, start=2):
            told = {name: value.strip() for name, value in row.items() if name and value and value.strip()}
            device = told.pop("device", None)
            try:
                profile = msgspec.convert(told, AthleteProfile, strict=False)
            except msgspec.ValidationError as error:
                raise BadInput(f"{file}, line {number}: {error}") from error
            profiles.append(msgspec.to_builtins(profile))
            if device is not None:
                wearers[device] = profile.athlete
    return profiles, wearers


def _show(told: Any, *, as_json: bool) -> None:
    if as_json:
        show_json(told)
        return
    name, state, sport, athletes, under_way = _row(told)
    period_told = f", {under_way}" if under_way else ""
    click.echo(f"{name}: {state}, {sport}, {athletes} athletes, {len(told['wearers'])} devices{period_told}")


def _row(told: Any) -> tuple[str, ...]:
    periods = told["periods"]
    under_way = periods[-1]["name"] if periods and periods[-1]["end_ms"] is None else ""
    return (
        f"{told['stadium']}/{told['session']}",
        told["state"],
        told["sport"],
        str(len(told["athletes"])),
        under_way,
    )
