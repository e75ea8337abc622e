"""`pressbox simulate`: games and sensors as they would come."""

import logging
import time
from pathlib import Path

import click

from pressbox.cli.options import data_option
from pressbox.cli.running import ask
from pressbox.cli.simulate_field import field
from pressbox.cli.simulate_players import players
from pressbox.cli.simulate_session import session
from pressbox.codec.reference import encode_players, encode_teams
from pressbox.errors import BadInput
from pressbox.simulate.game import simulate_games
from pressbox.simulate.reference import REFERENCE
from pressbox.simulate.target import open_target


@click.group()
def simulate() -> None:
    """Play simulated or recorded games and sessions live."""


simulate.add_command(session)
simulate.add_command(field)
simulate.add_command(players)


@simulate.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--games", type=click.IntRange(0), default=None, help="Play so many game streams at once. [default: 1]")
@click.option("--rich", type=click.IntRange(0), default=0, show_default=True, help="And so many play-by-play feeds.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, another game.")
@click.option("--delay", "delay_s", type=click.FloatRange(0), envvar="DELAY", default=0.25, show_default=True,
              show_envvar=True, help="Seconds for a second of the game.")  # fmt: skip
@click.option("--speed", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True, help="Times as fast.")
@click.option("--to", "where", default=None, help="Folder or s3://bucket to write to. [default: DATA/gamestreams]")
@click.option("--endpoint", default=None, envvar="AWS_ENDPOINT_URL", help="S3 server, where not AWS.")
@data_option
def game(
    *,
    file: Path | None,
    games: int | None,
    rich: int,
    seed: int,
    delay_s: float,
    speed: float,
    where: str | None,
    endpoint: str | None,
    data: Path,
    settings: Path | None,
) -> None:
    """
    Play a lacrosse game: the same one every time, 101 syracuse at home, 205 johns hopkins away.

    Each event overwrites the whole object, as the real feed does. The tables teams and players are reset first, and
    nothing else. With FILE, a recorded game (a play-by-play JSON object or a game stream) is played under its own name.
    """
    count = (0 if file is not None or rich else 1) if games is None else games
    if count:
        _reset_reference(data, settings)
    target = open_target(where or str(data / "gamestreams"), endpoint=endpoint)
    logger = logging.getLogger()
    simulate_games(
        target=target, games=count, rich=rich, seed=seed, delay_s=delay_s, speed=speed,
        sleep=time.sleep, log=logger.info, file=file,
    )  # fmt: skip


def _reset_reference(data: Path, settings: Path | None) -> None:
    """Put the simulated teams into the tables, unless somebody else's teams are there."""
    data.mkdir(parents=True, exist_ok=True)
    tables = ask(data, settings, "reference_show")["reference"]
    ours = {team.id for team in REFERENCE.teams}
    others = [team["name"] for team in tables["teams"] if team["id"] not in ours]
    if others:
        raise BadInput(
            f"the tables hold other teams ({', '.join(others[:3])}): a simulated game would replace them; "
            "use another data folder with --data, or play a recorded file with --games 0"
        )
    ask(
        data, settings, "reference_load",
        teams=encode_teams(REFERENCE.teams).decode(), players=encode_players(REFERENCE.players).decode(),
    )  # fmt: skip
