"""The sensors' dead letters: their two stores, and how a mended one comes into its session after all."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from pressbox.access.devices import FILE_NAME, DeviceRegistry
from pressbox.codec.sensor_message import decode_sensor_message
from pressbox.errors import BadInput, RejectedRecord
from pressbox.model.load import decode_load_result
from pressbox.model.sample_record import decode_samples_rejected, session_key
from pressbox.pipelines.athlete_load import LOAD_ASIDE
from pressbox.runtime.pump import Pump
from pressbox.sources.sensor_ingest import SAMPLES_DEAD_LETTERS, Incoming, SensorIngest
from pressbox.stores.sqlite_sample_dead_letters import ASIDE_FILE, REJECTED_FILE, SampleLetter, SqliteSampleDeadLetters
from pressbox.stream.clock import Clock
from pressbox.stream.log import Log

_REPLAYED_MAX: Final = 100_000


class Replayed(Struct, frozen=True):
    """The letter *id* after it was tried again; nothing medical, because it passes a door."""

    id: str
    state: str


class ReplayedAll(Struct, frozen=True):
    """How many letters were tried *again*, and how many were *left* because they cannot be read still."""

    again: int
    left: int


class SampleLetters:
    """What is kept of the sensors' dead letters in the folder *data*. It is medical, and for whoever can read that."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._rejected = SqliteSampleDeadLetters(data / REJECTED_FILE, "sample dead letters")
        self._aside = SqliteSampleDeadLetters(data / ASIDE_FILE, "load aside")

    def pumps(self, log: Log) -> list[Pump[Any]]:
        """Return what fills the stores from their topics."""
        return [
            Pump(self._rejected, SAMPLES_DEAD_LETTERS, decode_samples_rejected, log),
            Pump(self._aside, LOAD_ASIDE, decode_load_result, log),
        ]

    def open(self) -> None:
        """Open what is there, to look at it beside a process that fills it."""
        for store in self._there():
            store.open()

    def close(self) -> None:
        """Close the stores."""
        for store, _ in self._stores():
            store.close()

    def letters(self, *, closed: bool = False) -> list[SampleLetter]:
        """Return the open letters, the newest first, and where *closed* is asked the others too."""
        found = [one for store in self._there() for one in store.letters(closed=closed)]
        return sorted(found, key=lambda one: one.received_ms, reverse=True)

    def letter(self, id_or_beginning: str) -> SampleLetter:
        """
        Return the letter whose id begins so.

        Raises:
            BadInput: there is none, or more than one.
        """
        return self._found(id_or_beginning)[1]

    def open_total(self) -> int:
        """Return the number of open letters."""
        return sum(store.open_total() for store in self._there())

    def replay(self, log: Log, clock: Clock, letter: str, message: str | None = None) -> Replayed:
        """
        Store the message of *letter* again, or *message* in its place, as if the device had sent it then.

        Raises:
            BadInput: it cannot be read still, or is no message of a device in a session.
            Unavailable: the log or the registry of devices cannot take it now.
        """
        store, found = self._found(letter)
        self._ingest(log, clock).store([_again(found, message, lambda: store.mend([found]))])
        return Replayed(found.id, "mended")

    def replay_all(self, log: Log, clock: Clock, session: str | None = None) -> ReplayedAll:
        """
        Store the messages of all open letters again as they are, the oldest first; those of *session* only, if named.

        What the fold refuses still is open again once it has seen it.

        Raises:
            Unavailable: the log or the registry of devices cannot take them now.
        """
        ingest, again, left = self._ingest(log, clock), 0, 0
        for store in self._there():
            stored: list[SampleLetter] = []
            messages = []
            for found in reversed(store.letters(records_max=_REPLAYED_MAX)):
                if session in (None, session_key(found.stadium, found.session)):
                    try:
                        messages.append(_again(found, None, partial(stored.append, found)))
                    except BadInput:
                        left += 1
            try:
                ingest.store(messages)
            finally:
                store.mend(stored)
            again += len(stored)
        return ReplayedAll(again, left)

    def _ingest(self, log: Log, clock: Clock) -> SensorIngest:
        registry = DeviceRegistry(self._data / FILE_NAME)
        registry.open()
        return SensorIngest(log, clock, registry)

    def operations(self, log: Log, clock: Clock) -> Mapping[str, Callable[..., Any]]:
        """Return what a command may ask of the process that has the *log*, by name: nothing that answers a letter."""

        def deadletters_replay_sample(letter: str, message: str | None = None) -> Replayed:
            return self.replay(log, clock, letter, message)

        def deadletters_replay_samples(session: str | None = None) -> ReplayedAll:
            return self.replay_all(log, clock, session)

        return {one.__name__: one for one in (deadletters_replay_sample, deadletters_replay_samples)}

    def _found(self, id_or_beginning: str) -> tuple[SqliteSampleDeadLetters, SampleLetter]:
        found = [(store, one) for store in self._there() for one in store.letter(id_or_beginning)]
        if len(found) != 1:
            how_many = "more than one dead letter's id begins" if found else "no dead letter of sensors begins"
            raise BadInput(f"{how_many} with {id_or_beginning!r}; `pressbox deadletters list --samples` shows them")
        return found[0]

    def _there(self) -> list[SqliteSampleDeadLetters]:
        return [store for store, name in self._stores() if (self._data / name).exists()]

    def _stores(self) -> list[tuple[SqliteSampleDeadLetters, str]]:
        return [(self._rejected, REJECTED_FILE), (self._aside, ASIDE_FILE)]


def _again(found: SampleLetter, message: str | None, stored: Callable[[], None]) -> Incoming:
    if found.state == "aside" or not found.device:
        raise BadInput(f"{found.id} is no message of a device in a session: it can only be looked at")
    content = found.message if message is None else message.encode()
    try:
        device = decode_sensor_message(content).device
    except RejectedRecord as refusal:
        raise BadInput(f"{found.id}: {refusal}") from refusal
    if device != found.device:
        raise BadInput(f"{found.id} was sent by device {found.device}, and this one says {device}")
    return Incoming(found.stadium, found.session, found.device, found.received_ms, content, stored)
