"""
Wiring of game events: from the HTTP API through the topic of events to the tables of the lake.

`wiring` opens it where the settings collect events, and gives its parts their threads.
"""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pressbox.codec.action_schema import EventSchemas, decode_event_schema
from pressbox.errors import BadInput, BadSettings
from pressbox.event_letters import EventLetters
from pressbox.model.action import Action, ActionResult, EventSchema
from pressbox.observation import ObservedEvents
from pressbox.pipelines.game_play import ACTION_ROWS, EVENTS, EVENTS_DEAD_LETTERS, game_play, refused
from pressbox.runtime.embedded import EmbeddedRunner
from pressbox.runtime.pump import Pump
from pressbox.sources.collector import Collector, CollectorSettings
from pressbox.sources.event_ingest import EventIngest
from pressbox.sources.event_reading import EventReading
from pressbox.stores.catalogue import FILE_NAME as CATALOGUE_FILE
from pressbox.stores.catalogue import Catalogue
from pressbox.stores.lake import FOLDER as LAKE_FOLDER
from pressbox.stores.lake import Lake
from pressbox.stores.lake_query import HAS_DUCKDB, LakeQuery
from pressbox.stores.sqlite_event_ids import FILE_NAME as IDS_FILE
from pressbox.stores.sqlite_event_ids import SqliteEventIds
from pressbox.stream.clock import Clock
from pressbox.stream.log import Log

EVENT_TOPICS: Final = (EVENTS, EVENTS_DEAD_LETTERS, ACTION_ROWS)
SCHEMAS_FOLDER: Final = "schemas"

_MEGABYTE: Final = 1 << 20


def event_schemas(data: Path) -> EventSchemas:
    """
    Return the schemas pressbox comes with and those in the folder `schemas` of *data*.

    Raises:
        BadSettings: a file is no schema, or does not go together with the others.
    """
    found: list[EventSchema] = []
    own = sorted(files("pressbox.schemas").iterdir(), key=lambda one: one.name)
    places: list[Any] = [one for one in own if one.name.endswith(".json")]
    places += sorted((data / SCHEMAS_FOLDER).glob("*.json"))
    for place in places:
        try:
            found.append(decode_event_schema(place.read_bytes()))
        except (BadInput, OSError) as error:
            raise BadSettings(f"{place}: {error}") from error
    try:
        return EventSchemas(found)
    except BadInput as error:
        raise BadSettings(f"{data / SCHEMAS_FOLDER}: {error}") from error


class GameEvents:
    """The fold of events and what stands before and behind it, over *log*."""

    def __init__(self, data: Path, log: Log, clock: Clock, settings: CollectorSettings) -> None:
        """
        Make the parts.

        Raises:
            BadSettings: a file of schemas cannot be used.
        """
        self._log, self._clock, self._settings = log, clock, settings
        self.schemas = event_schemas(data)
        self.lake = Lake(
            data / LAKE_FOLDER,
            log,
            self.schemas,
            clock,
            roll_s=settings.roll_s,
            roll_bytes=settings.roll_mb * _MEGABYTE,
        )
        self.catalogue = Catalogue(data / CATALOGUE_FILE)
        self.letters = EventLetters(data)
        self.pumps: list[Pump[Any]] = [Pump(self.lake, ACTION_ROWS, len, log), self.letters.pump(log)]
        self._reading = EventReading(self.schemas, self.catalogue.find, clock)
        self._is_running = False
        self._ids_path = data / IDS_FILE
        self.ingest = EventIngest(log, clock)
        self.collector: Collector | None = None

    def open(self) -> None:
        """
        Fold what came since the ids were written last.

        Raises:
            BadSettings: what is stored is of a newer pressbox, or damaged.
            Unavailable: it cannot be opened, or the log takes no results now.
        """
        self.catalogue.open()
        self._ids = SqliteEventIds(self._ids_path, self._clock, generation=self._log.generation(EVENTS))
        self._ids.open()
        self.runner: EmbeddedRunner[bool, Action, ActionResult] = EmbeddedRunner(
            game_play(self.schemas), self._log, self._clock, reject=refused, states=self._ids, moved=lambda _: None
        )
        self.runner.recover(lambda *_: None)

    def start(self, spawn: Callable[[str, Callable[[], None]], None], stopping: threading.Event) -> None:
        """
        Listen, and give each part its thread by *spawn*, until *stopping*.

        Raises:
            BadSettings: nobody may listen as it is set.
        """
        self.collector = Collector(self._settings, self.ingest, self._reading)
        self._is_running = True
        spawn("game play", partial(self.runner.run, stopping))
        for pump in self.pumps:
            spawn(f"store {pump.store.name}", partial(pump.run, stopping))
        spawn("lake", partial(self.lake.run, stopping))
        spawn("events", partial(self.ingest.run, stopping))
        spawn("collector", self.collector.run)

    def stop(self) -> None:
        """Answer no more; what waits is told that it was not stored."""
        if self.collector is not None:
            self.collector.close()

    def close(self) -> None:
        """Let go of everything; the threads have ended."""
        self._ids.close()
        self.catalogue.close()
        for pump in self.pumps:
            pump.store.close()

    def observed(self) -> ObservedEvents:
        """Return what there is to look at."""
        stores = list(zip(("parquet", "sqlite"), self.pumps, strict=True))
        return ObservedEvents(self.ingest, self.runner, stores, self.letters.store.open_total, self._ids.forgotten)

    def inquiry(self) -> LakeQuery | None:
        """Return what answers questions in SQL, where its library is installed."""
        return LakeQuery(self.lake, self._log, self.schemas) if HAS_DUCKDB else None

    def problems(self) -> list[tuple[str, str]]:
        """Return what is wrong with each part, if anything."""
        stores = [(f"store {pump.store.name}", pump.state().problem) for pump in self.pumps]
        return [("collector", self.ingest.problem), ("game play", self.runner.problem), *stores]

    def operations(self) -> Mapping[str, Callable[..., Any]]:
        """Return what people may ask of events, by name."""
        return self.letters.operations(self._log, self._reading, self.catch_up)

    def catch_up(self) -> None:
        """
        Carry everything through by hand, where no threads do.

        Raises:
            Unavailable: the log or a store takes nothing now.
        """
        if self._is_running:
            return
        for partition in range(self._log.partitions(EVENTS)):
            while self.runner.step(partition):
                pass
        for pump in self.pumps:
            pump.drain()

    def needed(self, topic: str) -> dict[str, dict[int, int]]:
        """Return, by part and partition, the offset of *topic* that something here still needs of the log."""
        if topic == EVENTS:
            return {"event ids": self.runner.needed()}
        return {self.lake.name: self.lake.needed()} if topic == ACTION_ROWS else {}
