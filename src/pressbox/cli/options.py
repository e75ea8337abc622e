"""Options several commands share, and how answers are shown."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

F = TypeVar("F", bound=Callable[..., Any])

DATA_FOLDER = Path("pressbox-data")


def data_option(function: F) -> F:
    """Add `--data` and `--settings`: which pressbox is meant."""
    settings: Callable[[F], F] = click.option(
        "--settings",
        type=click.Path(path_type=Path, dir_okay=False),
        default=None,
        help="Settings file; without it the embedded profile.",
    )
    data: Callable[[F], F] = click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=DATA_FOLDER,
        show_default=True,
        help="Data folder.",
    )
    return data(settings(function))


def json_option(function: F) -> F:
    """Add `--json`: the answer for machines."""
    as_json: Callable[[F], F] = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
    return as_json(function)


def show_json(value: Any) -> None:
    """Write *value* as one JSON document, indented where a person reads it."""
    text = msgspec.json.encode(value, enc_hook=str)  # paths are shown as text
    click.echo(msgspec.json.format(text, indent=2 if sys.stdout.isatty() else 0))


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write *rows* below *columns*, aligned; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(column), *(len(row[place]) for row in cells), 0) for place, column in enumerate(columns)]
    click.secho(
        "  ".join(column.ljust(width) for column, width in zip(columns, widths, strict=True)).rstrip(), bold=True
    )
    for row, shown in zip(rows, cells, strict=True):
        aligned = [
            text.rjust(width) if isinstance(value, int) else text.ljust(width)
            for value, text, width in zip(row, shown, widths, strict=True)
        ]
        click.echo("  ".join(aligned).rstrip())
