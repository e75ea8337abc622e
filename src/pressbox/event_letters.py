"""The dead letters of game events: their store, and how a mended one becomes a row after all."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from pressbox.codec.action import Kept
from pressbox.errors import BadInput
from pressbox.model.action import decode_action_result
from pressbox.pipelines.game_play import EVENTS, EVENTS_DEAD_LETTERS
from pressbox.runtime.pump import Pump
from pressbox.sources.event_reading import EventReading
from pressbox.stores.sqlite_event_dead_letters import FILE_NAME, EventLetter, SqliteEventDeadLetters
from pressbox.stream.log import Log, partition_of
from pressbox.stream.record import NewRecord

_REPLAYED_MAX: Final = 100_000
_APPENDED_AT_ONCE: Final = 500


class ReplayedEvents(Struct, frozen=True):
    """How many letters fit now and were sent *again*, and how many are *left* because they fit no schema still."""

    again: int
    left: int


class EventLetters:
    """What is kept of the dead letters of events in the folder *data*."""

    def __init__(self, data: Path) -> None:
        self.store = SqliteEventDeadLetters(data / FILE_NAME)

    def pump(self, log: Log) -> Pump[Any]:
        """Return what fills the store."""
        return Pump(self.store, EVENTS_DEAD_LETTERS, decode_action_result, log)

    def letter(self, beginning: str) -> EventLetter:
        """
        Return the letter whose id begins so.

        Raises:
            BadInput: there is none, or more than one.
        """
        found = self.store.letter(beginning)
        if len(found) != 1:
            how_many = "more than one dead letter's id begins" if found else "no dead letter of events begins"
            raise BadInput(f"{how_many} with {beginning!r}; `pressbox deadletters list --events` shows them")
        return found[0]

    def operations(
        self, log: Log, reading: EventReading, settle: Callable[[], None]
    ) -> Mapping[str, Callable[..., Any]]:
        """Return what a command may ask of the process that has the *log*, by name."""

        def deadletters_replay_event(letter: str, message: str | None = None) -> EventLetter:
            found = self.letter(letter)
            record, reason = _again(reading, found, found.content if message is None else message.encode())
            if record is None:
                raise BadInput(f"{found.id}: {reason}")
            _append(log, [record])
            self.store.mend([found])
            settle()
            return self.letter(found.id)

        def deadletters_replay_events(game: str | None = None, *, dry_run: bool = False) -> ReplayedEvents:
            open_ones = self.store.letters(game=game, records_max=_REPLAYED_MAX)[::-1]
            tried = [(one, _again(reading, one, one.content)[0]) for one in open_ones]
            again = [(one, record) for one, record in tried if record is not None]
            if not dry_run:
                for first in range(0, len(again), _APPENDED_AT_ONCE):
                    some = again[first : first + _APPENDED_AT_ONCE]
                    _append(log, [record for _, record in some])
                    self.store.mend([one for one, _ in some])
                settle()
            return ReplayedEvents(len(again), len(tried) - len(again))

        return {one.__name__: one for one in (deadletters_replay_event, deadletters_replay_events)}


def _again(reading: EventReading, found: EventLetter, content: bytes) -> tuple[NewRecord | None, str]:
    """Return the record *content* makes now, under the id of *found*, or why it makes none."""
    read = reading.one(found.game, content, Kept(found.accept, found.host, found.user_agent), found.event_id)
    if read.reason or read.record is None:
        return None, read.reason
    return read.record, ""


def _append(log: Log, records: list[NewRecord]) -> None:
    partitions = log.partitions(EVENTS)
    placed: dict[int, list[NewRecord]] = {}
    for record in records:
        placed.setdefault(partition_of(record.key, partitions), []).append(record)
    for partition, some in placed.items():
        log.append(EVENTS, partition, some)
