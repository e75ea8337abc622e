"""`pressbox deadletters`: what was rejected, why, and how it is mended."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import click

from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.cli.running import ask


@click.group()
def deadletters() -> None:
    """List, show and replay what was rejected; nothing is ever dropped."""


@deadletters.command("list")
@click.option("--game", default=None, help="Of this game only.")
@click.option("--all", "closed", is_flag=True, help="Those that were mended or left their feed, too.")
@data_option
@json_option
def list_letters(game: str | None, data: Path, settings: Path | None, *, closed: bool, as_json: bool) -> None:
    """
    List the dead letters that need somebody.

    Those a store refused name it; their line is the offset of the result in the log.
    """
    letters = ask(data, settings, "deadletters_list", game=game, closed=closed)
    if as_json:
        show_json(letters)
        return
    rows = [
        (
            one["id"],
            one["game"],
            one["number"],
            _time(one["refused_ms"]),
            one["state"],
            one["store"],
            _text(one["raw"])[:60],
            one["reason"],
        )
        for one in letters
    ]
    show_table(("id", "game", "line", "refused", "state", "store", "content", "reason"), rows)


@deadletters.command()
@click.argument("letter")
@data_option
@json_option
def show(letter: str, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Show the dead letter whose id begins with LETTER, with all its bytes."""
    found = ask(data, settings, "deadletters_show", letter=letter)
    if as_json:
        show_json(found)
        return
    for name in ("id", "game", "run", "number", "state", "reason", "revision"):
        click.echo(f"{name}: {found[name]}")
    click.echo(f"refused: {_time(found['refused_ms'])}" + (f" by store {found['store']}" if found["store"] else ""))
    click.echo(_text(found["raw"]))


@deadletters.command()
@click.argument("letter")
@click.option("--line", default=None, help="What the entry should have said, as the feed writes it.")
@data_option
@json_option
def replay(letter: str, line: str | None, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Try the dead letter LETTER again.

    Without --line: with the rosters as the reference tables have them now (load the missing player first). With --line:
    as LINE says. What a store refused is given to that store again.
    """
    found = ask(data, settings, "deadletters_replay", letter=letter, line=line)
    if as_json:
        show_json(found)
    else:
        click.echo(f"{found['id']}: {found['state']}" + (f" ({found['reason']})" if found["state"] == "open" else ""))
    if found["state"] == "open":
        raise click.exceptions.Exit(3)


def _time(epoch_ms: int | None) -> str:
    if epoch_ms is None:
        return "not known"
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(raw: str) -> str:
    return base64.b64decode(raw).decode("utf-8", "backslashreplace")
