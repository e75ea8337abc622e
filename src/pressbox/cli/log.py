"""`pressbox log`: look into the log, and prove that it is whole."""

import json
from pathlib import Path
from typing import Any

import click
import msgspec

from pressbox.cli.options import data_option, json_option, show_json
from pressbox.log.finding import Damage
from pressbox.log.reader import SegmentReader
from pressbox.settings import load_settings


@click.group()
def log() -> None:
    """Look into the durable log; beside a running pressbox too."""


@log.command()
@click.argument("topic", required=False)
@click.option("--partition", type=int, default=0, show_default=True, help="Partition of the topic.")
@click.option("--from", "first", type=int, default=None, help="First offset. [default: the oldest kept]")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most so many records.")
@data_option
@json_option
def show(
    topic: str | None,
    partition: int,
    first: int | None,
    limit: int,
    data: Path,
    settings: Path | None,
    *,
    as_json: bool,
) -> None:
    """Show the records of TOPIC, or which topics there are."""
    with SegmentReader(data / load_settings(settings).log.path) as reader:
        if topic is None:
            _show_topics(reader, as_json=as_json)
            return
        offset = reader.start(topic, partition) if first is None else first
        for record in reader.read(topic, partition, offset, records_max=limit):
            if as_json:
                value = _readable(record.value)
                show_json({"offset": record.offset, "time_ms": record.time_ms, "key": record.key, "value": value})
            else:
                click.echo(f"{record.offset} {record.key} {record.value.decode('utf-8', 'backslashreplace')}")


def _readable(value: bytes) -> Any:
    """Return what *value* says: JSON, or MessagePack where bytes are kept in it."""
    try:
        return json.loads(value)
    except ValueError:
        return msgspec.msgpack.decode(value)


def _show_topics(reader: SegmentReader, *, as_json: bool) -> None:
    lanes = [
        {
            "topic": topic.name,
            "partition": partition,
            "start": reader.start(topic.name, partition),
            "end": reader.end(topic.name, partition),
        }
        for topic in reader.topics
        for partition in range(topic.partitions)
    ]
    if as_json:
        show_json(lanes)
        return
    for lane in lanes:
        click.echo("{topic}/{partition}: {start}..{end}".format_map(lane))


@log.command()
@data_option
@json_option
def verify(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Read every byte of the log and name what is not as it was written. Exit code 5 where something is damaged.

    A last group that was never acknowledged is named too, and is no damage: a crash left it, or it is being written.
    """
    with SegmentReader(data / load_settings(settings).log.path) as reader:
        findings = list(reader.verify())
    if as_json:
        show_json(findings)
    else:
        for finding in findings:
            click.secho(str(finding), fg="red")
        if not findings:
            click.echo("the log is whole")
    if any(isinstance(finding, Damage) for finding in findings):
        raise click.exceptions.Exit(5)
