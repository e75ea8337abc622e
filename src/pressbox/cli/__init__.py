"""The command line: `pressbox --help` tells it all."""

import logging
import sys

import click

from pressbox import __version__
from pressbox.cli.boxscore import boxscore
from pressbox.cli.deadletters import deadletters
from pressbox.cli.games import games, status
from pressbox.cli.log import log
from pressbox.cli.reference import reference
from pressbox.cli.settings import check, init
from pressbox.cli.simulate import simulate
from pressbox.cli.up import up
from pressbox.errors import BadInput, BadSettings, Corrupted, PressboxError, Unavailable

_EXIT_CODES = {BadSettings: 2, BadInput: 2, Unavailable: 4, Corrupted: 5}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="pressbox")
@click.option("-v", "--verbose", is_flag=True, help="Tell more on standard error.")
def pressbox(*, verbose: bool) -> None:
    r"""
    Live data of games: box scores from a growing game file, exactly once.

    \b
    Try it:
      pressbox up                     run everything, data in ./pressbox-data
      pressbox simulate game          play a game into it (in another terminal)
      pressbox boxscore FILE --teams teams.csv --players players.csv

    \b
    Exit codes: 0 done, 1 a bug, 2 wrong usage, input or settings, 3 lines were rejected,
    4 something cannot be reached now, 5 stored data is damaged.
    """
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, format="%(levelname)s:%(name)s:%(message)s", stream=sys.stderr
    )
    for name in ("watchfiles", "botocore", "boto3", "urllib3", "pymongo", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


for command in (boxscore, up, status, games, deadletters, log, reference, simulate, init, check):
    pressbox.add_command(command)


def main() -> None:
    """Run the command line; errors meant for people are one sentence, without a trace."""
    try:
        pressbox()
    except PressboxError as error:
        click.secho(f"pressbox: {error}", fg="red", err=True)
        sys.exit(_EXIT_CODES.get(type(error), 1))
    except BrokenPipeError:
        # The reader of our output has left: not an error of ours, and nothing more can be said to it.
        sys.stderr.close()
        sys.exit(0)
