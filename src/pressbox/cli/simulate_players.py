"""`pressbox simulate players`: callers of the API of a mobile game."""

import sys

import click

from pressbox.cli.options import json_option, show_json
from pressbox.errors import BadInput
from pressbox.simulate.player import MIX, Players


@click.command()
@click.option("--to", "address", default="http://127.0.0.1:5000", show_default=True, help="Address of the collector.")
@click.option("--players", type=click.IntRange(1, 500), default=4, show_default=True, help="So many at once.")
@click.option("--events", type=click.IntRange(1), default=1000, show_default=True, help="So many events in all.")
@click.option("--batch", type=click.IntRange(1, 500), default=1, show_default=True, help="Events a request.")
@click.option(
    "--per-second", type=click.FloatRange(0, min_open=True), default=None, help="Events a second. [default: flat out]"
)
@click.option("--mix", "parts", multiple=True, metavar="TYPE=PARTS", help="Send these types only, so often each.")
@click.option(
    "--bad", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Share of events no game sends."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other events.")
@click.option("--key", default=None, envvar="PRESSBOX_GAME_KEY", show_envvar=True, help="Key of the game.")
@json_option
def players(
    *,
    address: str,
    players: int,
    events: int,
    batch: int,
    per_second: float | None,
    parts: tuple[str, ...],
    bad: float,
    seed: int,
    key: str | None,
    as_json: bool,
) -> None:
    """
    Play a mobile game: send events to the collector until each was answered.

    The same seed sends the same events under the same ids, so a second run doubles nothing.
    """
    callers = Players(
        address,
        players=players,
        events=events,
        batch=batch,
        per_s=per_second,
        seed=seed,
        bad=bad,
        key=key,
        mix=_mix(parts) or MIX,
    )
    with click.progressbar(length=events, label="playing", file=sys.stderr) as bar:
        told = callers.play(bar.update)
    if as_json:
        show_json(told)
        return
    answers = ", ".join(f"{number} {answer}" for answer, number in told.answers.items())
    click.echo(
        f"{events} events in {told.seconds:.1f} s ({events / told.seconds:,.0f} a second): {answers};"
        f" {told.requests} requests, {told.sent_again} sent again"
    )


def _mix(parts: tuple[str, ...]) -> dict[str, int]:
    mix = {}
    for part in parts:
        name, _, number = part.partition("=")
        if name not in MIX or not number.isdigit() or int(number) < 1:
            raise BadInput(f"--mix {part}: write TYPE=PARTS, with a type of {', '.join(MIX)} and a whole number")
        mix[name] = int(number)
    return mix
