"""
Which records of a session make one file of the archive.

It follows from the records alone, one by one: so a file lost, or cut off by a crash, is made again from the same range.
"""

from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from pressbox.model.load import PeriodEnded, PeriodStarted, SessionClosed, SessionOpened
from pressbox.model.sample_record import DeviceAssigned, SampleRecord, SamplesReceived
from pressbox.model.session import Period

FILE_MS_MAX: Final = 300_000
FILE_BYTES_MAX: Final = 64 * 1024 * 1024


class ArchivedSession(Struct, frozen=True, kw_only=True):
    """What is told beside the samples of a session: *begin* is the place of its opening, generation and offset."""

    begin: tuple[int, int]
    opened: SessionOpened
    periods: tuple[Period, ...] = ()
    closed_ms: int | None = None

    def without(self, athlete: str) -> "ArchivedSession":
        """Return the same as if nobody had told of *athlete*."""
        return replace(self, opened=self.opened.without(athlete))


class FilePlan(Struct, frozen=True, kw_only=True):
    """A file to be: the records of its session from *first* to *last*; *wearers* is who wore what before the first."""

    generation: int
    partition: int
    first: int
    last: int
    wearers: dict[str, str]
    session: ArchivedSession

    def without(self, athlete: str) -> "FilePlan":
        """Return the plan of a file that has nothing of *athlete*."""
        return replace(self, wearers=_others(self.wearers, athlete), session=self.session.without(athlete))


class _Range(Struct):
    """The records since the last file; *bytes* is the length of their messages."""

    first: int
    last: int
    received_ms: int
    bytes: int
    wearers: dict[str, str]


class Followed(Struct):
    """A session as far as its records were followed."""

    session: ArchivedSession
    wearers: dict[str, str] = field(default_factory=dict)
    range: _Range | None = None

    def forget(self, athlete: str) -> None:
        """Be as if *athlete* had worn nothing."""
        self.session, self.wearers = self.session.without(athlete), _others(self.wearers, athlete)
        if self.range is not None:
            self.range.wearers = _others(self.range.wearers, athlete)

    def plan(self, generation: int, partition: int, last: int) -> FilePlan:
        """Return the plan of a file that ends with the record at *last*, and begin the next one."""
        found, self.range = self.range, None
        return FilePlan(
            generation=generation,
            partition=partition,
            first=last if found is None else found.first,
            last=last,
            wearers=dict(self.wearers) if found is None else found.wearers,
            session=self.session,
        )


def follow(
    followed: Followed | None, generation: int, partition: int, offset: int, record: SampleRecord
) -> tuple[Followed | None, FilePlan | None]:
    """
    Return the session after *record*, and the plan of the file that is full with it, or before it.

    A file ends where the session is closed or opened again, and before the record that would make it longer than
    5 minutes or 64 MB of messages.
    """
    plan = None
    if isinstance(record, SessionOpened):
        if followed is not None and followed.range is not None:
            plan = followed.plan(generation, partition, followed.range.last)
        return Followed(ArchivedSession(begin=(generation, offset), opened=record)), plan
    if followed is None:
        return None, None
    match record:
        case SamplesReceived():
            plan = _full(followed, generation, partition, record)
            _add(followed, offset, record)
        case DeviceAssigned():
            wear(followed.wearers, record)
        case PeriodStarted() | PeriodEnded():
            _divide(followed, record)
        case SessionClosed():
            followed.session = replace(followed.session, closed_ms=record.closed_ms)
            plan = followed.plan(generation, partition, offset)
    return followed, plan


def wear(wearers: dict[str, str], record: DeviceAssigned) -> None:
    """Let *wearers* be who wears what after *record*."""
    if record.athlete is None:
        wearers.pop(record.device, None)
    else:
        wearers[record.device] = record.athlete


def _others(wearers: dict[str, str], athlete: str) -> dict[str, str]:
    return {device: one for device, one in wearers.items() if one != athlete}


def _full(followed: Followed, generation: int, partition: int, record: SamplesReceived) -> FilePlan | None:
    found = followed.range
    if found is None:
        return None
    long = record.received_ms - found.received_ms >= FILE_MS_MAX
    if long or found.bytes + len(record.message) > FILE_BYTES_MAX:
        return followed.plan(generation, partition, found.last)
    return None


def _add(followed: Followed, offset: int, record: SamplesReceived) -> None:
    found = followed.range
    if found is None:
        followed.range = _Range(offset, offset, record.received_ms, len(record.message), dict(followed.wearers))
    else:
        found.last = offset
        found.bytes += len(record.message)


def _divide(followed: Followed, record: PeriodStarted | PeriodEnded) -> None:
    at_ms, periods = record.at_ms - record.at_ms % 1000, list(followed.session.periods)
    if periods and periods[-1].end_ms is None:
        periods[-1] = replace(periods[-1], end_ms=at_ms)
    if isinstance(record, PeriodStarted):
        periods.append(Period(record.period, at_ms))
    followed.session = replace(followed.session, periods=tuple(periods))
