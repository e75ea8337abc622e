"""What the load fold keeps of one session, and the same as bytes, so that it goes on from where it was."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct, field
from msgspec.structs import astuple

from pressbox.model.effort import Effort
from pressbox.model.load import SessionOpened
from pressbox.model.sample import Sample
from pressbox.model.session import AthleteProfile, Period
from pressbox.pipelines.gauge import gauge_of
from pressbox.pipelines.second import NOTHING
from pressbox.pipelines.track import Track

STATE_VERSION: Final = 1
"""Raised when a state means something else than its bytes did before; what was kept is then folded again."""

NEAR_RECORDS: Final = 2_000
"""Offsets of a minute's records at most so far apart are one range: reading what lies between is cheap."""


class Session(Struct):
    """
    What the fold keeps of one session: how it was opened, who wears what, its periods, and each athlete's track.

    *ranges* tells which input offsets hold samples of a minute, and *worn* who wore which device from which offset on,
    so that all samples of a minute can be read again.
    """

    opened: SessionOpened
    athletes: dict[str, AthleteProfile]
    closed_ms: int | None = None
    wearers: dict[str, str] = field(default_factory=dict)
    periods: list[Period] = field(default_factory=list)
    tracks: dict[str, Track] = field(default_factory=dict)
    ranges: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    worn: list[tuple[int, str, str | None]] = field(default_factory=list)

    def wearer_at(self, device: str, offset: int) -> str | None:
        """Return who wore *device* when the record at *offset* came."""
        worn = (athlete for since, one, athlete in reversed(self.worn) if one == device and since <= offset)
        return next(worn, None)

    def assign(self, device: str, athlete: str | None, offset: int) -> None:
        """Let *device* be worn by *athlete* from *offset* on; None: by nobody."""
        self.worn.append((offset, device, athlete))
        if athlete is None:
            self.wearers.pop(device, None)
        else:
            self.wearers[device] = athlete

    def offsets_of(self, minute_ms: int) -> Sequence[tuple[int, int]]:
        """Return the ranges of input offsets, first and last, that hold all samples of the minute, and others."""
        return self.ranges.get(minute_ms, ())

    def note(self, minute_ms: int, offset: int) -> None:
        """Take note that the record at *offset* has samples of the minute."""
        ranges = self.ranges.setdefault(minute_ms, [])
        if ranges and offset - ranges[-1][1] <= NEAR_RECORDS:
            ranges[-1] = ranges[-1][0], offset
        else:
            ranges.append((offset, offset))

    def forget(self, athlete: str) -> None:
        """Be as if *athlete* had not been there: what they wore was nobody's from then on."""
        self.opened = self.opened.without(athlete)
        self.athletes.pop(athlete, None)
        self.tracks.pop(athlete, None)
        self.wearers = {device: one for device, one in self.wearers.items() if one != athlete}
        self.worn = [(since, device, None if one == athlete else one) for since, device, one in self.worn]

    def profile(self, athlete: str) -> AthleteProfile:
        """Return what is known of *athlete*; one who came without being announced has a name only."""
        return self.athletes.get(athlete) or AthleteProfile(athlete=athlete)

    def track(self, athlete: str) -> Track:
        """Return the track of *athlete*, begun now where there is none."""
        track = self.tracks.get(athlete)
        if track is None:
            borders = sorted(
                {border for one in self.periods for border in (one.start_ms, one.end_ms) if border is not None}
            )
            track = self.tracks[athlete] = Track(gauge_of(self.profile(athlete), self.opened.terms), borders)
        return track


class _KeptTrack(Struct, array_like=True):
    """A track as it is kept: a gauge follows from profile and terms, the samples are rows of their values."""

    watermark_ms: int
    received_ms: int
    closed_ms: int
    kept_ms: int
    newest: tuple[int | str | None, ...] | None
    borders: list[int]
    samples: dict[int, list[tuple[int | str | None, ...]]]
    seconds: dict[int, Effort]
    recent: dict[int, Effort]
    minutes: dict[int, Effort]
    past: Effort


class _Kept(Struct, array_like=True):
    opened: SessionOpened
    athletes: dict[str, AthleteProfile]
    closed_ms: int | None
    wearers: dict[str, str]
    periods: list[Period]
    tracks: dict[str, _KeptTrack]
    ranges: dict[int, list[tuple[int, int]]]
    worn: list[tuple[int, str, str | None]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Kept).decode


def encode_session(session: Session) -> bytes:
    """Return *session* as bytes; `decode_session` gives one that goes on in the same way."""
    tracks = {athlete: _kept(track) for athlete, track in session.tracks.items()}
    return _encode(
        _Kept(
            session.opened,
            session.athletes,
            session.closed_ms,
            session.wearers,
            session.periods,
            tracks,
            session.ranges,
            session.worn,
        )
    )


def decode_session(state: bytes) -> Session:
    """
    Return the session whose bytes are *state*.

    Raises:
        msgspec.DecodeError: these are no such bytes.
    """
    kept = _decode(state)
    session = Session(
        kept.opened, kept.athletes, kept.closed_ms, kept.wearers, kept.periods, {}, kept.ranges, kept.worn
    )
    for athlete, track in kept.tracks.items():
        gauge = gauge_of(session.profile(athlete), session.opened.terms)
        session.tracks[athlete] = Track(
            gauge=gauge,
            borders=track.borders,
            newest=None if track.newest is None else _sample(track.newest),
            received_ms=track.received_ms,
            watermark_ms=track.watermark_ms,
            closed_ms=track.closed_ms,
            kept_ms=track.kept_ms,
            samples={second: dict.fromkeys(map(_sample, rows)) for second, rows in track.samples.items()},
            seconds=track.seconds,
            recent=track.recent,
            minutes=track.minutes,
            past=NOTHING if track.past == NOTHING else track.past,
        )
    return session


def _kept(track: Track) -> _KeptTrack:
    return _KeptTrack(
        track.watermark_ms,
        track.received_ms,
        track.closed_ms,
        track.kept_ms,
        None if track.newest is None else astuple(track.newest),
        track.borders,
        {second: list(map(astuple, samples)) for second, samples in track.samples.items()},
        track.seconds,
        track.recent,
        track.minutes,
        track.past,
    )


def _sample(row: tuple[int | str | None, ...]) -> Sample:
    return Sample(*row)  # type: ignore[arg-type]  # the values of one, in their order
