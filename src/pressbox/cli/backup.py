"""`pressbox backup`, `restore` and `upgrade`: everything on disk, in one file, elsewhere, and in the newest format."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from pressbox.archive.backup import take_backup
from pressbox.archive.manifest import Manifest, Member, Progress, elsewhere
from pressbox.archive.restore import restore_backup
from pressbox.cli.options import data_option, json_option, show_json
from pressbox.settings import load_settings
from pressbox.stream.clock import SystemClock
from pressbox.upgrade import upgrade_data


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@json_option
def backup(file: Path, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Copy everything pressbox keeps in DATA into the new FILE; a running pressbox goes on meanwhile.

    Log, documents, dead letters, tables, devices, people and keys are in it: keep FILE as you keep these. Feeds are
    not: the log has what was read of them. MongoDB, PostgreSQL, SQL Server and S3 are not either: back them up with
    their own tools, and before this.
    """
    loaded = load_settings(settings)
    taken = take_backup(loaded, data, file, taken_ms=SystemClock().now_ms(), progress=_shown("packing"))
    missing = elsewhere(loaded)
    if as_json:
        show_json({"file": file, "size_bytes": file.stat().st_size, "not_in_it": missing, **_told(taken)})
        return
    click.echo(f"wrote {file}, {file.stat().st_size:,} bytes: {_summary(taken)}")
    click.echo(f"not in it: feeds{''.join(f', {one}' for one in missing)}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@json_option
def restore(file: Path, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Make DATA, which must be new or empty, what it was when the backup FILE was taken; every byte is checked.

    Put the feeds where the settings say, then start `pressbox up`: it goes on where the backup ends.
    """
    restored = restore_backup(load_settings(settings), file, data, progress=_shown("restoring"))
    if as_json:
        show_json({"data": data, **_told(restored)})
        return
    taken = datetime.fromtimestamp(restored.taken_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    click.echo(f"restored {data} as of {taken}: {_summary(restored)}; the log is whole")


@click.command()
@data_option
@json_option
def upgrade(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Bring the files in DATA from the formats of the pressbox before this one to those of this one.

    Stop pressbox first. Stopped half-way, even by kill -9, it is run again and does the rest.
    """
    upgraded = upgrade_data(load_settings(settings), data)
    if as_json:
        show_json(upgraded)
        return
    for one in upgraded:
        done = f"format {one.had} -> {one.has}" if one.had < one.has else f"has format {one.has} already"
        click.echo(f"{one.file}: {done}")
    click.echo("everything has the formats of this pressbox")


def _shown(label: str) -> Progress:
    def shown(members: Sequence[Member]) -> Iterable[Member]:
        return _with_bar(label, members) if sys.stderr.isatty() else members

    return shown


def _with_bar(label: str, members: Sequence[Member]) -> Iterator[Member]:
    with click.progressbar(length=sum(one.size_bytes for one in members), label=label, file=sys.stderr) as bar:
        for member in members:
            yield member
            bar.update(member.size_bytes)


def _told(manifest: Manifest) -> dict[str, object]:
    return {
        "format": manifest.version,
        "pressbox": manifest.pressbox,
        "taken_ms": manifest.taken_ms,
        "log": manifest.lanes,
        "files": [member.name for member in manifest.members],
    }


def _summary(manifest: Manifest) -> str:
    records = sum(lane.end - lane.start for lane in manifest.lanes)
    stores = sorted(member.name for member in manifest.members if "/" not in member.name)
    return f"{records} records of {len({lane.topic for lane in manifest.lanes})} topics, {', '.join(stores)}"
