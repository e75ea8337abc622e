"""`pressbox load`: the figures of a recording, for pipes and notebooks."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final, cast

import click
import msgspec
from msgspec.structs import replace

from pressbox.model.sample import Sample
from pressbox.model.session import GAP_INTERVALS, PRESETS, AthleteProfile, Preset, Sex, Terms, terms_of
from pressbox.pipelines.athlete_load import line_of, shape, summarise
from pressbox.recordings.mapping import parse_mapping
from pressbox.recordings.pitch import read_pitch
from pressbox.recordings.recording import Recording, distance_from_of, interval_ms_of, speed_from_of

_UNREAD: Final = 3
_TOLD_MAX: Final = 20
_LONG_BYTES: Final = 1 << 20
_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)")
_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000}
_HEART_RATE: Final = click.IntRange(20, 260)


def _span_ms(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    found = _SPAN.fullmatch(value.strip().lower())
    span_ms = round(float(found[1]) * _MS[found[2]]) if found else 0
    if span_ms <= 0:
        raise click.BadParameter(f"{value!r} is no span of time: write 1s, 500ms, 5m or 1h")
    return span_ms


@click.command()
@click.argument("files", type=_FILE, nargs=-1, required=True, metavar="FILE...")
@click.option("--map", "mapping", default=None,
              help="Which column is what, as time=t,athlete=id,x=x,y=y,speed=v[km/h]. [default: by their names]")  # fmt: skip
@click.option("--pitch", type=_FILE, help="CSV with the field's four corners: longitude,latitude")
@click.option("--rest-hr", type=_HEART_RATE, help="Heart rate at rest, for TRIMP of Banister.")
@click.option("--max-hr", type=_HEART_RATE, help="Maximum heart rate, for zones and TRIMP.")
@click.option("--sex", type=click.Choice(["m", "f"]), help="Whose weights TRIMP of Banister takes.")
@click.option("--sport", type=click.Choice(sorted(PRESETS)), default="football", show_default=True,
              help="Whose speed zones are counted.")  # fmt: skip
@click.option("--every", "every_ms", metavar="SPAN", callback=_span_ms,
              help="One line for each window of this length, such as 1s or 5m.")  # fmt: skip
def load(
    *,
    files: tuple[Path, ...],
    mapping: str | None,
    pitch: Path | None,
    rest_hr: int | None,
    max_hr: int | None,
    sex: str | None,
    sport: str,
    every_ms: int | None,
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
    """
    if rest_hr is not None and max_hr is not None and rest_hr >= max_hr:
        raise click.UsageError("--rest-hr must be below --max-hr")
    plane = None if pitch is None else read_pitch(pitch)
    recording = Recording(None if mapping is None else parse_mapping(mapping), plane)
    with _progress(files) as progress:
        recording.load(files, progress)
    for athlete in recording.athletes:
        profile = AthleteProfile(
            athlete=athlete, heart_rate_bpm_rest=rest_hr, heart_rate_bpm_max=max_hr, sex=cast("Sex | None", sex)
        )
        samples = recording.samples(athlete)
        if samples:
            _print(samples, profile, _terms(samples, PRESETS[sport]), every_ms)
    if recording.unread_count:
        _tell(recording)
        sys.exit(_UNREAD)


def _terms(samples: Sequence[Sample], preset: Preset) -> Terms:
    interval_ms = interval_ms_of(samples)
    terms = terms_of(
        preset, interval_ms, distance_from=distance_from_of(samples), speed_from=speed_from_of(samples)
    )  # fmt: skip
    # a watch that records a point every few seconds, when something changes, leaves no gap where it leaves 10 s out
    return replace(terms, gap_ms=max(terms.gap_ms, GAP_INTERVALS * interval_ms))


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


@contextmanager
def _progress(files: Sequence[Path]) -> Iterator[Any]:
    """Show how much of long files was read, where a person looks on."""
    length = sum(file.stat().st_size for file in files)
    if length < _LONG_BYTES or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=length, label="reading", file=sys.stderr) as bar:
        yield bar.update


def _tell(recording: Recording) -> None:
    for one in recording.unread[:_TOLD_MAX]:
        click.echo(str(one), err=True)
    more = recording.unread_count - _TOLD_MAX
    if more > 0:
        click.echo(f"and {more:,} more that could not be read", err=True)
