"""`pressbox load`: the figures of a recording, for pipes and notebooks."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from pressbox.cli.recording import FILE, Measure, recording_options, span_ms, tell_unread
from pressbox.model.sample import Sample
from pressbox.model.session import AthleteProfile, Terms
from pressbox.pipelines.athlete_load import line_of, shape, summarise

_UNREAD: Final = 3


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@recording_options
@click.option("--every", "every_ms", metavar="SPAN", callback=span_ms,
              help="One line for each window of this length, such as 1s or 5m.")  # fmt: skip
def load(*, files: tuple[Path, ...], every_ms: int | None, **said: Any) -> None:
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
    """
    measure = Measure(**said)
    recording = measure.read(files)
    for athlete in recording.athletes:
        samples = recording.samples(athlete)
        if samples:
            _print(samples, measure.profile(athlete), measure.terms(samples), every_ms)
    if recording.unread_count:
        tell_unread(recording)
        sys.exit(_UNREAD)


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
