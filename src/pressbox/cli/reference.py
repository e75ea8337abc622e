"""`pressbox reference`: teams, players, and what final games add to them."""

from pathlib import Path
from typing import Any

import click

from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.cli.running import ask
from pressbox.errors import BadInput

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def reference() -> None:
    """Load, show and reset the tables teams and players; teams2 and players2 stand beside them."""


@reference.command()
@click.argument("teams", type=_FILE)
@click.argument("players", type=_FILE)
@data_option
@json_option
def load(teams: Path, players: Path, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Replace both tables by the files TEAMS and PLAYERS.

    \b
    Columns: id,name,conference,wins,losses and id,name,number,shots,goals,teamid
    """
    data.mkdir(parents=True, exist_ok=True)
    loaded = ask(data, settings, "reference_load", teams=_text(teams), players=_text(players))
    _show(loaded, as_json=as_json)


@reference.command()
@data_option
@json_option
def show(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Show teams and players, and teams2 and players2 once a game was final."""
    tables = ask(data, settings, "reference_show")
    if as_json:
        show_json(tables)
        return
    _show(tables["reference"], as_json=False)
    if tables["standings"] is not None:
        click.echo()
        _show(tables["standings"], as_json=False, suffix="2")


@reference.command()
@data_option
@json_option
def reset(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Put both tables back as they were loaded. Nothing else is touched."""
    _show(ask(data, settings, "reference_reset"), as_json=as_json)


@reference.command()
@click.argument("games", nargs=-1)
@click.option("--undo", is_flag=True, help="Say that they do not contain them after all.")
@data_option
@json_option
def accept(games: tuple[str, ...], data: Path, settings: Path | None, *, undo: bool, as_json: bool) -> None:
    """
    Say that teams and players contain GAMES (all final ones without a name) by now.

    Right after the script ran that moves teams2 and players2 into the base tables: those games are then not added twice.
    """
    operation = "reference_unaccept" if undo else "reference_accept"
    told = ask(data, settings, operation, games=list(games) or None)
    if as_json:
        show_json(told)
    else:
        click.echo(("taken back: " if undo else "accepted: ") + (", ".join(told) or "nothing"))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: not UTF-8 at byte {error.start}: save it as UTF-8") from error


def _show(tables: dict[str, Any], *, as_json: bool, suffix: str = "") -> None:
    if as_json:
        show_json(tables)
        return
    for name in ("teams", "players"):
        rows = tables[name]
        click.echo(f"{name}{suffix}")
        columns = list(rows[0]) if rows else ["(empty)"]
        show_table(columns, [list(row.values()) for row in rows])
