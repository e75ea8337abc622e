"""Options of the commands that read recordings, and what is made of them."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click
from msgspec import Struct
from msgspec.structs import replace

from pressbox.model.sample import Sample
from pressbox.model.session import GAP_INTERVALS, PRESETS, AthleteProfile, Sex, Terms, terms_of
from pressbox.recordings.mapping import parse_mapping
from pressbox.recordings.pitch import read_pitch
from pressbox.recordings.recording import Recording, distance_from_of, interval_ms_of, speed_from_of

F = TypeVar("F", bound=Callable[..., Any])

FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)

_TOLD_MAX: Final = 20
_LONG_BYTES: Final = 1 << 20
_HEART_RATE: Final = click.IntRange(20, 260)
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)")
_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000}

_OPTIONS: Final[tuple[Callable[[Any], Any], ...]] = (
    click.option("--map", "mapping", default=None,
                 help="Which column is what, as time=t,athlete=id,x=x,y=y,speed=v[km/h]. [default: by their names]"),
    click.option("--pitch", type=FILE, help="CSV with the field's four corners: longitude,latitude"),
    click.option("--rest-hr", type=_HEART_RATE, help="Heart rate at rest, for TRIMP of Banister."),
    click.option("--max-hr", type=_HEART_RATE, help="Maximum heart rate, for zones and TRIMP."),
    click.option("--sex", type=click.Choice(["m", "f"]), help="Whose weights TRIMP of Banister takes."),
    click.option("--sport", type=click.Choice(sorted(PRESETS)), default="football", show_default=True,
                 help="Whose speed zones are counted."),
)  # fmt: skip


class Measure(Struct, frozen=True):
    """What the command line says of recordings: how to read them, and what their athletes are measured by."""

    mapping: str | None
    pitch: Path | None
    rest_hr: int | None
    max_hr: int | None
    sex: str | None
    sport: str

    def profile(self, athlete: str, name: str = "") -> AthleteProfile:
        """Return what is known of *athlete*."""
        return AthleteProfile(
            athlete=athlete,
            name=name,
            heart_rate_bpm_rest=self.rest_hr,
            heart_rate_bpm_max=self.max_hr,
            sex=cast("Sex | None", self.sex),
        )

    def terms(self, samples: Sequence[Sample]) -> Terms:
        """Return what *samples*, which are in order, are measured by."""
        interval_ms = interval_ms_of(samples)
        terms = terms_of(
            PRESETS[self.sport],
            interval_ms,
            distance_from=distance_from_of(samples),
            speed_from=speed_from_of(samples),
        )
        # a watch that records a point every few seconds, when something changes, leaves no gap where it leaves 10 s out
        return replace(terms, gap_ms=max(terms.gap_ms, GAP_INTERVALS * interval_ms))

    def read(self, files: Sequence[Path]) -> Recording:
        """
        Return the recording of *files*; what cannot be read is told by `tell_unread`.

        Raises:
            UsageError: the heart rates contradict each other.
            BadInput: a file cannot be opened, an extra is missing, or the mapping does not fit.
        """
        if self.rest_hr is not None and self.max_hr is not None and self.rest_hr >= self.max_hr:
            raise click.UsageError("--rest-hr must be below --max-hr")
        plane = None if self.pitch is None else read_pitch(self.pitch)
        recording = Recording(None if self.mapping is None else parse_mapping(self.mapping), plane)
        with _progress(files) as progress:
            recording.load(files, progress)
        return recording


def recording_options(function: F) -> F:
    """Add the options a `Measure` is made of."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def span_ms(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """Return the milliseconds *value* says, as 1s, 500ms or 5m do."""
    if value is None:
        return None
    found = _SPAN.fullmatch(value.strip().lower())
    milliseconds = round(float(found[1]) * _MS[found[2]]) if found else 0
    if milliseconds <= 0:
        raise click.BadParameter(f"{value!r} is no span of time: write 1s, 500ms, 5m or 1h")
    return milliseconds


def tell_unread(recording: Recording) -> None:
    """Name on standard error what could not be read."""
    for one in recording.unread[:_TOLD_MAX]:
        click.echo(str(one), err=True)
    more = recording.unread_count - _TOLD_MAX
    if more > 0:
        click.echo(f"and {more:,} more that could not be read", err=True)


@contextmanager
def _progress(files: Sequence[Path]) -> Iterator[Any]:
    """Show how much of long files was read, where a person looks on."""
    length = sum(file.stat().st_size for file in files)
    if length < _LONG_BYTES or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=length, label="reading", file=sys.stderr) as bar:
        yield bar.update
