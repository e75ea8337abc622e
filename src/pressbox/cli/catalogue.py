"""`pressbox catalogue`: what a mobile game knows: guilds, enemies, damages, quests, stores and their inventory."""

from pathlib import Path

import click

from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.errors import BadInput
from pressbox.stores.catalogue import COLUMNS, FILE_NAME, Catalogue


@click.group()
def catalogue() -> None:
    """Show and load the catalogue behind the API of a mobile game; beside a running pressbox too."""


@catalogue.command()
@click.argument("table", type=click.Choice(list(COLUMNS)))
@data_option
@json_option
def show(table: str, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Show the rows of TABLE."""
    del settings
    opened = _opened(data)
    try:
        rows = opened.rows(table)
    finally:
        opened.close()
    if as_json:
        show_json([dict(zip(COLUMNS[table], row, strict=True)) for row in rows])
    else:
        show_table(COLUMNS[table], rows)


@catalogue.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@data_option
def load(files: tuple[Path, ...], data: Path, settings: Path | None) -> None:
    """Put the rows of CSV FILES, such as guilds.csv, in place of those of the tables they are named after."""
    del settings
    by_table: dict[str, Path] = {}
    for file in files:
        if file.stem not in COLUMNS or file.stem in by_table:
            raise BadInput(f"{file}: name one file a table: {', '.join(f'{table}.csv' for table in COLUMNS)}")
        by_table[file.stem] = file
    opened = _opened(data)
    try:
        for table, rows in opened.load(by_table).items():
            click.echo(f"{table}: {rows} rows")
    finally:
        opened.close()


def _opened(data: Path) -> Catalogue:
    opened = Catalogue(data / FILE_NAME)
    opened.open()
    return opened
