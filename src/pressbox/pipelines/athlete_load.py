"""
The load of an athlete: from samples to the figures of a second, a minute, a session.

`summarise` measures samples, `merge` joins what was measured in order, `shape` tells the figures. All sums are of
integers, so a session cut anywhere and joined again is equal to the last digit.

`ATHLETE_LOAD` is the same as a fold over a session's records. A second closes when the watermark of its athlete is a
grace past it, and is a result then; a sample that comes later gives a later revision of it, of its minute and of the
session. A sample for a minute that is kept as one effort already goes aside, until a record brings that minute's
samples once more. A sample of the future goes aside and moves no watermark.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct, field

from pressbox.codec.sample import samples_of
from pressbox.codec.sensor_message import decode_sensor_message
from pressbox.errors import RejectedRecord
from pressbox.model.effort import Effort
from pressbox.model.load import (
    LoadResult,
    MinuteReopened,
    SessionClosed,
    SessionOpened,
    SetAside,
    Window,
    WindowMedical,
    WindowPerformance,
    encode_load_result,
)
from pressbox.model.sample import Sample
from pressbox.model.sample_record import DeviceAssigned, SamplesReceived
from pressbox.model.session import AthleteProfile, Terms
from pressbox.pipelines.gauge import gauge_of
from pressbox.pipelines.merge import merge, merge_all
from pressbox.pipelines.second import effort_of
from pressbox.pipelines.shaper import line_of, shape
from pressbox.pipelines.track import MINUTE_MS, SECOND_MS, Closed, Track
from pressbox.stream.fold import KeyedFold

__all__ = ["ATHLETE_LOAD", "Session", "apply", "line_of", "merge", "merge_all", "shape", "summarise"]

SAMPLES: Final = "samples"
LOAD_PERFORMANCE: Final = "load-performance"
LOAD_MEDICAL: Final = "load-medical"
LOAD_ASIDE: Final = "load-aside"

FUTURE_MS: Final = 2_000
"""How far ahead of the time it was received a sample may be: clock offsets are estimates."""

LoadRecord: TypeAlias = SessionOpened | SessionClosed | DeviceAssigned | SamplesReceived | MinuteReopened

decode_load_record = msgspec.msgpack.Decoder(LoadRecord).decode


def summarise(samples: Iterable[Sample], athlete: AthleteProfile, terms: Terms) -> Effort:
    """
    Return the effort of *samples*, in whatever order they come; one sent twice counts once.

    Efforts of the same athlete and terms, each wholly before the next, are joined by `merge`.
    """
    return effort_of(samples, gauge_of(athlete, terms))


class Session(Struct):
    """What the fold keeps of one session: how it was opened, who wears what, and each athlete's track."""

    opened: SessionOpened
    athletes: dict[str, AthleteProfile]
    wearers: dict[str, str] = field(default_factory=dict)
    tracks: dict[str, Track] = field(default_factory=dict)

    def profile(self, athlete: str) -> AthleteProfile:
        """Return what is known of *athlete*; one who came without being announced has a name only."""
        return self.athletes.get(athlete) or AthleteProfile(athlete=athlete)

    def track(self, athlete: str) -> Track:
        """Return the track of *athlete*, begun now where there is none."""
        track = self.tracks.get(athlete)
        if track is None:
            track = self.tracks[athlete] = Track(gauge_of(self.profile(athlete), self.opened.terms))
        return track


class _Results:
    """The results of one record, numbered as they are written; nothing is shaped where they are stored already."""

    __slots__ = ("_revision", "_session", "_silent", "written")

    def __init__(self, session: Session, revision: int, *, silent: bool) -> None:
        self._session = session
        self._revision = revision
        self._silent = silent
        self.written: list[LoadResult] = []

    def closed(self, athlete: str, closed: Closed) -> None:
        if self._silent:
            return
        for start, effort in closed.seconds.items():
            self._figures(athlete, "second", start, effort)
        for start, effort in closed.minutes.items():
            self._figures(athlete, "minute", start, effort)
        if closed.minutes:
            so_far = self._session.tracks[athlete].so_far
            self._figures(athlete, "session", so_far.first_ms - so_far.first_ms % SECOND_MS, so_far)

    def aside(self, athlete: str, reason: str, samples: Sequence[Sample]) -> None:
        by_minute: dict[int, list[Sample]] = {}
        for sample in samples:
            by_minute.setdefault(sample.time_ms - sample.time_ms % MINUTE_MS, []).append(sample)
        for minute_ms in sorted(by_minute):
            self._add(SetAside, athlete, reason, minute_ms, tuple(by_minute[minute_ms]))

    def _figures(self, athlete: str, window: Window, start_ms: int, effort: Effort) -> None:
        session = self._session
        metrics = shape(effort, session.profile(athlete), session.opened.terms)
        self._add(WindowPerformance, athlete, window, start_ms, metrics.performance)
        self._add(WindowMedical, athlete, window, start_ms, metrics.medical)

    def _add(self, kind: Callable[..., LoadResult], athlete: str, one: str, start_ms: int, figures: object) -> None:
        if not self._silent:
            opened, index = self._session.opened, len(self.written)
            self.written.append(
                kind(opened.stadium, opened.session, athlete, one, start_ms, self._revision, index, figures)
            )


def apply(
    session: Session | None, revision: int, record: LoadRecord, *, silent: bool = False
) -> tuple[Session | None, Sequence[LoadResult]]:
    """
    Move *session* by *record* and return it with the results in the order they are to be stored.

    A session opened again begins afresh.

    Raises:
        RejectedRecord: the session was never opened, a message cannot be read, or its device is nobody's.
    """
    if isinstance(record, SessionOpened):
        return Session(record, {profile.athlete: profile for profile in record.athletes}), ()
    if session is None:
        raise RejectedRecord(f"session {record.session} has a record before its opening")
    results = _Results(session, revision, silent=silent)
    match record:
        case SamplesReceived():
            _receive(session, record, results)
        case DeviceAssigned(device=device, athlete=None):
            session.wearers.pop(device, None)
        case DeviceAssigned(device=device, athlete=str(athlete)):
            session.wearers[device] = athlete
        case MinuteReopened():
            _reopen(session, record, results)
        case SessionClosed():
            for athlete, track in session.tracks.items():
                end_ms = track.watermark_ms - track.watermark_ms % MINUTE_MS + MINUTE_MS
                results.closed(athlete, track.close(set(), end_ms))
    return session, results.written


def _receive(session: Session, record: SamplesReceived, results: _Results) -> None:
    athlete = session.wearers.get(record.device)
    if athlete is None:
        raise RejectedRecord(f"device {record.device} is assigned to nobody in session {record.session}")
    message = decode_sensor_message(record.message)
    _take(
        session, athlete, samples_of(message, record.clock_offset_ms, session.opened.plane), record.received_ms, results
    )


def _take(session: Session, athlete: str, samples: Iterable[Sample], received_ms: int, results: _Results) -> None:
    track = session.track(athlete)
    touched: set[int] = set()
    late: list[Sample] = []
    future: list[Sample] = []
    for sample in samples:
        if sample.time_ms > received_ms + FUTURE_MS:
            future.append(sample)
        elif sample.time_ms < track.kept_ms:
            late.append(sample)
        else:
            touched.add(track.add(sample))
    results.aside(athlete, "late", late)
    results.aside(athlete, "future", future)
    if touched:
        _close(session, athlete, touched, results)


def _close(session: Session, athlete: str, touched: set[int], results: _Results) -> None:
    track, opened = session.track(athlete), session.opened
    over_ms = track.watermark_ms - opened.grace_ms
    closed = track.close(touched, over_ms - over_ms % SECOND_MS)
    results.closed(athlete, closed)
    kept_ms = track.closed_ms - max(opened.late_ms, 0)
    track.drop(kept_ms - kept_ms % MINUTE_MS)


def _reopen(session: Session, record: MinuteReopened, results: _Results) -> None:
    track = session.track(record.athlete)
    if record.minute_ms >= track.kept_ms:  # it never was dropped: its samples are as good as any
        touched = {track.add(sample) for sample in record.samples}
        _close(session, record.athlete, touched, results)
    else:
        results.closed(record.athlete, track.reopen(record.minute_ms, record.samples))


def _topic_of(result: LoadResult) -> str:
    match result:
        case WindowPerformance():
            return LOAD_PERFORMANCE
        case WindowMedical():
            return LOAD_MEDICAL
        case SetAside():
            return LOAD_ASIDE


ATHLETE_LOAD: Final[KeyedFold[Session, LoadRecord, LoadResult]] = KeyedFold(
    name="athlete_load",
    source=SAMPLES,
    targets=(LOAD_ASIDE, LOAD_MEDICAL, LOAD_PERFORMANCE),
    decode=decode_load_record,
    apply=apply,
    encode=encode_load_result,
    topic_of=_topic_of,
)
