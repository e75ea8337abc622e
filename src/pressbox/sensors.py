"""
Wiring of the sensors: from the topic of samples to figures, sessions and the live channel.

`wiring` opens it where the settings listen to devices, and gives its parts their threads.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from pressbox.errors import BadInput, Unavailable
from pressbox.model.live import LiveFigures, LiveFrame
from pressbox.model.load import (
    LoadResult,
    SessionOpened,
    SessionTold,
    WindowMedical,
    WindowPerformance,
    decode_load_result,
)
from pressbox.model.sample_record import SampleRecord, session_key
from pressbox.model.session import PRESETS, AthleteProfile, Plane, Terms, terms_of
from pressbox.pipelines.athlete_load import (
    ATHLETE_LOAD,
    LOAD_ASIDE,
    LOAD_MEDICAL,
    LOAD_PERFORMANCE,
    LOAD_SESSIONS,
    Session,
    refused,
)
from pressbox.runtime.embedded import EmbeddedRunner
from pressbox.runtime.live import LiveChannel
from pressbox.runtime.pump import Pump
from pressbox.runtime.reopening import Reopening
from pressbox.runtime.states import CheckpointedStates
from pressbox.sample_letters import SampleLetters
from pressbox.sources.sensor_ingest import SAMPLES, SAMPLES_DEAD_LETTERS
from pressbox.sources.session_desk import SessionDesk
from pressbox.stores.archived_samples import ArchivedSamples
from pressbox.stores.influxdb import InfluxdbSettings, influxdb_sinks
from pressbox.stores.sample_archive import FOLDER as ARCHIVE_FOLDER
from pressbox.stores.sample_archive import SampleArchive, decode_archived
from pressbox.stores.sqlite_checkpoints import FILE_NAME as CHECKPOINTS_FILE
from pressbox.stores.sqlite_checkpoints import SqliteCheckpoints
from pressbox.stores.sqlite_metrics import MEDICAL_FILE, PERFORMANCE_FILE, SqliteMetrics
from pressbox.stores.sqlite_progress import SqliteProgress
from pressbox.stores.sqlite_sessions import FILE_NAME as SESSIONS_FILE
from pressbox.stores.sqlite_sessions import SqliteSessions
from pressbox.stream.clock import Clock
from pressbox.stream.log import Log, partition_of
from pressbox.stream.revision import revision_of

SAMPLE_TOPICS: Final = (SAMPLES, SAMPLES_DEAD_LETTERS, LOAD_ASIDE, LOAD_SESSIONS, LOAD_MEDICAL, LOAD_PERFORMANCE)

PROGRESS_FILE: Final = "late-samples.sqlite"

_HZ_DEFAULT: Final = 10
_REOPENING_REST_S: Final = 1.0
_METRICS_REST_S: Final = 0.1


class Sensors:
    """
    The fold of samples and what follows from it, over *log*.

    *frames* and *figures* are told what is live, by the thread that folds. Where it *archives*, samples as they came go
    to Parquet as well. Figures go to *metrics* too, which nothing else waits for.
    """

    def __init__(
        self,
        data: Path,
        log: Log,
        clock: Clock,
        *,
        frames: Sequence[Callable[[LiveFrame], None]] = (),
        figures: Sequence[Callable[[LiveFigures], None]] = (),
        archives: bool = False,
        metrics: InfluxdbSettings | None = None,
    ) -> None:
        self._log, self._clock = log, clock
        self._is_running = False
        self.sessions = SqliteSessions(data / SESSIONS_FILE)
        self.performance = SqliteMetrics(data / PERFORMANCE_FILE, WindowPerformance)
        self.medical = SqliteMetrics(data / MEDICAL_FILE, WindowMedical)
        archived = ArchivedSamples(data / ARCHIVE_FOLDER) if archives else None
        reopening = Reopening(log, clock, SqliteProgress(data / PROGRESS_FILE), self._look, archived)
        self.pumps: list[Pump[Any]] = [
            Pump(self.sessions, LOAD_SESSIONS, decode_load_result, log),
            Pump(reopening, LOAD_ASIDE, decode_load_result, log, rest_s=_REOPENING_REST_S),
            Pump(self.performance, LOAD_PERFORMANCE, decode_load_result, log, rest_s=_METRICS_REST_S),
            Pump(self.medical, LOAD_MEDICAL, decode_load_result, log, rest_s=_METRICS_REST_S),
        ]
        self.letters = SampleLetters(data)
        self.pumps += self.letters.pumps(log)
        self._archive = SampleArchive(data / ARCHIVE_FOLDER, log) if archives else None
        if self._archive is not None:
            self.pumps.append(Pump(self._archive, SAMPLES, decode_archived, log))
        self._embedded = tuple(self.pumps)
        self._sinks = () if metrics is None else influxdb_sinks(metrics, data)
        for sink, topic in zip(self._sinks, (LOAD_PERFORMANCE, LOAD_MEDICAL), strict=False):
            self.pumps.append(Pump(sink, topic, decode_load_result, log, rest_s=_METRICS_REST_S))
        self._is_recovered = False
        self._live = LiveChannel(clock, frames, [*figures, self._tell_sinks] if self._sinks else figures)
        self._checkpoints = SqliteCheckpoints(data / CHECKPOINTS_FILE)
        self._desk = SessionDesk(log, clock, self.sessions.session)

    def open(self) -> None:
        """
        Fold what came since the checkpoints.

        Raises:
            BadSettings: the checkpoints are of a newer pressbox, or damaged.
            Unavailable: they cannot be opened, or the log takes no results now.
        """
        self._checkpoints.open()
        self._states: CheckpointedStates[Session] = CheckpointedStates(
            ATHLETE_LOAD, self._checkpoints, self._clock, generation=self._log.generation(SAMPLES)
        )
        self.runner: EmbeddedRunner[Session, SampleRecord, LoadResult] = EmbeddedRunner(
            ATHLETE_LOAD,
            self._log,
            self._clock,
            reject=refused,
            states=self._states,
            moved=self._live.moved,
            idle=self._live.idle,
        )
        self.runner.recover(lambda *_: None)
        self._is_recovered = True
        self.pumps[0].drain()

    def start(self, spawn: Callable[[str, Callable[[], None]], None], stopping: threading.Event) -> None:
        """Give each part its thread by *spawn*, until *stopping*."""
        self._is_running = True
        spawn("athlete load", partial(self.runner.run, stopping))
        for pump in self.pumps:
            spawn(f"store {pump.store.name}", partial(pump.run, stopping))
        for sink in self._sinks:
            spawn(f"live {sink.name}", partial(sink.run_live, stopping))

    def catch_up(self) -> None:
        """
        Carry everything through by hand, where no threads do.

        Raises:
            Unavailable: the log or a store takes nothing now.
        """
        while self._step():
            for pump in self._embedded:
                pump.drain()

    def close(self) -> None:
        """Leave checkpoints of everything, so that the next start folds nothing again; the threads have ended."""
        self._states.flush(self.runner.settled())
        self._checkpoints.close()
        for pump in self.pumps:
            pump.store.close()

    def needed(self, topic: str) -> dict[str, dict[int, int]]:
        """Return, by part and partition, the offset of *topic* that something here still needs of the log."""
        needed = {pump.store.name: pump.needed() for pump in self.pumps if pump.topic == topic}
        if topic == SAMPLES:
            needed["checkpoints"] = self.runner.needed()
            if self._archive is not None:
                needed[self._archive.name] = self._archive.needed()
        return needed

    def operations(self) -> Mapping[str, Callable[..., Any]]:
        """Return what people may ask of sessions, by name."""
        asked = (self.session_open, self.session_close, self.session_period, self.session_list)
        sessions: dict[str, Callable[..., Any]] = {operation.__name__: operation for operation in asked}
        return {**sessions, **self.letters.operations(self._log, self._clock)}

    def session_list(self) -> list[SessionTold]:
        """Return all sessions, open ones first."""
        return self.sessions.sessions()

    def session_open(
        self,
        stadium: str,
        session: str,
        *,
        sport: str = "lacrosse",
        athletes: list[AthleteProfile] | None = None,
        wearers: dict[str, str] | None = None,
        like: str | None = None,
        hz: float = _HZ_DEFAULT,
        plane: Plane | None = None,
        terms: Terms | None = None,
    ) -> SessionTold:
        """
        Open *session* in *stadium*, and return it.

        *like* names an earlier one as stadium/session, whose athletes, devices and terms it has where nothing else is
        said. *hz* is how often devices take a sample, *wearers* tells the athlete of a device, *plane* where on the
        globe the field lies; *terms* stand in place of *sport* and *hz* where these say too little.
        """
        before = None if like is None else self._like(like)
        if before is None:
            if sport not in PRESETS:
                raise BadInput(f"sport {sport!r}: one of {', '.join(PRESETS)}")
            if not 0.01 <= hz <= 1000:  # noqa: PLR2004 - once in 100 s to once in a ms
                raise BadInput(f"{hz} samples a second: from 0.01 to 1000")
            measured = terms or terms_of(PRESETS[sport], round(1000 / hz))
            opened = SessionOpened(stadium=stadium, session=session, athletes=(), terms=measured, plane=plane)
        else:
            opened = replace(before.opened, stadium=stadium, session=session, opened_ms=0)
        if athletes is not None:
            opened = replace(opened, athletes=tuple(athletes))
        worn = wearers if wearers is not None else {} if before is None else dict(before.wearers)
        return self._told(stadium, session, self._desk.open(opened, worn))

    def session_close(self, stadium: str, session: str) -> SessionTold:
        """Close a session: whatever is open in it closes."""
        return self._told(stadium, session, self._desk.close(stadium, session))

    def session_period(self, stadium: str, session: str, period: str | None = None) -> SessionTold:
        """Begin the period named *period*, ending the one under way; without a name, only end it."""
        return self._told(stadium, session, self._desk.period(stadium, session, period))

    def _step(self) -> bool:
        """Fold all there is, and return whether that was anything, or a store still waits."""
        folded = 0
        for one in range(self._log.partitions(SAMPLES)):
            while some := self.runner.step(one):
                folded += some
        return folded > 0 or any(pump.state().lag for pump in self._embedded)

    def _tell_sinks(self, figures: LiveFigures) -> None:
        """Hand on what is live now; what a recovery folds again was open once, and may be closed where it would go."""
        if self._is_recovered:
            for sink in self._sinks:
                sink.tell(figures)

    def _look(self, partition: int, key: str) -> Session | None:
        return self._states.look(partition, key)

    def _like(self, like: str) -> Session:
        partition = partition_of(like, self._log.partitions(SAMPLES))
        found = self._look(partition, like)
        if found is None:
            raise BadInput(f"there is no session {like}: name an earlier one as STADIUM/SESSION")
        return found

    def _told(self, stadium: str, session: str, offset: int) -> SessionTold:
        if not self._is_running:
            self.catch_up()
        told = self.sessions.told(stadium, session, revision_of(self._log.generation(SAMPLES), offset))
        if told is None:
            raise Unavailable(f"session {session_key(stadium, session)}: said and safe in the log; still to be folded")
        return told
