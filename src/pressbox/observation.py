"""The observation: gathers from all parts where they stand, into the one value that every telling of it shows."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from msgspec import Struct

from pressbox import __version__
from pressbox.errors import BadSettings, Corrupted, Unavailable
from pressbox.log.segments import SegmentLog
from pressbox.model.overview import (
    NAMED_MAX,
    SHOWN_MAX,
    STALE_S,
    DeadLettersOverview,
    DiskOverview,
    EventsOverview,
    GameProblem,
    GamesOverview,
    OpenDeadLetter,
    Overview,
    PartitionOverview,
    PartOverview,
    RestartOverview,
    SensorsOverview,
    StaleGame,
    judged,
    mend_command,
    shown,
    standing_of,
)
from pressbox.model.summary import GameSummary
from pressbox.pipelines.game_play import EVENTS
from pressbox.runtime.embedded import EmbeddedRunner
from pressbox.runtime.pump import Pump
from pressbox.sources.event_ingest import EventIngest
from pressbox.sources.game_source import GameSource
from pressbox.sources.sensor_ingest import SAMPLES, SensorIngest
from pressbox.stores.sqlite_dead_letters import SqliteDeadLetters, StoredDeadLetter
from pressbox.stream.clock import Clock
from pressbox.stream.meter import Meter, Stopwatch

STATES: Final = ("live", "waiting", "final")
_FRESH_S: Final = 1.0

Lag: TypeAlias = "tuple[int, float | None]"


class Listening(Protocol):
    """What hears devices: the listener, or the subscription at a broker."""

    problem: str
    refusals: Counter[str]

    @property
    def connections(self) -> int:
        """How many connections stand."""
        ...


class ObservedSensors(Struct, frozen=True):
    """The parts between devices and the stores of their figures; *dead_letters* counts those that need somebody."""

    kind: str
    listening: Listening
    ingest: SensorIngest
    runner: EmbeddedRunner[Any, Any, Any]
    stores: Sequence[tuple[str, Pump[Any]]]
    dead_letters: Callable[[], int]


class ObservedEvents(Struct, frozen=True):
    """
    The parts between clients of mobile games and the lake.

    *dead_letters* counts those that need somebody, *forgotten* the ids that would count again.
    """

    ingest: EventIngest
    runner: EmbeddedRunner[Any, Any, Any]
    stores: Sequence[tuple[str, Pump[Any]]]
    dead_letters: Callable[[], int]
    forgotten: Callable[[], int]


class Observed(Struct):
    """
    The parts to look at, and what was known when they were opened.

    *kinds* are those the settings chose, by section; *restart* is told once the log was folded. *folded_topic* is the
    one the runner folds. *sensors* gives nothing where no devices are heard, *events* where none are collected.
    """

    data: Path
    kinds: Mapping[str, str]
    log: SegmentLog
    folded_topic: str
    source: GameSource
    runner: EmbeddedRunner[Any, Any, Any]
    stores: Sequence[tuple[str, Pump[Any]]]
    dead_letters: SqliteDeadLetters
    readers: Callable[[], int]
    games: Callable[[], Iterable[GameSummary]]
    gaps: Sequence[str]
    restart: RestartOverview
    sensors: Callable[[], ObservedSensors | None] = lambda: None
    events: Callable[[], ObservedEvents | None] = lambda: None


class Observation:
    """Looks at the parts of one running pressbox; safe from any thread."""

    def __init__(self, observed: Observed, clock: Clock) -> None:
        self._observed = observed
        self._clock = clock
        self._up_since_ms = clock.now_ms()
        self._turn = threading.Lock()
        self._latest: Overview | None = None
        self._latest_s = 0.0

    def overview(self) -> Overview:
        """Return where everything stands, at most a second old: however many look, one look a second is enough."""
        with self._turn:
            now_s = self._clock.monotonic_s()
            if self._latest is None or now_s - self._latest_s >= _FRESH_S:
                self._latest, self._latest_s = self.look(), now_s
            return self._latest

    def look(self) -> Overview:
        """Return where everything stands now."""
        observed, told_ms, sensors = self._observed, self._clock.now_ms(), self._observed.sensors()
        stores = [self._store(kind, pump, told_ms) for kind, pump in observed.stores]
        heard = [] if sensors is None else list(self._sensor_parts(sensors, told_ms))
        events = self._observed.events()
        collected = [] if events is None else list(self._event_parts(events, told_ms))
        return judged(
            Overview(
                version=__version__,
                profile=dict(observed.kinds),
                up_since_ms=self._up_since_ms,
                told_ms=told_ms,
                parts=(
                    self._source(),
                    self._fold("fold", observed.folded_topic, observed.runner, told_ms),
                    *stores,
                    *heard,
                    *collected,
                ),
                partitions=tuple(self._partitions()),
                disk=_disk(observed.data),
                readers=observed.readers(),
                games=_games(observed.games(), told_ms),
                dead_letters=_dead_letters(observed.dead_letters),
                gaps_total=len(observed.gaps),
                gaps=tuple(observed.gaps[-NAMED_MAX:]),
                restart=observed.restart,
                sensors=None if sensors is None else _sensors(sensors),
                events=None if events is None else _events(events),
            )
        )

    def _source(self) -> PartOverview:
        observed, source = self._observed, self._observed.source
        kind, topic = observed.kinds["source"], observed.folded_topic
        return self._feeding("source", kind, topic, source.meter, source.stopwatch, source.problem)

    def _sensor_parts(self, sensors: ObservedSensors, told_ms: int) -> Iterator[PartOverview]:
        ingest, problem = sensors.ingest, sensors.ingest.problem or sensors.listening.problem
        yield self._feeding("mqtt", sensors.kind, SAMPLES, ingest.messages, ingest.stopwatch, problem)
        yield self._fold("athlete load", SAMPLES, sensors.runner, told_ms)
        for kind, pump in sensors.stores:
            yield self._store(kind, pump, told_ms)

    def _event_parts(self, events: ObservedEvents, told_ms: int) -> Iterator[PartOverview]:
        ingest = events.ingest
        yield self._feeding("collector", "http", EVENTS, ingest.events, ingest.stopwatch, ingest.problem)
        yield self._fold("game play", EVENTS, events.runner, told_ms)
        for kind, pump in events.stores:
            yield self._store(kind, pump, told_ms)

    def _feeding(
        self, name: str, kind: str, topic: str, meter: Meter, stopwatch: Stopwatch, problem: str
    ) -> PartOverview:
        log = self._observed.log
        return PartOverview(
            name=name,
            role="source",
            kind=kind,
            topic=topic,
            generation=log.generation(topic),
            standing=standing_of(None, None, problem),
            flow=meter.flow(),
            cursors={one: log.end(topic, one) for one in range(log.partitions(topic))},
            latency=stopwatch.latency(),
            problem=problem,
        )

    def _fold(self, name: str, topic: str, runner: EmbeddedRunner[Any, Any, Any], told_ms: int) -> PartOverview:
        observed, cursors = self._observed, runner.cursors()
        lag_records, lag_s = self._lag(topic, cursors, told_ms)
        return PartOverview(
            name=name,
            role="fold",
            kind=observed.kinds["fold"],
            topic=topic,
            generation=observed.log.generation(topic),
            standing=standing_of(lag_records, lag_s, runner.problem),
            flow=runner.meter.flow(),
            cursors=cursors,
            lag_records=lag_records,
            lag_s=lag_s,
            latency=runner.stopwatch.latency(),
            problem=runner.problem,
        )

    def _store(self, kind: str, pump: Pump[Any], told_ms: int) -> PartOverview:
        state = pump.state()
        lag_records, lag_s = self._lag(pump.topic, state.cursor, told_ms)
        return PartOverview(
            name=state.store,
            role="store",
            kind=kind,
            topic=pump.topic,
            generation=self._observed.log.generation(pump.topic),
            standing=standing_of(lag_records, lag_s, state.problem),
            flow=pump.meter.flow(),
            cursors=state.cursor,
            lag_records=lag_records,
            lag_s=lag_s,
            latency=pump.stopwatch.latency(),
            problem=state.problem,
        )

    def _lag(self, topic: str, cursors: Mapping[int, int], told_ms: int) -> Lag:
        """Return how many records of *topic* lie at or behind *cursors*, and how old the oldest of them is."""
        log, lag_records, oldest_ms = self._observed.log, 0, told_ms
        for partition in range(log.partitions(topic)):
            first = max(cursors.get(partition, 0), log.start(topic, partition))
            waiting = log.end(topic, partition) - first
            if waiting > 0:
                lag_records += waiting
                oldest_ms = min([oldest_ms, *self._time_ms(topic, partition, first)])
        return lag_records, (told_ms - oldest_ms) / 1000

    def _time_ms(self, topic: str, partition: int, offset: int) -> list[int]:
        try:
            return [record.time_ms for record in self._observed.log.read(topic, partition, offset, records_max=1)]
        except Corrupted:  # whoever has to take it tells of it
            return []

    def _partitions(self) -> Iterable[PartitionOverview]:
        log = self._observed.log
        for topic in log.topics:
            for partition in range(topic.partitions):
                place = topic.name, partition
                generation, start, end = log.generation(topic.name), log.start(*place), log.end(*place)
                yield PartitionOverview(*place, generation, start, end, log.length_bytes(*place))


def _sensors(sensors: ObservedSensors) -> SensorsOverview:
    total: int | None = None
    with suppress(Unavailable, BadSettings):
        total = sensors.dead_letters()
    return SensorsOverview(
        kind=sensors.kind,
        connections=sensors.listening.connections,
        messages=sensors.ingest.messages.flow(),
        samples=sensors.ingest.samples.flow(),
        rejected=sensors.ingest.rejected.flow(),
        refusals=dict(sorted(sensors.listening.refusals.copy().items())),
        dead_letters_total=total,
    )


def _events(events: ObservedEvents) -> EventsOverview:
    total: int | None = None
    forgotten = 0
    with suppress(Unavailable, BadSettings):
        total, forgotten = events.dead_letters(), events.forgotten()
    return EventsOverview(events.ingest.events.flow(), total, forgotten)


def _dead_letters(store: SqliteDeadLetters) -> DeadLettersOverview:
    try:
        newest = store.newest_open(records_max=SHOWN_MAX)
        return DeadLettersOverview(store.open_total(), tuple(map(_open, newest)))
    except (Unavailable, BadSettings) as error:
        return DeadLettersOverview(problem=str(error))


def _open(letter: StoredDeadLetter) -> OpenDeadLetter:
    return OpenDeadLetter(
        id=letter.id,
        game=letter.game,
        number=letter.number,
        reason=shown(letter.reason),
        raw=shown(letter.raw.decode("utf-8", "backslashreplace")),
        mend=mend_command(letter.id, letter.run, letter.store),
        refused_ms=letter.refused_ms,
        store=letter.store,
    )


def _games(games: Iterable[GameSummary], told_ms: int) -> GamesOverview:
    """Return the counts of *games* in one walk; names are sorted of those only that are named."""
    by_state, stale, problems = dict.fromkeys(STATES, 0), list[StaleGame](), list[GameProblem]()
    for one in games:
        by_state[one.state] += 1
        if one.problem:
            problems.append(GameProblem(one.game, one.problem))
        if one.state == "live" and one.updated_ms is not None and told_ms - one.updated_ms > STALE_S * 1000:
            stale.append(StaleGame(one.game, one.updated_ms))
    return GamesOverview(
        by_state,
        len(stale),
        tuple(sorted(stale, key=lambda one: (one.newest_ms, one.game))[:NAMED_MAX]),
        len(problems),
        tuple(sorted(problems, key=lambda one: one.game)[:NAMED_MAX]),
    )


def _disk(folder: Path) -> DiskOverview:
    disk = os.statvfs(folder)
    return DiskOverview(disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize)
