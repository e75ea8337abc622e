"""The sensors' dead letters: their two stores, and how a mended one comes into its session after all."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from pressbox.access.devices import FILE_NAME, DeviceRegistry
from pressbox.codec.sensor_message import decode_sensor_message
from pressbox.errors import BadInput, RejectedRecord
from pressbox.model.load import decode_load_result
from pressbox.model.sample_record import decode_samples_rejected
from pressbox.pipelines.athlete_load import LOAD_ASIDE
from pressbox.runtime.pump import Pump
from pressbox.sources.sensor_ingest import SAMPLES_DEAD_LETTERS, Incoming, SensorIngest
from pressbox.stores.sqlite_sample_dead_letters import ASIDE_FILE, REJECTED_FILE, SampleLetter, SqliteSampleDeadLetters
from pressbox.stream.clock import Clock
from pressbox.stream.log import Log


class Replayed(Struct, frozen=True):
    """The letter *id* after it was tried again; nothing medical, because it passes a door."""

    id: str
    state: str


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
        if found.state == "aside" or not found.device:
            raise BadInput(f"{found.id} is no message of a device in a session: it can only be looked at")
        content = found.message if message is None else message.encode()
        try:
            device = decode_sensor_message(content).device
        except RejectedRecord as refusal:
            raise BadInput(f"{found.id}: {refusal}") from refusal
        if device != found.device:
            raise BadInput(f"{found.id} was sent by device {found.device}, and this one says {device}")
        registry = DeviceRegistry(self._data / FILE_NAME)
        registry.open()
        place = found.stadium, found.session, found.device, found.received_ms
        SensorIngest(log, clock, registry).store(Incoming(*place, content, lambda: store.mend(found.id)))
        return Replayed(found.id, "mended")

    def operations(self, log: Log, clock: Clock) -> Mapping[str, Callable[..., Any]]:
        """Return what a command may ask of the process that has the *log*, by name: nothing that answers a letter."""

        def deadletters_replay_sample(letter: str, message: str | None = None) -> Replayed:
            return self.replay(log, clock, letter, message)

        return {deadletters_replay_sample.__name__: deadletters_replay_sample}

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
