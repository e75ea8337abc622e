"""`pressbox init` and `pressbox check`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from pressbox.cli.options import data_option, json_option, show_json
from pressbox.errors import BadInput, PressboxError
from pressbox.log.reader import SegmentReader
from pressbox.model.reference import team_of
from pressbox.settings import Settings, load_settings
from pressbox.settings_text import commented_toml
from pressbox.stores.reference import Reference, reference_database
from pressbox.wiring import open_documents, open_source


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=Path("pressbox.toml"))
def init(file: Path) -> None:
    """Write a commented settings file with every key and its default to FILE [pressbox.toml]."""
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(commented_toml())
    except FileExistsError as error:
        raise BadInput(f"{file} is there already: name another file, or remove it first") from error
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from error
    click.echo(f"wrote {file}; use it with `pressbox up --settings {file}`")


@click.command()
@data_option
@json_option
def check(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Try the settings and every store they name; say in a sentence what is wrong. Exit code 1 where something is."""
    loaded = load_settings(settings)
    answers = {what: _problem(trial) for what, trial in _trials(loaded, data)}
    if as_json:
        show_json(answers)
    else:
        for what, problem in answers.items():
            click.echo(f"{what}: " + (click.style(problem, fg="red") if problem else click.style("ok", fg="green")))
    if any(answers.values()):
        raise click.exceptions.Exit(1)


def _trials(settings: Settings, data_folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    def source() -> None:
        objects = open_source(settings.source, data_folder, [feed.pattern for feed in settings.feeds])
        try:
            list(objects.objects())
        finally:
            objects.close()

    def reference() -> None:
        opened = Reference(reference_database(settings.reference, data_folder))
        try:
            opened.open()
            data = opened.read()
            for game in settings.games:
                team_of(data, game.home)
                team_of(data, game.away)
        finally:
            opened.close()

    def documents() -> None:
        store = open_documents(settings.documents, data_folder)
        try:
            store.open()
            store.games()
        finally:
            store.close()

    def log() -> None:
        folder = data_folder / settings.log.path
        if folder.exists():
            SegmentReader(folder).close()

    yield "log", log
    yield "source", source
    yield "reference", reference
    yield "documents", documents


def _problem(trial: Callable[[], None]) -> str:
    try:
        trial()
    except PressboxError as error:
        return str(error)
    return ""
