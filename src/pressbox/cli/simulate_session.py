"""`pressbox simulate session`: a recording played live once more."""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import click

from pressbox.cli.recording import FILE, Measure, recording_options, tell_unread
from pressbox.cli.simulate_devices import Chosen, Simulated, device_options, play
from pressbox.model.load import SessionOpened
from pressbox.model.sample import Sample
from pressbox.model.session import Terms
from pressbox.recordings.recording import Recording
from pressbox.simulate.sending import Sending
from pressbox.simulate.session_playback import Playing, sendings, shift_to

_NO_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_MAX: Final = 60
_UNREAD: Final = 3


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@recording_options
@click.option("--rate-hz", type=click.FloatRange(0, min_open=True), default=None,
              help="At most so many samples a second of an athlete. [default: all]")  # fmt: skip
@click.option("--keep-times", is_flag=True, help="Send the recorded times. [default: as if it were now]")
@device_options
def session(
    *,
    files: tuple[Path, ...],
    mapping: str | None,
    pitch: Path | None,
    rest_hr: int | None,
    max_hr: int | None,
    sex: str | None,
    sport: str,
    rate_hz: float | None,
    keep_times: bool,
    **said: Any,
) -> None:
    """
    Play the recorded session in FILE... live over MQTT, a device for each athlete.

    It reads what `pressbox load` reads, and what is sent is measured to the very same figures. Played faster than life,
    the last sample is of the moment it is sent and those before it are older, so none is of the future. A device is
    known by what one of --register, --password-file, --certificates or PRESSBOX_DEVICE_PASSWORD says. Exit codes: 0 all
    was acknowledged, 3 something was refused or could not be read, 4 something was not acknowledged.

    \b
    Examples:
      pressbox up --settings with-mqtt.toml                (in another terminal)
      pressbox simulate session run.tcx --register
      pressbox simulate session session.csv.gz --map time=t,athlete=id,x=x,y=y --speed 10 --register
      pressbox simulate session run.tcx --to mqtts://broker:8883 --certificates tags/ --ca ca.pem
    """
    chosen = Chosen(**said)
    measure = Measure(mapping, pitch, rest_hr, max_hr, sex, sport)
    recording = measure.read(files)
    athletes = [athlete for athlete in recording.athletes if recording.samples(athlete)]
    devices = chosen.names([f"play-{number + 1:02}" for number in range(len(athletes))])
    if athletes:
        recorded = {device: recording.samples(athlete) for device, athlete in zip(devices, athletes, strict=True)}
        opened, worn = _opening(athletes, recorded, measure, chosen)
        interval_ms = 0 if rate_hz is None else round(1000 / rate_hz)

        def played(start_ms: int) -> Iterator[Sending]:
            playing = Playing(
                session=opened.session,
                boot=start_ms // 1000,
                shift_ms=0 if keep_times else shift_to(recorded, start_ms, chosen.speed),
                batch_ms=chosen.batch_ms,
                interval_ms=interval_ms,
            )
            return sendings(recorded, playing)

        samples = sum(map(len, recorded.values()))
        play(Simulated(sessions=[(opened, worn)], sendings=played, samples=samples, clocks_are_right=True), chosen)
    _tell_of(recording)


def _opening(
    athletes: Sequence[str], recorded: dict[str, Sequence[Sample]], measure: Measure, chosen: Chosen
) -> tuple[SessionOpened, dict[str, str]]:
    ids = _ids(athletes)
    worn = dict(zip(recorded, ids, strict=True))
    opened = SessionOpened(
        stadium=chosen.stadium,
        session=chosen.session("played"),
        athletes=tuple(
            measure.profile(one, "" if one == athlete else athlete) for one, athlete in zip(ids, athletes, strict=True)
        ),
        terms=_terms(recorded, measure),
    )
    return opened, worn


def _ids(athletes: Sequence[str]) -> list[str]:
    """Return names athletes can have in topics and records; a recording may call them anything."""
    given: list[str] = []
    for athlete in athletes:
        stem = _NO_NAME.sub("-", athlete)[:_NAME_MAX] or "athlete"
        taken = sum(one == stem or one.startswith(f"{stem}.") for one in given)
        given.append(f"{stem}.{taken}" if taken else stem)
    return given


def _terms(recorded: dict[str, Sequence[Sample]], measure: Measure) -> Terms:
    """Return the terms of most athletes: a session has one for all, where `pressbox load` looks at each."""
    by_device = [measure.terms(samples) for samples in recorded.values()]
    (most, count), *_ = Counter(by_device).most_common(1)
    if count < len(by_device):
        click.echo(
            f"{len(by_device) - count} of {len(by_device)} athletes were recorded otherwise than the others, and are "
            "measured as those are: `pressbox load` measures each by its own rate",
            err=True,
        )
    return most


def _tell_of(recording: Recording) -> None:
    if recording.unread_count:
        tell_unread(recording)
        sys.exit(_UNREAD)
