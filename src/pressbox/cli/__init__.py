"""The command line: `pressbox --help` tells it all."""

import importlib
import logging
import os
import sys
from typing import Any, Final

import click

from pressbox import __version__
from pressbox.errors import BadInput, BadSettings, Corrupted, PressboxError, Unavailable

_EXIT_CODES: Final = {BadSettings: 2, BadInput: 2, Unavailable: 4, Corrupted: 5}
_COMMANDS: Final = {
    "up": "pressbox.cli.up:up",
    "status": "pressbox.cli.games:status",
    "games": "pressbox.cli.games:games",
    "deadletters": "pressbox.cli.deadletters:deadletters",
    "reference": "pressbox.cli.reference:reference",
    "devices": "pressbox.cli.devices:devices",
    "people": "pressbox.cli.people:people",
    "keys": "pressbox.cli.keys:keys",
    "consent": "pressbox.cli.consent:consent",
    "audit": "pressbox.cli.audit:audit",
    "athlete": "pressbox.cli.athlete:athlete",
    "grafana": "pressbox.cli.grafana:grafana",
    "session": "pressbox.cli.session:session",
    "lake": "pressbox.cli.lake:lake",
    "sql": "pressbox.cli.lake:sql",
    "ddl": "pressbox.cli.lake:ddl",
    "catalogue": "pressbox.cli.catalogue:catalogue",
    "boxscore": "pressbox.cli.boxscore:boxscore",
    "load": "pressbox.cli.load:load",
    "simulate": "pressbox.cli.simulate:simulate",
    "log": "pressbox.cli.log:log",
    "backup": "pressbox.cli.backup:backup",
    "restore": "pressbox.cli.backup:restore",
    "upgrade": "pressbox.cli.backup:upgrade",
    "init": "pressbox.cli.settings:init",
    "check": "pressbox.cli.settings:check",
}


class _Commands(click.Group):
    """Loads a command when it is asked for: one that folds a file in a pipe needs no web server to start."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order people meet them."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command *cmd_name*."""
        del ctx
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: Any = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader of its output that leaves is no error."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered has nowhere to go
            return ctx.exit(0)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="pressbox")
@click.option("-v", "--verbose", is_flag=True, help="Tell more on standard error.")
def pressbox(*, verbose: bool) -> None:
    """
    Live data of games: box scores from a growing game file, exactly once.

    \b
    Try it:
      pressbox up                     run everything, data in ./pressbox-data
      pressbox simulate game          play a game into it (in another terminal)
      pressbox boxscore FILE --teams teams.csv --players players.csv

    \b
    Exit codes: 0 done, 1 a bug or a failed check, 2 wrong usage, input or settings, 3 lines were rejected,
    4 something cannot be reached now, 5 stored data is damaged.
    """
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, format="%(levelname)s:%(name)s:%(message)s", stream=sys.stderr
    )
    for name in ("watchfiles", "botocore", "boto3", "urllib3", "pymongo", "asyncio", "kloppy"):
        logging.getLogger(name).setLevel(logging.WARNING)


def main() -> None:
    """Run the command line; errors meant for people are one sentence, without a trace."""
    try:
        pressbox()
    except PressboxError as error:
        click.secho(f"pressbox: {error}", fg="red", err=True)
        sys.exit(_EXIT_CODES.get(type(error), 1))
