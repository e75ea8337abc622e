"""`pressbox lake`, `pressbox sql`, `pressbox ddl`: what lies in the tables of game events."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.codec.ddl import DIALECTS, Dialect, create_statement
from pressbox.errors import BadInput
from pressbox.game_events import event_schemas
from pressbox.lake_accounts import Listing, account
from pressbox.log.reader import SegmentReader
from pressbox.model.action import ActionTable
from pressbox.settings import load_settings
from pressbox.stores.lake import FILE_NAME, FOLDER, LakeFiles
from pressbox.stores.lake_query import ROWS_MAX, SECONDS_MAX, LakeQuery


@click.group()
def lake() -> None:
    """Look into the tables of game events; beside a running pressbox too."""


@lake.command()
@data_option
@json_option
def tables(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """List the tables with their folders, files and rows; rows of the last seconds are in no file yet."""
    with _lake(data, settings) as (files, _):
        listed = files.files()
    found = [
        {
            "table": table.name,
            "folder": table.folder,
            "files": sum(file.table == table.name for file in listed),
            "rows_in_files": sum(file.rows for file in listed if file.table == table.name),
        }
        for _, table in sorted(event_schemas(data).tables.items())
    ]
    if as_json:
        show_json(found)
    else:
        show_table(("table", "folder", "files", "rows in files"), [tuple(one.values()) for one in found])


@lake.command()
@click.argument("table")
@data_option
@json_option
def describe(table: str, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Show the columns of TABLE and their types."""
    del settings
    found = event_schemas(data).tables.get(table)
    if found is None:
        raise BadInput(f"there is no table {table!r}: `pressbox lake tables` lists them")
    if as_json:
        show_json(found.columns)
    else:
        show_table(("column", "type"), [(column.name, column.type) for column in found.columns])


@lake.command()
@data_option
@json_option
def verify(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Prove that every event in the log is one row, dead letter, repeat or event without a table. Exit code 1 if not."""
    with _lake(data, settings) as (files, folder):
        listing = Listing(files.folder, tuple(files.ranges()), tuple(files.files()))
        with SegmentReader(folder) as log:
            found = account(listing, log)
    if as_json:
        show_json(found)
    else:
        told = msgspec.to_builtins(found)
        problems = told.pop("problems")
        show_table(("what", "number"), [(name.replace("_", " "), number) for name, number in told.items()])
        for problem in problems:
            click.secho(problem, fg="red")
        if not problems:
            click.secho("every event is accounted for once", fg="green")
    if found.problems:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("question")
@click.option("--seconds", type=click.FloatRange(0.1, 3600), default=SECONDS_MAX, show_default=True, help="Limit.")
@click.option("--rows", type=click.IntRange(1), default=ROWS_MAX, show_default=True, help="Show at most so many.")
@data_option
@json_option
def sql(question: str, seconds: float, rows: int, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Ask QUESTION, one SELECT over the tables of game events, rows of the last second included.

    \b
    pressbox sql "select item, count(*) from purchases group by item"
    """
    with _lake(data, settings) as (files, folder), SegmentReader(folder) as log:
        answer = LakeQuery(files, log, event_schemas(data)).ask(question, seconds_max=seconds, rows_max=rows)
    if as_json:
        show_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    else:
        show_table(answer.columns, [["" if value is None else value for value in row] for row in answer.rows])
    if answer.is_cut:
        click.echo(f"only the first {rows} rows are shown: --rows shows more", err=True)


@click.command()
@click.argument("dialect", type=click.Choice(DIALECTS))
@click.option("--location", default="/tmp", show_default=True, help="Root of the folders, such as hdfs:///tmp.")  # noqa: S108 - where the folders lie in HDFS
@click.option("--schema", default="default", show_default=True, help="Schema of the tables.")
@data_option
def ddl(dialect: Dialect, location: str, schema: str, data: Path, settings: Path | None) -> None:
    """Print the statements that make the tables of the lake external tables of DIALECT."""
    del settings
    found: list[ActionTable] = [table for _, table in sorted(event_schemas(data).tables.items())]
    click.echo("\n\n".join(create_statement(table, dialect, schema=schema, location=location) for table in found))


@contextmanager
def _lake(data: Path, settings: Path | None) -> Iterator[tuple[LakeFiles, Path]]:
    """Give the lake of *data*, and the folder of the log."""
    if not (data / FOLDER / FILE_NAME).exists():
        raise BadInput(f"{data} has no lake: add [collector] to the settings, `pressbox up`, and send it an event")
    files = LakeFiles(data / FOLDER)
    files.open()
    try:
        yield files, data / load_settings(settings).log.path
    finally:
        files.close()
