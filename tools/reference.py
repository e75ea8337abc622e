"""
Write the reference pages from what they describe. `python tools/reference.py`.

They are docs/settings.md, docs/cli.md and docs/sensor-message.schema.json.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from pressbox.cli import pressbox
from pressbox.codec.sensor_message import sensor_message_schema
from pressbox.settings_text import markdown

DOCS = Path(__file__).parents[1] / "docs"
_GENERATED = "<!-- written by tools/reference.py: change the code it describes, then run that -->\n"
_SETTINGS_HEAD = """\
# Settings

One TOML file, given with `--settings`; every key has a default, so none is needed. `pressbox init` writes it with every
key commented. `${NAME}` in a value is taken from the environment, `${file:PATH}` from a file; passwords belong there
and are refused in the file itself. Unknown keys are refused with the nearest known one.
"""
_COMMANDS_HEAD = """\
# Commands
"""


def pages() -> dict[Path, str]:
    """Return every reference page by its place."""
    schema = msgspec.json.format(msgspec.json.encode(sensor_message_schema(), order="sorted"), indent=2).decode()
    commands = "\n".join(_command(pressbox, "pressbox", None))
    return {
        DOCS / "settings.md": f"{_GENERATED}{_SETTINGS_HEAD}\n{markdown()}",
        DOCS / "cli.md": f"{_GENERATED}{_COMMANDS_HEAD}\n{commands}\n",
        DOCS / "sensor-message.schema.json": f"{schema}\n",
    }


def main() -> None:
    """Write the pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")


def _command(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=name.rpartition(" ")[2], parent=parent)
    if parent is not None:
        yield from (f"## `{name}`", "")
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    yield from (f"`{usage}`", "", _help(command), "")
    options = [one.get_help_record(context) for one in command.params if isinstance(one, click.Option)]
    if options:
        yield from ("| option | meaning |", "|---|---|")
        yield from (f"| `{_cell(option)}` | {_cell(meaning)} |" for option, meaning in filter(None, options))
        yield ""
    if isinstance(command, click.Group):
        for inner_name in command.list_commands(context):
            inner = command.get_command(context, inner_name)
            if inner is not None:
                yield from _command(inner, f"{name} {inner_name}", context)


def _help(command: click.Command) -> str:
    """Return the command's help; what stands as it is there stands in a block here."""
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(command.help or ""))
    return "\n\n".join(_paragraph(one.splitlines()) for one in paragraphs)


def _paragraph(lines: list[str]) -> str:
    if lines[0].strip() == "\b":
        return "\n".join(["```text", *lines[1:], "```"])
    return "\n".join(line.strip() for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
