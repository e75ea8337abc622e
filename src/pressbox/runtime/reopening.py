"""
Reopening minutes: what came late for a minute that is final is brought back with all samples of that minute.

The fold sets such samples aside and reads nothing itself. Here the minute's samples are read from the topic, or the archive,
and appended as one record, so every engine and every replay sees the same input.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from pressbox.codec.sample import samples_of
from pressbox.codec.sensor_message import decode_sensor_message
from pressbox.errors import BadInput, RejectedRecord
from pressbox.model.load import LoadResult, MinuteReopened, SetAside
from pressbox.model.sample import Sample
from pressbox.model.sample_record import SamplesReceived, decode_sample_record, encode_sample_record, session_key
from pressbox.pipelines.athlete_load import FUTURE_MS, SAMPLES
from pressbox.pipelines.session import Session
from pressbox.pipelines.track import MINUTE_MS
from pressbox.stream.clock import Clock
from pressbox.stream.log import Log, partition_of
from pressbox.stream.record import NewRecord, Record
from pressbox.stream.store import Batch, Cursor

_RECORDS_A_READ: Final = 500

_LOGGER: Final = logging.getLogger(__name__)


class Progress(Protocol):
    """Keeps how far the topic of what was set aside has been read."""

    def open(self) -> None:
        """Make ready; see `Store.open`."""
        ...

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        ...

    def move(self, partition: int, cursor: Cursor) -> None:
        """Keep *cursor*."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Archive(Protocol):
    """Has the samples of sessions that the log has let go of."""

    def samples_of_minute(self, stadium: str, session: str, athlete: str, minute_ms: int) -> Sequence[Sample]:
        """
        Return all archived samples of *athlete* in the minute that begins at *minute_ms*, in order.

        Raises:
            BadInput: nothing of the session is archived.
            Unavailable: it cannot be read now.
        """
        ...


class Reopening:
    """
    A store of what was set aside, which answers with records.

    The same samples may be set aside twice, and a minute be reopened twice by it: its figures are the same then. What
    the log has let go of is read from the *archive*, which keeps the log from letting go of what it has not. Where there
    is none the minute cannot be reopened; the samples stay set aside, and *gaps* counts the minutes.
    """

    name = "late samples"

    def __init__(
        self,
        log: Log,
        clock: Clock,
        progress: Progress,
        session_of: Callable[[int, str], Session | None],
        archive: Archive | None = None,
    ) -> None:
        self._log, self._clock = log, clock
        self._progress = progress
        self._archive = archive
        self._session_of = session_of
        self.gaps = 0

    def open(self) -> None:
        """Make ready; see `Store.open`."""
        self._progress.open()

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        return self._progress.cursor(partition)

    def write(self, batch: Batch[LoadResult]) -> None:
        """Reopen the minutes that got a late sample in *batch*, then move the cursor; see `Store.write`."""
        late: dict[tuple[str, str, str, int], None] = {}
        for result in batch.results:
            if isinstance(result, SetAside) and result.reason == "late":
                late[result.stadium, result.session, result.athlete, result.minute_ms] = None
        for place in late:
            self._reopen(*place)
        self._progress.move(batch.partition, batch.cursor)

    def close(self) -> None:
        """Let go of its progress."""
        self._progress.close()

    def _reopen(self, stadium: str, session: str, athlete: str, minute_ms: int) -> None:
        key = session_key(stadium, session)
        partition = partition_of(key, self._log.partitions(SAMPLES))
        state = self._session_of(partition, key)
        ranges = [] if state is None else list(state.offsets_of(minute_ms))
        start = self._log.start(SAMPLES, partition)
        if state is None or not ranges:
            self._leave(athlete, key, minute_ms, "nothing is known of it")
            return
        samples: dict[Sample, None] = {}
        if ranges[0][0] < start:
            try:
                samples.update(dict.fromkeys(self._archived(stadium, session, athlete, minute_ms)))
            except BadInput as error:
                self._leave(athlete, key, minute_ms, str(error))
                return
        for first, last in ranges:
            for record in self._records(partition, max(first, start), last):
                if record.key == key:
                    samples.update(dict.fromkeys(_samples(state, record, athlete, minute_ms)))
        ordered = tuple(sorted(samples, key=lambda one: one.identity))
        reopened = MinuteReopened(stadium, session, athlete, minute_ms, ordered)
        self._log.append(SAMPLES, partition, [NewRecord(key, encode_sample_record(reopened), self._clock.now_ms())])

    def _leave(self, athlete: str, key: str, minute_ms: int, reason: str) -> None:
        self.gaps += 1
        _LOGGER.warning("minute %d of %s in %s stays without its late samples: %s", minute_ms, athlete, key, reason)

    def _archived(self, stadium: str, session: str, athlete: str, minute_ms: int) -> Sequence[Sample]:
        if self._archive is None:
            raise BadInput("the log has let go of it, and there is no archive")
        return self._archive.samples_of_minute(stadium, session, athlete, minute_ms)

    def _records(self, partition: int, first: int, last: int) -> Iterator[Record]:
        offset = first
        while offset <= last:
            records = self._log.read(SAMPLES, partition, offset, records_max=min(_RECORDS_A_READ, last - offset + 1))
            yield from records
            offset = records[-1].offset + 1


def _samples(state: Session, record: Record, athlete: str, minute_ms: int) -> Iterator[Sample]:
    """Return the samples of the minute in *record*, where the athlete wore its device then."""
    received = decode_sample_record(record.value)
    if not isinstance(received, SamplesReceived) or state.wearer_at(received.device, record.offset) != athlete:
        return
    try:
        message = decode_sensor_message(received.message)
    except RejectedRecord:
        return  # the fold refused it then, too
    for sample in samples_of(message, received.clock_offset_ms, state.opened.plane):
        if minute_ms <= sample.time_ms < minute_ms + MINUTE_MS and sample.time_ms <= received.received_ms + FUTURE_MS:
            yield sample
