"""
Wiring: the one visible table of parts, and the process they make.

`Pressbox.open` builds every part the settings name and folds the log once; `start` gives each its thread. Commands work
on an opened Pressbox too, without threads: `settle` then carries everything through by hand.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pressbox.access.access import Access
from pressbox.access.devices import AUTHORITY_FILE, DeviceRegistry
from pressbox.access.devices import FILE_NAME as DEVICES_FILE
from pressbox.errors import BadInput, BadSettings, Unavailable
from pressbox.game_events import EVENT_TOPICS, GameEvents
from pressbox.log.retention import Retention
from pressbox.log.segments import SegmentLog
from pressbox.model.box_score import DeadLetter, Result, decode_box_score_result, decode_dead_letter_result
from pressbox.model.game import GameRecord
from pressbox.model.overview import RestartOverview
from pressbox.model.reference import team_of
from pressbox.model.roster import Team
from pressbox.model.standings import StandingsRows
from pressbox.model.summary import GameSummary
from pressbox.observation import STATES, Observation, Observed, ObservedSensors
from pressbox.operations import Operations, Parts, Status
from pressbox.pipelines.box_score import BOX_SCORE, BOX_SCORES, GAMES, GAMES_DEAD_LETTERS, Box, summary_of
from pressbox.privacy.erasure import unfinished
from pressbox.runtime.embedded import EmbeddedRunner, Moved
from pressbox.runtime.history import LogHistory
from pressbox.runtime.pump import Pump
from pressbox.runtime.states import RefoldedStates
from pressbox.sensors import SAMPLE_TOPICS, Sensors
from pressbox.serve.board import Board
from pressbox.serve.entrance import Entrance
from pressbox.serve.hub import Hub, ReaderLimits
from pressbox.serve.services import Services
from pressbox.serve.telemetry import Telemetry
from pressbox.serve.touchline import Touchline
from pressbox.settings import DocumentSettings, Settings, SourceSettings
from pressbox.sources.collector import CollectorSettings
from pressbox.sources.game_source import Feed, GameSource
from pressbox.sources.mqtt_listener import MqttListener, MqttSettings
from pressbox.sources.mqtt_subscription import MqttBrokerSettings, MqttSubscription
from pressbox.sources.object_store import Folder, FolderSettings, ObjectStore
from pressbox.sources.s3 import S3
from pressbox.sources.sensor_ingest import SensorIngest
from pressbox.stores.influxdb import InfluxdbMetrics
from pressbox.stores.mongodb import MongodbDocuments
from pressbox.stores.reference import Reference, reference_database
from pressbox.stores.sample_table import HAS_PARQUET, require_parquet
from pressbox.stores.settlement import SettlementStore
from pressbox.stores.sqlite_dead_letters import FILE_NAME as DEAD_LETTERS_FILE
from pressbox.stores.sqlite_dead_letters import SqliteDeadLetters
from pressbox.stores.sqlite_documents import SqliteDocuments, SqliteDocumentSettings
from pressbox.stream.clock import Clock, SystemClock
from pressbox.stream.log import Topic
from pressbox.stream.record import Record
from pressbox.stream.store import Cursor, Refusal

_TOPICS: Final = (GAMES, BOX_SCORES, GAMES_DEAD_LETTERS)
_MEGABYTE: Final = 1 << 20
_SETTLE_S: Final = 10.0
_SETTLEMENT_REST_S: Final = 0.05
_HOUR_MS: Final = 3_600_000
_RETENTION_EVERY_S: Final = 60.0
_BOARD_EVERY_S: Final = 1.0

_LOGGER: Final = logging.getLogger(__name__)


def open_source(settings: SourceSettings, data: Path, patterns: Sequence[str]) -> ObjectStore:
    """Return the object store *settings* choose."""
    if isinstance(settings, FolderSettings):
        return Folder(data / settings.path, patterns)
    return S3(settings, patterns)


def open_documents(settings: DocumentSettings, data: Path) -> SqliteDocuments | MongodbDocuments:
    """Return the document store *settings* choose."""
    if isinstance(settings, SqliteDocumentSettings):
        return SqliteDocuments(data / settings.path)
    return MongodbDocuments(settings)


def _kind_of(pump: Pump[Any]) -> str:
    return "influxdb" if isinstance(pump.store, InfluxdbMetrics) else "sqlite"


def _telemetry(sensors: Sensors, touchline: Touchline) -> Telemetry:
    sessions = sensors.sessions
    return Telemetry(sessions.sessions, sessions.session, sensors.performance, sensors.medical, touchline)


class Pressbox:
    """All parts of one data folder. Whoever opens it is its one writer."""

    def __init__(self, settings: Settings, data: Path, clock: Clock | None = None) -> None:
        self.settings = settings
        self.data = data
        self._clock = clock or SystemClock()
        self._closing = ExitStack()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._games: dict[str, GameSummary] = {}
        self._gaps: list[str] = []
        self._erasure = ""
        self._offered: dict[str, int] = {}
        self._tell_board: Callable[[Iterable[GameSummary]], None] = lambda _: None
        self.mqtt: MqttListener | MqttSubscription | None = None
        self._ingest: SensorIngest | None = None
        self.sensors: Sensors | None = None
        self.events: GameEvents | None = None
        self.touchline = Touchline()
        self.access = Access(data, self._clock)
        self.failure: BaseException | None = None
        self.on_failure: Callable[[], None] = lambda: None

    def open(self) -> Self:
        """
        Open every part and fold the log.

        Raises:
            BadSettings: a part cannot be used as it is set, or another process writes this data.
            Corrupted: something stored is damaged; the message names it.
            Unavailable: a part that is needed at once cannot be reached.
        """
        try:
            self.data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadSettings(f"{self.data} cannot be the data folder: {error.strerror}") from error
        if unfinished(self.data) is not None:
            self._erasure = "was begun and not finished: stop pressbox and run `pressbox athlete erase` again"
            _LOGGER.warning("the erasure of an athlete %s", self._erasure)
        with self._closing:
            self._open_log()
            self._open_stores()
            self._begin_generation(_TOPICS, self._pumps)
            self._open_engine()
            if self.settings.mqtt is not None:
                self._open_sensors()
            if self.settings.collector is not None:
                self._open_events(self.settings.collector)
            self._closing = self._closing.pop_all()
        return self

    def start(self) -> None:
        """
        Give each part its thread. One that fails by a bug stops them all: see `failure`.

        Raises:
            BadSettings: devices cannot be listened to as it is set.
            Unavailable: their registry cannot be opened.
        """
        if self.settings.mqtt is not None:
            self._listen_to_devices(self.settings.mqtt)
        if self.sensors is not None:
            self.sensors.start(self._spawn, self._stopping)
        if self.events is not None:
            self.events.start(self._spawn, self._stopping)
        self._spawn("fold", partial(self.runner.run, self._stopping))
        for pump in (*self._pumps, self._hub_pump):
            self._spawn(f"store {pump.store.name}", partial(pump.run, self._stopping))
        self._spawn("source", partial(self.source.run, self._stopping))
        self._spawn("board", self._keep_board)
        if self._retentions():
            self._spawn("retention", self._keep_house)

    def settle(self) -> None:
        """
        Return when everything said so far is folded and stored.

        Raises:
            Unavailable: a store cannot take it now; what was said is safe in the log and follows later.
        """
        if self._threads:
            self._wait_settled()
            return
        behind = self.catch_up()
        if behind:
            raise _still_to_be_stored(behind)

    def catch_up(self) -> list[str]:
        """
        Carry everything through by hand, where no threads do; return what is wrong with each store that lags.

        Raises:
            Unavailable: the log cannot take a result now.
        """
        for partition in range(self.log.partitions(GAMES)):
            while self.runner.step(partition):
                pass
        for pump in self._pumps:
            with suppress(
                Unavailable, BadSettings
            ):  # told by its state: one that is away keeps nothing from the others
                pump.drain()
        return self._behind()

    def services(self, token: str) -> Services:
        """
        Return what the pages stand on; who asks for operations has to show *token*.

        Raises:
            BadSettings: the files of people or of the audit log cannot be used.
            Unavailable: they cannot be opened now.
        """
        self.access.open()
        return Services(
            documents=self.documents,
            history=self.history,
            hub=self.hub,
            board=self.board,
            standings=self.standings,
            operations=self.operations_by_name(),
            token=token,
            overview=self.observation.overview,
            operators=self.settings.web.operators,
            entrance=Entrance(
                self.access.gate, self.access.administration, self.access.form_secret(), is_tls=self.settings.web.is_tls
            ),
            telemetry=None if self.sensors is None else _telemetry(self.sensors, self.touchline),
            inquiry=None if self.events is None else self.events.inquiry(),
        )

    def operations_by_name(self) -> Mapping[str, Callable[..., Any]]:
        """Return what people may ask, by name."""
        sensors = {} if self.sensors is None else self.sensors.operations()
        events = {} if self.events is None else self.events.operations()
        return {**self.operations.by_name(), **sensors, **events}

    def games(self) -> list[GameSummary]:
        """Return all games, live ones first, then those that wait, then the final ones; each by name."""
        return sorted(self._listed(), key=lambda one: (STATES.index(one.state), one.game))

    def standings(self) -> StandingsRows:
        """
        Return teams and players with what the final games add to them.

        Raises:
            Unavailable: the database is away.
        """
        rows = self.settlement.standings()
        return StandingsRows(self.reference.read() if rows is None else rows, settled=rows is not None)

    def _listed(self) -> Iterable[GameSummary]:
        games = dict(self._games)
        for watched in self.source.watched():
            if watched.problem:
                known = games.get(watched.game, GameSummary(game=watched.game, state="waiting"))
                games[watched.game] = known.with_problem(watched.problem)
        return games.values()

    def status(self) -> Status:
        """Return where everything stands."""
        seen = self.observation.look()
        stores = [pump.state() for pump in self._pumps]
        problems = [f"{one.game}: {one.problem}" for one in self.games() if one.problem]
        problems += [f"store {one.store}: {one.problem}" for one in stores if one.problem]
        problems += [f"{what}: {problem}" for what, problem in self._own_problems() if problem]
        problems += self._gaps
        return Status(
            games=seen.games.by_state,
            dead_letters=seen.dead_letters.open_total,
            fold_lag=self.runner.lag(),
            stores=stores,
            problems=problems,
            verdict=seen.verdict,
        )

    def close(self) -> None:
        """Stop all threads, each at the end of what it is doing, and let go of everything."""
        self._stopping.set()
        self.objects.close()
        if self.events is not None:
            self.events.stop()
        for thread in self._threads:
            thread.join()
        self._closing.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _topics(self) -> tuple[str, ...]:
        chosen = _TOPICS if self.settings.mqtt is None else _TOPICS + SAMPLE_TOPICS
        return chosen if self.settings.collector is None else chosen + EVENT_TOPICS

    def _open_log(self) -> None:
        settings = self.settings.log
        for topic in settings.retention:
            if topic not in self._topics:
                known = ", ".join(self._topics)
                raise BadSettings(f"log.retention.{topic}: there is no such topic; there are {known}")
        self.log = SegmentLog(
            self.data / settings.path,
            [Topic(name, settings.partitions) for name in self._topics],
            now_ms=self._clock.now_ms,
            segment_bytes=settings.segment_mb * _MEGABYTE,
        )
        self._closing.callback(self.log.close)
        self._is_first = not any(self.log.end(GAMES, one) for one in range(settings.partitions))
        for cut in self.log.cuts:
            _LOGGER.warning("%s", cut)

    def _listen_to_devices(self, settings: MqttSettings | MqttBrokerSettings) -> None:
        devices = DeviceRegistry(self.data / DEVICES_FILE)
        devices.open()
        ingest = SensorIngest(self.log, self._clock, devices)
        if isinstance(settings, MqttBrokerSettings):
            self.mqtt = MqttSubscription(settings, devices, ingest, self._clock, folder=self.data)
        else:
            authority = self.data / AUTHORITY_FILE
            self.mqtt = MqttListener(settings, devices, ingest, self._clock, folder=self.data, authority=authority)
        self._closing.callback(self.mqtt.close)
        self._ingest = ingest
        self._spawn("samples", partial(ingest.run, self._stopping))
        self._spawn("mqtt", partial(self.mqtt.run, self._stopping))

    def _open_sensors(self) -> None:
        (self.data / self.settings.log.path).chmod(0o700)  # it holds heart rates now
        archive = self.settings.archive.samples
        if archive == "folder":
            require_parquet()
        archives = archive == "folder" or (archive == "auto" and HAS_PARQUET)
        sensors = Sensors(
            self.data,
            self.log,
            self._clock,
            frames=[self.touchline.frame],
            figures=[self.touchline.figures],
            archives=archives,
            metrics=self.settings.metrics,
        )
        self._begin_generation(SAMPLE_TOPICS, sensors.pumps)
        sensors.open()
        self._closing.callback(sensors.close)
        self.sensors = sensors

    def _open_events(self, settings: CollectorSettings) -> None:
        events = GameEvents(self.data, self.log, self._clock, settings)
        self._begin_generation(EVENT_TOPICS, events.pumps)
        self._closing.callback(events.close)
        events.open()
        self.events = events

    def _open_stores(self) -> None:
        database = reference_database(self.settings.reference, self.data)
        self.reference = Reference(database)
        self._closing.callback(
            self.reference.close
        )  # before it opens: a database refused for its format was connected to
        self.reference.open()
        self.settlement = SettlementStore(database)
        self.documents = open_documents(self.settings.documents, self.data)
        self.dead_letters = SqliteDeadLetters(self.data / DEAD_LETTERS_FILE)
        web = self.settings.web
        limits = ReaderLimits(web.readers_max, web.address_readers_max)
        self.hub = Hub(self.documents.cursor, limits=limits)  # what is older, pages read from the document store
        refuse = self.dead_letters.refuse
        self._pumps: list[Pump[Any]] = [
            Pump(self.documents, BOX_SCORES, decode_box_score_result, self.log, refuse=refuse),
            Pump(
                self.settlement,
                BOX_SCORES,
                decode_box_score_result,
                self.log,
                rest_s=_SETTLEMENT_REST_S,
                refuse=refuse,
            ),
            Pump(self.dead_letters, GAMES_DEAD_LETTERS, decode_dead_letter_result, self.log),
        ]
        self._hub_pump: Pump[Any] = Pump(self.hub, BOX_SCORES, decode_box_score_result, self.log)
        for pump in self._pumps:
            self._closing.callback(pump.store.close)

    def _begin_generation(self, topics: Sequence[str], pumps: Sequence[Pump[Any]]) -> None:
        """Begin a new generation of *topics* where a store has taken more than the log holds: the log was deleted."""
        lost = -1
        for pump in pumps:
            try:
                pump.store.open()
                cursors = [(one, pump.store.cursor(one)) for one in range(self.log.partitions(pump.topic))]
            except Unavailable as error:
                _LOGGER.warning("store %s: %s", pump.store.name, error)
                continue
            self._offered[pump.store.name] = self._not_covered(pump.topic, cursors)
            for partition, cursor in cursors:
                here = (self.log.generation(pump.topic), self.log.end(pump.topic, partition))
                if cursor is not None and cursor > here:
                    lost = max(lost, cursor.generation)
        if lost < 0:
            return
        _LOGGER.warning("the log was deleted and its stores were not: generation %d of the log begins", lost + 1)
        try:
            for topic in topics:
                while self.log.generation(topic) <= lost:
                    self.log.advance_generation(topic)
        except BadInput as error:
            raise BadSettings(f"{self.data}: the log holds less than its stores have taken: {error}") from error

    def _not_covered(self, topic: str, cursors: Iterable[tuple[int, Cursor | None]]) -> int:
        """Return how many results of *topic* the log holds and *cursors* do not cover."""
        generation, total = self.log.generation(topic), 0
        for partition, cursor in cursors:
            covered = 0 if cursor is None or cursor.generation < generation else cursor.offset
            total += max(0, self.log.end(topic, partition) - max(covered, self.log.start(topic, partition)))
        return total

    def _open_engine(self) -> None:
        feeds = [Feed(feed.pattern, feed.format) for feed in self.settings.feeds]
        self.objects = open_source(self.settings.source, self.data, [feed.pattern for feed in feeds])
        self._closing.callback(self.objects.close)
        self.source = GameSource(
            self.objects,
            feeds,
            self.log,
            self._clock,
            self._teams_of,
            silence_s=self.settings.game.silence_s,
            final_in_memory_s=self.settings.game.final_in_memory_s,
        )
        self.runner = EmbeddedRunner(
            BOX_SCORE,
            self.log,
            self._clock,
            reject=_reject,
            states=RefoldedStates(
                BOX_SCORE,
                self.log,
                self._clock,
                is_done=lambda box: box.final,
                done_state_s=self.settings.game.final_in_memory_s,
            ),
            moved=self._moved,
        )
        self.runner.recover(self._take_in)
        self.observation = Observation(self._observed(), self._clock)
        self.history = LogHistory(self.log)
        self.board = Board(self._listed, self.history, self._clock)
        self._tell_board = self.board.put
        self.operations = Operations(
            Parts(
                source=self.source,
                documents=self.documents,
                reference=self.reference,
                settlement=self.settlement,
                dead_letters=self.dead_letters,
                games=self.games,
                status=self.status,
                settle=self.settle,
                retake=self._retake,
            )
        )

    def _observed(self) -> Observed:
        recovery, kinds = self.runner.recovery, self._kinds()
        return Observed(
            data=self.data,
            kinds=kinds,
            log=self.log,
            folded_topic=GAMES,
            source=self.source,
            runner=self.runner,
            stores=[
                *zip((kinds["documents"], kinds["reference"], "sqlite"), self._pumps, strict=True),
                ("memory", self._hub_pump),
            ],
            dead_letters=self.dead_letters,
            readers=lambda: self.hub.waiting() + self.board.waiting(),
            games=self._listed,
            gaps=self._gaps,
            restart=RestartOverview(
                is_first=self._is_first,
                was_clean=self.log.was_clean,
                recovery_s=recovery.took_s,
                records_folded_again=recovery.records,
                results_appended=recovery.results,
                groups_cut=tuple(map(str, self.log.cuts)),
                results_offered=self._offered,
            ),
            sensors=self._observed_sensors,
            events=lambda: None if self.events is None else self.events.observed(),
        )

    def _observed_sensors(self) -> ObservedSensors | None:
        chosen = self.settings.mqtt
        if chosen is None or self.sensors is None or self.mqtt is None or self._ingest is None:
            return None
        return ObservedSensors(
            kind=str(chosen.__struct_config__.tag),
            listening=self.mqtt,
            ingest=self._ingest,
            runner=self.sensors.runner,
            stores=[(_kind_of(one), one) for one in self.sensors.pumps],
            dead_letters=self.sensors.letters.open_total,
        )

    def _kinds(self) -> dict[str, str]:
        """Return the profile: which kind of each part the settings chose."""
        chosen = self.settings
        parts = {
            "source": chosen.source,
            "log": chosen.log,
            "documents": chosen.documents,
            "reference": chosen.reference,
        }
        return {name: str(part.__struct_config__.tag) for name, part in parts.items()} | {"fold": "embedded"}

    def _retake(self, refusal: Refusal) -> None:
        next(pump for pump in self._pumps if pump.store.name == refusal.store).replay(refusal)

    def _take_in(self, game: str, record: GameRecord) -> None:
        self.source.take_in(game, record)

    def _moved(self, boxes: Mapping[str, Moved[Box]]) -> None:
        summaries = {game: summary_of(moved.state, moved.time_ms) for game, moved in boxes.items()}
        self._games.update(summaries)
        self._tell_board(summaries.values())

    def _teams_of(self, game: str) -> tuple[Team, Team] | str:
        data = self.reference.read()
        names = [game, *(watched.key for watched in self.source.watched() if watched.game == game)]
        assigned = next(
            (one for one in self.settings.games if any(fnmatchcase(name, one.pattern) for name in names)), None
        )
        try:
            if assigned is not None:
                return team_of(data, assigned.home), team_of(data, assigned.away)
            if len(data.teams) == 2:  # noqa: PLR2004 - home and away
                return team_of(data, data.teams[0].id), team_of(data, data.teams[1].id)
        except BadInput as error:
            return str(error)
        if not data.teams:
            return "no rosters yet: `pressbox reference load teams.csv players.csv`"
        return (
            f"which of {len(data.teams)} teams play is not known: add to the settings "
            f'[[games]] pattern = "{game}", home = ID, away = ID'
        )

    def _retentions(self) -> dict[str, Retention]:
        """Return what the settings say of each topic; the hard limit is for all topics in equal parts."""
        settings = self.settings.log
        limit = None if settings.disk_mb_max is None else settings.disk_mb_max * _MEGABYTE // len(self._topics)
        retentions = {}
        for topic in self._topics:
            kept = settings.retention.get(topic)
            if kept is not None or limit is not None:
                retentions[topic] = Retention(
                    age_ms=None if kept is None or kept.age_h is None else int(kept.age_h * _HOUR_MS),
                    bytes_max=None if kept is None or kept.size_mb is None else kept.size_mb * _MEGABYTE,
                    disk_bytes_max=limit,
                )
        return retentions

    def _keep_house(self) -> None:
        """Let old segments go, and say what somebody misses by it."""
        while not self._stopping.wait(_RETENTION_EVERY_S):
            for topic, retention in self._retentions().items():
                held = {pump.store.name: pump.needed() for pump in self._pumps if pump.topic == topic}
                if self.sensors is not None:
                    held |= self.sensors.needed(topic)
                if self.events is not None:
                    held |= self.events.needed(topic)
                if topic == GAMES:
                    held["open games"] = self.runner.needed()
                try:
                    retained = self.log.retain(topic, retention, held=held)
                except Unavailable as error:
                    _LOGGER.warning("retention of %s: %s", topic, error)
                    continue
                self._gaps += [str(gap) for gap in retained.gaps]

    def _keep_board(self) -> None:
        """Show what no record tells of: games that wait, and why."""
        while not self._stopping.wait(_BOARD_EVERY_S):
            self.board.refresh()

    def _own_problems(self) -> list[tuple[str, str]]:
        own = [("source", self.source.problem), ("fold", self.runner.problem), ("erasure", self._erasure)]
        if self._ingest is not None and self.mqtt is not None:
            own += [("samples", self._ingest.problem), ("mqtt", self.mqtt.problem)]
        if self.events is not None:
            own += self.events.problems()
        return own

    def _wait_settled(self) -> None:
        deadline_s = self._clock.monotonic_s() + _SETTLE_S
        while self.runner.lag() or any(pump.state().lag for pump in self._pumps):
            if self._clock.monotonic_s() > deadline_s:
                raise _still_to_be_stored(self._behind() or ["the fold"])
            self._stopping.wait(0.005)

    def _behind(self) -> list[str]:
        states = [pump.state() for pump in self._pumps]
        return [f"{one.store}: {one.problem}" for one in states if one.lag]

    def _spawn(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except BaseException as error:  # whatever it is, the process must not go on without this part
                _LOGGER.critical("%s failed", name, exc_info=error)
                self.failure = error
                self._stopping.set()
                self.on_failure()

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()


def _still_to_be_stored(behind: Iterable[str]) -> Unavailable:
    return Unavailable(f"said and safe in the log; still to be stored: {'; '.join(behind)}")


def _reject(record: Record, revision: int, reason: str) -> Result:
    """Return the dead letter of a record that is no record of a game: only who wrote it can mend it."""
    letter = f"record-{hashlib.sha256(f'{record.key} {revision}'.encode()).hexdigest()[:12]}"
    return DeadLetter(record.key, revision, 0, 0, letter, record.offset, record.value, reason)
