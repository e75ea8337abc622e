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
from typing import Final

import msgspec
from msgspec.structs import replace

from pressbox.codec.sample import samples_of
from pressbox.codec.sensor_message import decode_sensor_message
from pressbox.errors import RejectedRecord
from pressbox.model.effort import Effort
from pressbox.model.load import (
    AthleteName,
    LoadResult,
    MinuteReopened,
    PeriodEnded,
    PeriodStarted,
    RecordRefused,
    SessionClosed,
    SessionOpened,
    SessionTold,
    SetAside,
    Window,
    WindowMedical,
    WindowPerformance,
    encode_load_result,
)
from pressbox.model.sample import Sample
from pressbox.model.sample_record import (
    DeviceAssigned,
    RecordErased,
    SampleRecord,
    SamplesReceived,
    decode_sample_record,
)
from pressbox.model.session import AthleteProfile, Period, Terms
from pressbox.pipelines.gauge import gauge_of
from pressbox.pipelines.merge import merge, merge_all
from pressbox.pipelines.second import NOTHING, effort_of
from pressbox.pipelines.session import STATE_VERSION, Session, decode_session, encode_session
from pressbox.pipelines.shaper import line_of, shape
from pressbox.pipelines.track import MINUTE_MS, SECOND_MS, Closed
from pressbox.stream.fold import KeyedFold
from pressbox.stream.record import Record
from pressbox.stream.revision import offset_of

__all__ = [
    "ATHLETE_LOAD",
    "Session",
    "apply",
    "line_of",
    "live_results",
    "merge",
    "merge_all",
    "refused",
    "shape",
    "summarise",
]

SAMPLES: Final = "samples"
LOAD_PERFORMANCE: Final = "load-performance"
LOAD_MEDICAL: Final = "load-medical"
LOAD_SESSIONS: Final = "load-sessions"
LOAD_ASIDE: Final = "load-aside"

FUTURE_MS: Final = 2_000
"""How far ahead of the time it was received a sample may be: clock offsets are estimates."""


def summarise(samples: Iterable[Sample], athlete: AthleteProfile, terms: Terms) -> Effort:
    """
    Return the effort of *samples*, in whatever order they come; one sent twice counts once.

    Efforts of the same athlete and terms, each wholly before the next, are joined by `merge`.
    """
    return effort_of(samples, gauge_of(athlete, terms))


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
            self.periods(athlete, min(closed.minutes), max(closed.minutes) + MINUTE_MS)
            so_far = self._session.tracks[athlete].so_far
            self._figures(athlete, "session", so_far.first_ms - so_far.first_ms % SECOND_MS, so_far)

    def periods(self, athlete: str, start_ms: int, end_ms: int) -> None:
        """Tell the figures so far of the periods that lie in [start, end) with a part of theirs."""
        if self._silent:
            return
        track = self._session.tracks[athlete]
        for period in self._session.periods:
            if period.start_ms < end_ms and (period.end_ms is None or period.end_ms > start_ms):
                effort = track.span(period.start_ms, period.end_ms)
                if effort.samples:
                    self._figures(athlete, "period", period.start_ms, effort)

    def live(self, athlete: str, *, totals: bool) -> None:
        """Tell the seconds that are open, and all there is so far."""
        track = self._session.tracks[athlete]
        before, open_seconds = track.looked_at, track.open_seconds()
        for start_ms, effort in open_seconds.items():
            if start_ms not in before or before[start_ms][1] is not effort:
                self._figures(athlete, "second", start_ms, effort)
        now = merge_all((track.so_far, *open_seconds.values()), track.gauge) if totals else NOTHING
        if now.samples:
            self._figures(athlete, "session", now.first_ms - now.first_ms % SECOND_MS, now)

    def told(self) -> None:
        """Tell where the session stands."""
        if not self._silent:
            self.written.append(_told(self._session, self._revision, len(self.written)))

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
    session: Session | None, revision: int, record: SampleRecord, *, silent: bool = False
) -> tuple[Session | None, Sequence[LoadResult]]:
    """
    Move *session* by *record* and return it with the results in the order they are to be stored.

    A session opened again begins afresh. What was erased changes nothing.

    Raises:
        RejectedRecord: the session was never opened, a message cannot be read, or its device is nobody's.
    """
    if isinstance(record, RecordErased):
        return session, ()
    if isinstance(record, SessionOpened):
        session = Session(record, {profile.athlete: profile for profile in record.athletes})
    elif session is None:
        raise RejectedRecord(f"session {record.session} has a record before its opening")
    results = _Results(session, revision, silent=silent)
    match record:
        case SessionOpened():
            results.told()
        case SamplesReceived():
            _receive(session, revision, record, results)
        case DeviceAssigned():
            session.assign(record.device, record.athlete, offset_of(revision))
            results.told()
        case PeriodStarted() | PeriodEnded():
            _divide(session, record, results)
            results.told()
        case MinuteReopened():
            _reopen(session, record, results)
        case SessionClosed():
            _end(session, record, results)
            results.told()
    return session, results.written


def _divide(session: Session, record: PeriodStarted | PeriodEnded, results: _Results) -> None:
    border_ms = record.at_ms - record.at_ms % SECOND_MS
    under_way = session.periods[-1] if session.periods and session.periods[-1].end_ms is None else None
    last_ms = max([0, *(border for one in session.periods for border in (one.start_ms, one.end_ms) if border)])
    kept_ms = max([0, *(track.kept_ms for track in session.tracks.values())])
    if isinstance(record, PeriodEnded) and under_way is None:
        raise RejectedRecord(f"session {record.session} has no period under way that could end")
    if session.closed_ms is not None:
        raise RejectedRecord(f"session {record.session} is closed")
    if border_ms < last_ms or (under_way is not None and border_ms <= under_way.start_ms):
        raise RejectedRecord(f"a period of session {record.session} cannot begin or end before the last one did")
    if border_ms < kept_ms:
        raise RejectedRecord(f"a period of session {record.session} cannot begin or end in minutes that are final")
    for track in session.tracks.values():
        track.cut(border_ms)
    if under_way is not None:
        session.periods[-1] = replace(under_way, end_ms=border_ms)
    if isinstance(record, PeriodStarted):
        session.periods.append(Period(record.period, border_ms))
    if under_way is not None:
        for athlete in session.tracks:
            results.periods(athlete, under_way.start_ms, under_way.start_ms + 1)


def _end(session: Session, record: SessionClosed, results: _Results) -> None:
    session.closed_ms = record.closed_ms
    ends_ms = {
        athlete: track.watermark_ms - track.watermark_ms % MINUTE_MS + MINUTE_MS
        for athlete, track in session.tracks.items()
    }
    if session.periods and session.periods[-1].end_ms is None:
        last = session.periods[-1]
        end_ms = max(last.start_ms, record.closed_ms - record.closed_ms % SECOND_MS, *ends_ms.values())
        session.periods[-1] = replace(last, end_ms=end_ms)
        for track in session.tracks.values():
            track.cut(end_ms)
    for athlete, track in session.tracks.items():
        results.closed(athlete, track.close(set(), ends_ms[athlete]))


def _receive(session: Session, revision: int, record: SamplesReceived, results: _Results) -> None:
    athlete = session.wearers.get(record.device)
    if athlete is None:
        raise RejectedRecord(f"device {record.device} is assigned to nobody in session {record.session}")
    message = decode_sensor_message(record.message)
    samples = samples_of(message, record.clock_offset_ms, session.opened.plane)
    for minute_ms in sorted({sample.time_ms - sample.time_ms % MINUTE_MS for sample in samples}):
        if minute_ms <= record.received_ms + FUTURE_MS:
            session.note(minute_ms, offset_of(revision))
    track = session.track(athlete)
    track.received_ms = max(track.received_ms, record.received_ms)
    if message.battery_pct is not None:
        track.battery_pct = message.battery_pct
    _take(session, athlete, samples, record.received_ms, results)


def _take(session: Session, athlete: str, samples: Iterable[Sample], received_ms: int, results: _Results) -> None:
    track = session.track(athlete)
    touched: set[int] = set()
    late: list[Sample] = []
    future: list[Sample] = []
    newest_ms, kept_ms, add = received_ms + FUTURE_MS, track.kept_ms, track.add
    for sample in samples:
        time_ms = sample.time_ms
        if time_ms > newest_ms:
            future.append(sample)
        elif time_ms < kept_ms:
            late.append(sample)
        else:
            touched.add(add(sample))
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


def live_results(session: Session, revision: int, athletes: Iterable[str], *, totals: bool = True) -> list[LoadResult]:
    """
    Return what is known now of *athletes*, before it is final: their open seconds, and all of the session so far.

    A second is told only where it moved on since it was told last. Without *totals* it is these seconds only.

    *revision* is that of the newest record in *session*. What the log tells of the same windows later has a higher mark.
    """
    results = _Results(session, revision, silent=False)
    for athlete in athletes:
        results.live(athlete, totals=totals)
    return results.written


def refused(record: Record, revision: int, reason: str) -> RecordRefused:
    """Return what is told of a *record* the fold could not take; its message, where it is one of samples."""
    stadium, _, session = record.key.partition("/")
    device, received_ms, message = "", record.time_ms, record.value
    try:
        decoded = decode_sample_record(record.value)
    except msgspec.DecodeError:
        decoded = None
    if isinstance(decoded, SamplesReceived):
        device, received_ms, message = decoded.device, decoded.received_ms, decoded.message
    return RecordRefused(stadium, session, device, reason, revision, 0, received_ms, message)


def _told(session: Session, revision: int, index: int) -> SessionTold:
    opened = session.opened
    return SessionTold(
        stadium=opened.stadium,
        session=opened.session,
        state="open" if session.closed_ms is None else "closed",
        revision=revision,
        index=index,
        opened_ms=opened.opened_ms,
        closed_ms=session.closed_ms or None,
        sport=opened.terms.preset.sport,
        zones_dkmh=opened.terms.preset.zones_dkmh,
        field=opened.terms.preset.field,
        periods=tuple(session.periods),
        athletes=tuple(AthleteName(one.athlete, one.name) for one in session.athletes.values()),
        wearers=dict(session.wearers),
    )


def _topic_of(result: LoadResult) -> str:
    match result:
        case WindowPerformance():
            return LOAD_PERFORMANCE
        case WindowMedical():
            return LOAD_MEDICAL
        case SessionTold():
            return LOAD_SESSIONS
        case SetAside() | RecordRefused():
            return LOAD_ASIDE


ATHLETE_LOAD: Final[KeyedFold[Session, SampleRecord, LoadResult]] = KeyedFold(
    name="athlete_load",
    source=SAMPLES,
    targets=(LOAD_ASIDE, LOAD_SESSIONS, LOAD_MEDICAL, LOAD_PERFORMANCE),
    decode=decode_sample_record,
    apply=apply,
    encode=encode_load_result,
    topic_of=_topic_of,
    freeze=encode_session,
    thaw=decode_session,
    version=STATE_VERSION,
)
