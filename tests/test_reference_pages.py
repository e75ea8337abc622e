"""The reference pages say what the code does: a setting or command without them fails here."""

from pathlib import Path

import click
import pytest

from pressbox.cli import pressbox
from tools.reference import pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_reference_page_is_as_its_code_describes_it(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == pages()[page], "run: python tools/reference.py"


def commands(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    found = [(name, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for inner in command.list_commands(context):
            below = command.get_command(context, inner)
            assert below is not None
            found += commands(below, f"{name} {inner}")
    return found


@pytest.mark.parametrize(("name", "command"), commands(pressbox, "pressbox"), ids=str)
def test_every_command_and_option_is_explained(name: str, command: click.Command) -> None:
    assert command.help
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert [one.name for one in options if not one.help] == []
    page = next(text for path, text in pages().items() if path.name == "cli.md")
    assert name == "pressbox" or f"\n## `{name}`\n" in page
