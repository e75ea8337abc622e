"""`pressbox status` and `pressbox games`."""

from pathlib import Path
from typing import Any

import click
import msgspec

from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.cli.running import ask
from pressbox.model.overview import Verdict


@click.command()
@data_option
@json_option
def status(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Tell whether everything is moving: games, lag, dead letters, the cursor of each store, problems."""
    told = ask(data, settings, "status")
    if as_json:
        show_json(told)
        return
    verdict = msgspec.convert(told["verdict"], Verdict)
    click.secho(verdict.sentence, bold=True)
    for reason in verdict.reasons:
        click.echo(f"- {reason.what}: {reason.do}")
    click.echo("games: " + ", ".join(f"{count} {state}" for state, count in told["games"].items()))
    click.echo(f"open dead letters: {told['dead_letters']}")
    click.echo(f"records waiting to be folded: {told['fold_lag']}")
    rows = [
        (one["store"], one["topic"], ", ".join(str(at) for at in one["cursor"].values()), one["lag"], one["problem"])
        for one in told["stores"]
    ]
    show_table(("store", "topic", "cursor", "lag", "problem"), rows)


@click.group()
def games() -> None:
    """List games, show them, end them, correct their plays."""


@games.command("list")
@data_option
@json_option
def list_games(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """List all games, live ones first."""
    _show_games(ask(data, settings, "games_list"), as_json=as_json)


@games.command()
@click.argument("game")
@click.option("--at", type=int, default=None, help="The document as it stood after this event.")
@data_option
def show(game: str, at: int | None, data: Path, settings: Path | None) -> None:
    """Print the newest box score document of GAME."""
    show_json(ask(data, settings, "games_show", game=game, at=at))


@games.command()
@click.argument("game")
@data_option
@json_option
def finish(game: str, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Take GAME as over although its feed just stopped."""
    _show_games([ask(data, settings, "games_finish", game=game)], as_json=as_json)


@games.command()
@click.argument("game")
@click.argument("event_id", type=int)
@data_option
@json_option
def void(game: str, event_id: int, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Let the play EVENT_ID of GAME not count."""
    _show_games([ask(data, settings, "games_void", game=game, event_id=event_id)], as_json=as_json)


@games.command()
@click.argument("game")
@click.argument("event_id", type=int)
@data_option
@json_option
def confirm(game: str, event_id: int, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Stand by the play EVENT_ID of GAME; a voided one counts again."""
    _show_games([ask(data, settings, "games_confirm", game=game, event_id=event_id)], as_json=as_json)


@games.command()
@click.argument("game")
@click.argument("line")
@data_option
@json_option
def amend(game: str, line: str, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Let the play of GAME with the id in LINE be what LINE says, as the feed writes it.

    Example: pressbox games amend gamestream "2 56:13 205 8 0"
    """
    _show_games([ask(data, settings, "games_amend", game=game, line=line)], as_json=as_json)


def _show_games(found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    rows = [
        (one["game"], one["state"], one["home"], one["home_score"], one["away"], one["away_score"],
         one["period"], one["clock"], one["event_id"], one["dead_letters"], one["problem"])
        for one in found
    ]  # fmt: skip
    columns = ("game", "state", "home", "", "away", "", "period", "clock", "event", "dead letters", "problem")
    show_table(columns, rows)
