"""`pressbox load`: the figures of a recording, for pipes and notebooks."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from click.core import ParameterSource
from msgspec.structs import asdict, replace

from pressbox.cli.options import DATA_FOLDER
from pressbox.cli.recording import FILE, Measure, recording_options, span_ms, tell_unread
from pressbox.model.sample import Sample
from pressbox.model.session import PRESETS, AthleteProfile, Terms
from pressbox.pipelines.athlete_load import line_of, shape, summarise

_UNREAD: Final = 3


@click.command()
@click.argument("files", type=FILE, nargs=-1, metavar="FILE...")
@recording_options
@click.option("--every", "every_ms", metavar="SPAN", callback=span_ms,
              help="One line for each window of this length, such as 1s or 5m.")  # fmt: skip
@click.option("--session", metavar="STADIUM/SESSION", help="Read the archived samples of this session, and no FILE.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), default=DATA_FOLDER, show_default=True,
              help="The data folder whose archive is meant.")  # fmt: skip
@click.pass_context
def load(
    context: click.Context,
    /,
    *,
    files: tuple[Path, ...],
    every_ms: int | None,
    session: str | None,
    data: Path,
    **said: Any,
) -> None:
    """
    Print the figures of each athlete in FILE..., one JSON line each.

    CSV (packed by gzip or not), Parquet, TCX, GPX, FIT, and the tracking formats kloppy loads, two files each. An
    athlete who is in several files gets one line. What cannot be read is named on standard error and makes the exit code
    3; what can be read is counted all the same.

    \b
    Examples:
      pressbox load run.tcx --rest-hr 60 --max-hr 195 --sex m
      pressbox load session.csv.gz --map time=t,athlete=id,x=x,y=y,heart_rate=hr --every 1s
      pressbox load ID1.csv ID2.csv --pitch pitch.csv
      pressbox load --session north/2026-11-24-a

    A session has the profiles and terms it was opened with, where no option says otherwise.
    """
    measure = Measure(**said)
    if (session is None) == (not files):
        raise click.UsageError("name either files or a session to read")
    if session is not None:
        chosen = context.get_parameter_source("sport") is ParameterSource.COMMANDLINE
        _print_session(data, session, measure, every_ms, sport=said["sport"] if chosen else None)
        return
    recording = measure.read(files)
    for athlete in recording.athletes:
        samples = recording.samples(athlete)
        if samples:
            _print(samples, measure.profile(athlete), measure.terms(samples), every_ms)
    if recording.unread_count:
        tell_unread(recording)
        sys.exit(_UNREAD)


def _print_session(data: Path, name: str, measure: Measure, every_ms: int | None, *, sport: str | None) -> None:
    from pressbox.stores.archived_samples import ArchivedSamples  # noqa: PLC0415 - loads a large library

    stadium, _, session = name.partition("/")
    archive = ArchivedSamples(data / "archive")
    opened = archive.session(stadium, session).opened
    known = {profile.athlete: profile for profile in opened.athletes}
    terms = opened.terms if sport is None else replace(opened.terms, preset=PRESETS[sport])
    asked = {name: value for name, value in asdict(measure.profile("")).items() if value and name != "athlete"}
    for athlete, samples in archive.samples(stadium, session).items():
        profile = replace(known.get(athlete) or AthleteProfile(athlete=athlete), **asked)
        _print(samples, profile, terms, every_ms)


def _print(samples: Sequence[Sample], athlete: AthleteProfile, terms: Terms, every_ms: int | None) -> None:
    if every_ms is None:
        _print_line({}, samples, athlete, terms)
        return
    for window, of_window in groupby(samples, lambda sample: sample.time_ms // every_ms):
        begin = datetime.fromtimestamp(window * every_ms / 1e3, UTC).isoformat(timespec="milliseconds")
        _print_line({"window": begin.replace("+00:00", "Z")}, list(of_window), athlete, terms)


def _print_line(ahead: dict[str, Any], samples: Sequence[Sample], athlete: AthleteProfile, terms: Terms) -> None:
    line = line_of(athlete, shape(summarise(samples, athlete, terms), athlete, terms))
    click.echo(msgspec.json.encode({"athlete": line.pop("athlete"), **ahead, **line}))
