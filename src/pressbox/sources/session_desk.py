"""
The desk where people open and close sessions and periods: what they say becomes records in the topic of the samples.

So what figures depend on lies in the log, in its place among the samples.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec.structs import replace

from pressbox.errors import BadInput
from pressbox.model.device import is_name
from pressbox.model.load import PeriodEnded, PeriodStarted, SessionClosed, SessionOpened, SessionTold
from pressbox.model.sample_record import DeviceAssigned, SampleRecord, encode_sample_record, session_key
from pressbox.sources.sensor_ingest import SAMPLES
from pressbox.stream.clock import Clock
from pressbox.stream.log import Log, partition_of
from pressbox.stream.record import NewRecord

Known: TypeAlias = Callable[[str, str], SessionTold | None]

_SECOND_MS: Final = 1_000
_ATHLETES_MAX: Final = 500
_PERIOD_NAME_MAX: Final = 40


class SessionDesk:
    """Appends to *log* what people say; *known* tells where a session stands, by stadium and session."""

    def __init__(self, log: Log, clock: Clock, known: Known) -> None:
        self._log, self._clock, self._known = log, clock, known

    def open(self, opened: SessionOpened, wearers: Mapping[str, str]) -> int:
        """
        Open a session, its devices worn by athletes as *wearers* says, and return the offset of the last record.

        One group holds them all, so no session is open with half its devices.

        Raises:
            BadInput: it is open already, or a name cannot be one.
            Unavailable: the log takes nothing now.
        """
        known = self._known(opened.stadium, opened.session)
        if known is not None:
            raise BadInput(f"session {opened.stadium}/{opened.session} was opened before: choose another name")
        _check_names("athlete", [profile.athlete for profile in opened.athletes])
        _check_names("device", list(wearers))
        _check_names("athlete", list(wearers.values()))
        if len(opened.athletes) > _ATHLETES_MAX or len(wearers) > _ATHLETES_MAX:
            raise BadInput(f"a session has {_ATHLETES_MAX} athletes at most")
        now_ms = self._clock.now_ms()
        assigned = [DeviceAssigned(opened.stadium, opened.session, one, athlete) for one, athlete in wearers.items()]
        first = opened if opened.opened_ms else replace(opened, opened_ms=now_ms)
        return self._say(opened.stadium, opened.session, [first, *assigned])

    def close(self, stadium: str, session: str) -> int:
        """
        Close a session that is open, and return the offset of the record.

        Raises:
            BadInput: there is none of this name, or it is closed.
            Unavailable: the log takes nothing now.
        """
        self._open_one(stadium, session)
        return self._say(stadium, session, [SessionClosed(stadium, session, self._clock.now_ms())])

    def period(self, stadium: str, session: str, period: str | None) -> int:
        """
        Begin the period named *period*, ending the one under way; None only ends it. Return the offset of the record.

        Raises:
            BadInput: the session is not open, no period is under way that could end, the last one began or ended in
                this very second, or the name is empty or long.
            Unavailable: the log takes nothing now.
        """
        known, now_ms = self._open_one(stadium, session), self._clock.now_ms()
        _check_time(known, now_ms)
        if period is None:
            if not known.periods or known.periods[-1].end_ms is not None:
                raise BadInput(f"session {stadium}/{session} has no period under way")
            return self._say(stadium, session, [PeriodEnded(stadium, session, now_ms)])
        if not 0 < len(period.strip()) <= _PERIOD_NAME_MAX:
            raise BadInput(f"a period has a name of 1 to {_PERIOD_NAME_MAX} letters, such as Q1")
        return self._say(stadium, session, [PeriodStarted(stadium, session, period.strip(), now_ms)])

    def _open_one(self, stadium: str, session: str) -> SessionTold:
        known = self._known(stadium, session)
        if known is None:
            raise BadInput(f"there is no session {stadium}/{session}: `pressbox session list` shows them all")
        if known.state == "closed":
            raise BadInput(f"session {stadium}/{session} is closed")
        return known

    def _say(self, stadium: str, session: str, records: Sequence[SampleRecord]) -> int:
        _check_names("stadium", [stadium])
        _check_names("session", [session])
        key, now_ms = session_key(stadium, session), self._clock.now_ms()
        partition = partition_of(key, self._log.partitions(SAMPLES))
        group = [NewRecord(key, encode_sample_record(record), now_ms) for record in records]
        return self._log.append(SAMPLES, partition, group) + len(group) - 1


def _check_time(known: SessionTold, now_ms: int) -> None:
    if not known.periods:
        return
    last, second_ms = known.periods[-1], now_ms - now_ms % _SECOND_MS
    if last.end_ms is None and second_ms <= last.start_ms:
        raise BadInput(f"period {last.name} began in this very second, and lasts one at least: tell it again")
    if last.end_ms is not None and second_ms < last.end_ms:
        raise BadInput(f"period {last.name} ends later than now, by this clock: tell it again")


def _check_names(what: str, names: Sequence[str]) -> None:
    for name in names:
        if not is_name(name):
            raise BadInput(f"{what} {name!r}: a name is 1 to 64 letters without accents, digits, '.', '_' and '-'")
