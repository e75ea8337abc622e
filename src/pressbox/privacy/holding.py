"""What is held about an athlete, and where: found before anything of it is handed out or erased."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
from msgspec import Struct, field

from pressbox.access.access import Access
from pressbox.access.devices import FILE_NAME as DEVICES_FILE
from pressbox.access.devices import DeviceRegistry
from pressbox.errors import BadInput
from pressbox.log.reader import SegmentReader
from pressbox.model.load import MinuteReopened, SessionOpened, SessionTold, WindowMedical, WindowPerformance
from pressbox.model.sample_record import DeviceAssigned, SampleRecord, decode_sample_record, session_key
from pressbox.model.session import AthleteProfile
from pressbox.pipelines.session import STATE_VERSION, Session, decode_session
from pressbox.privacy.eraser import TOPICS, Eraser
from pressbox.privacy.wearing import EVERY_DEVICE, Wearing, Wearings, Whose
from pressbox.settings import Settings
from pressbox.sources.sensor_ingest import SAMPLES
from pressbox.stores.archive_erasure import archived_sessions
from pressbox.stores.influxdb import InfluxdbSettings
from pressbox.stores.sample_archive import FOLDER as ARCHIVE_FOLDER
from pressbox.stores.sqlite_checkpoints import FILE_NAME as CHECKPOINTS_FILE
from pressbox.stores.sqlite_checkpoints import SqliteCheckpoints
from pressbox.stores.sqlite_metrics import MEDICAL_FILE, PERFORMANCE_FILE, SqliteMetrics
from pressbox.stores.sqlite_sample_dead_letters import ASIDE_FILE, REJECTED_FILE, SqliteSampleDeadLetters
from pressbox.stores.sqlite_sessions import FILE_NAME as SESSIONS_FILE
from pressbox.stores.sqlite_sessions import SqliteSessions
from pressbox.stream.record import Record

_RECORDS_A_READ = 500
_SESSIONS_MAX = 1_000_000


class Place(Struct, frozen=True):
    """The folder *data*, where in it, or elsewhere, the *log* lies, and where figures go besides."""

    data: Path
    log: Path
    metrics: InfluxdbSettings | None = None

    @property
    def archive(self) -> Path:
        """The folder of the archive of samples."""
        return self.data / ARCHIVE_FOLDER


def place_of(settings: Settings, data: Path) -> Place:
    """
    Return the place *data* is, as the settings have it.

    Raises:
        BadInput: nothing is there.
    """
    place = Place(data, data / settings.log.path, settings.metrics)
    if not place.log.is_dir():
        raise BadInput(f"there is no log in {place.log}: name the folder of the data with --data")
    return place


class Holding(Struct):
    """
    What is held about *athlete*: their *names*, the keys of *sessions*, what is known of them by session, what they wore.

    *told* has the sessions as everybody may know them. The rest counts: records and results in the log, dead letters,
    consents, assignments of devices not in the log, entries of the audit log.
    """

    athlete: str
    wearings: Wearings
    names: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    profiles: dict[str, AthleteProfile] = field(default_factory=dict)
    told: dict[str, SessionTold] = field(default_factory=dict)
    records: int = 0
    letters: int = 0
    consents: int = 0
    assignments: int = 0
    audit_entries: int = 0

    @property
    def is_anything(self) -> bool:
        """Whether there is anything at all."""
        found = (self.records, self.letters, self.consents, self.assignments, self.audit_entries)
        return bool(self.sessions) or any(found)


def search(place: Place, athlete: str, known: Wearings | None = None) -> Holding:
    """
    Return what is held about *athlete*, where *known* tells what was known of their wearing before.

    It may stand beside a running pressbox: what that one takes meanwhile may be missing.

    Raises:
        Corrupted: something that is stored is damaged; the message names it.
        Unavailable: something cannot be read now.
    """
    holding = Holding(athlete, Wearings() if known is None else known)
    with SegmentReader(place.log) as log:
        _search_samples(log, holding)
        _search_checkpoints(place, log, holding)
        _search_sessions(place, holding)
        _search_archive(place, holding)
        _search_metrics(place, holding)
        eraser = Eraser(athlete, holding.wearings)
        for topic in TOPICS:
            for record in records_of(log, topic):
                holding.records += eraser.value(topic, record) != record.value
    holding.letters = sum(1 for store in letter_stores(place) for one in store.all_letters() if eraser.is_theirs(one))
    access = Access(place.data).open()
    holding.consents = sum(one.athlete == athlete for one in access.administration.consents())
    holding.audit_entries = len(access.administration.audit_of(athlete))
    if (place.data / DEVICES_FILE).exists():
        holding.assignments = len(devices_of(place).assignments(athlete))
    return holding


def records_of(log: SegmentReader, topic: str) -> Iterator[Record]:
    """Yield the records of *topic*, by partition and in order; none where the log has no such topic."""
    for partition in range(log.partitions(topic) if topic in {one.name for one in log.topics} else 0):
        offset = log.start(topic, partition)
        while records := log.read(topic, partition, offset, records_max=_RECORDS_A_READ):
            yield from records
            offset = records[-1].offset + 1


def letter_stores(place: Place) -> Iterator[SqliteSampleDeadLetters]:
    """Yield each store of the sensors' dead letters that there is, open until the next one is asked for."""
    for name in (REJECTED_FILE, ASIDE_FILE):
        if (place.data / name).exists():
            with closing(SqliteSampleDeadLetters(place.data / name, name)) as store:
                store.open()
                yield store


def devices_of(place: Place) -> DeviceRegistry:
    """Return the registry of devices, open."""
    registry = DeviceRegistry(place.data / DEVICES_FILE)
    registry.open()
    return registry


def metrics_of(place: Place) -> Iterator[SqliteMetrics[WindowPerformance] | SqliteMetrics[WindowMedical]]:
    """Yield each store of figures that there is, open until the next one is asked for."""
    stores: list[tuple[str, SqliteMetrics[WindowPerformance] | SqliteMetrics[WindowMedical]]] = [
        (PERFORMANCE_FILE, SqliteMetrics(place.data / PERFORMANCE_FILE, WindowPerformance)),
        (MEDICAL_FILE, SqliteMetrics(place.data / MEDICAL_FILE, WindowMedical)),
    ]
    for name, store in stores:
        if (place.data / name).exists():
            with closing(store):
                store.open()
                yield store


def _search_samples(log: SegmentReader, holding: Holding) -> None:
    for record in records_of(log, SAMPLES):
        try:
            decoded: SampleRecord = decode_sample_record(record.value)
        except msgspec.DecodeError:
            continue
        match decoded:
            case SessionOpened():
                holding.wearings.note(Wearing(record.key, record.offset, record.time_ms, EVERY_DEVICE, "nobody's"))
                _take_profiles(holding, record.key, decoded.athletes)
            case DeviceAssigned():
                whose = _whose(holding.athlete, decoded.athlete)
                holding.wearings.note(Wearing(record.key, record.offset, record.time_ms, decoded.device, whose))
                _take(holding, record.key, is_in_it=whose == "theirs")
            case MinuteReopened():
                _take(holding, record.key, is_in_it=decoded.athlete == holding.athlete)


def _search_checkpoints(place: Place, log: SegmentReader, holding: Holding) -> None:
    if not (place.data / CHECKPOINTS_FILE).exists():
        return
    with closing(SqliteCheckpoints(place.data / CHECKPOINTS_FILE)) as checkpoints:
        checkpoints.open()
        for partition, key, checkpoint in checkpoints.all_checkpoints(STATE_VERSION):
            if holding.athlete.encode() not in checkpoint.state:
                continue
            session: Session = decode_session(checkpoint.state)
            _take_profiles(holding, key, tuple(session.athletes.values()))
            _take(holding, key, is_in_it=holding.athlete in session.tracks)
            for offset, device, athlete in session.worn:
                if offset < log.start(SAMPLES, partition):  # else the log has said so, and when
                    holding.wearings.note(Wearing(key, offset, 0, device, _whose(holding.athlete, athlete)))


def _search_sessions(place: Place, holding: Holding) -> None:
    if not (place.data / SESSIONS_FILE).exists():
        return
    with closing(SqliteSessions(place.data / SESSIONS_FILE)) as sessions:
        sessions.open()
        for told in sessions.sessions():
            key = session_key(told.stadium, told.session)
            names = {one.name for one in told.athletes if one.athlete == holding.athlete}
            holding.names |= names - {""}
            _take(holding, key, is_in_it=bool(names) or holding.athlete in told.wearers.values())
            if not holding.wearings.knows(key):  # nobody else remembers
                for device, athlete in told.wearers.items():
                    holding.wearings.note(Wearing(key, 0, 0, device, _whose(holding.athlete, athlete)))
            holding.told[key] = told


def _search_archive(place: Place, holding: Holding) -> None:
    for told in archived_sessions(place.archive):
        _take_profiles(holding, session_key(told.opened.stadium, told.opened.session), told.opened.athletes)


def _search_metrics(place: Place, holding: Holding) -> None:
    for store in metrics_of(place):
        for one in store.history(holding.athlete, sessions_max=_SESSIONS_MAX):
            _take(holding, session_key(one.stadium, one.session), is_in_it=True)


def _take_profiles(holding: Holding, key: str, profiles: tuple[AthleteProfile, ...]) -> None:
    for profile in profiles:
        if profile.athlete == holding.athlete:
            holding.sessions.add(key)
            holding.profiles[key] = profile
            holding.names |= {profile.name} - {""}


def _take(holding: Holding, key: str, *, is_in_it: bool) -> None:
    if is_in_it:
        holding.sessions.add(key)


def _whose(athlete: str, wearer: str | None) -> Whose:
    if wearer is None:
        return "nobody's"
    return "theirs" if wearer == athlete else "another's"
