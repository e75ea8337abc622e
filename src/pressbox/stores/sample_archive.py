"""
The archive of samples: what devices sent, as Parquet, a folder a session, so that next year's metric counts this year.

    archive/performance/stadium=S/session=N/<generation>-<partition>-<first>-<last>.parquet
    archive/medical/stadium=S/session=N/…the same names, readable by their owner only

A plain consumer of topic `samples`. The range of a file is planned and stored before it is written, and what is in it
follows from the log alone: so a retry writes the same name with the same bytes.
"""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from pressbox.codec.sensor_message import decode_sensor_message
from pressbox.errors import RejectedRecord, Unavailable
from pressbox.model.sample_record import (
    DeviceAssigned,
    SampleRecord,
    SamplesReceived,
    decode_sample_record,
    session_key,
)
from pressbox.model.session import AthleteProfile
from pressbox.stores.archive_plan import ArchivedSession, FilePlan, Followed, follow, wear
from pressbox.stores.sample_table import Row, put_in_place, require_parquet, rows_of, sync, write_tables
from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.log import Log
from pressbox.stream.store import Batch, Cursor

FOLDER: Final = "archive"
SESSION_FILE: Final = "session.json"

_TOPIC: Final = "samples"
_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS sessions (
    partition INTEGER NOT NULL, key TEXT NOT NULL, state BLOB NOT NULL, PRIMARY KEY (partition, key)
);
CREATE TABLE IF NOT EXISTS plans (id INTEGER PRIMARY KEY, partition INTEGER NOT NULL, plan BLOB NOT NULL);
"""
_RECORDS_A_READ: Final = 500

_LOGGER: Final = logging.getLogger(__name__)

_encode = msgspec.msgpack.Encoder().encode
_decode_followed = msgspec.msgpack.Decoder(Followed).decode
_decode_plan = msgspec.msgpack.Decoder(FilePlan).decode


def decode_archived(value: bytes) -> SampleRecord | None:
    """Return the record whose bytes are *value*; None for one that is none, which the fold tells as a dead letter."""
    try:
        record: SampleRecord = decode_sample_record(value)
    except msgspec.DecodeError:
        return None
    return record


def session_folders(folder: Path, stadium: str, session: str) -> tuple[Path, Path]:
    """Return where in the archive at *folder* the performance and the medical files of a session lie."""
    place = Path(f"stadium={stadium}") / f"session={session}"
    return folder / "performance" / place, folder / "medical" / place


def archive_file(folder: Path) -> SqliteFile:
    """Return the file in which the archive at *folder* keeps its plans and cursors."""
    return SqliteFile(folder / "medical" / "archive.sqlite", _TABLES, _VERSION)


class SampleArchive:
    """The archive in *folder*, of the topic `samples` of *log*."""

    name = "archive"

    def __init__(self, folder: Path, log: Log) -> None:
        self._folder, self._log = folder, log
        self._file = archive_file(folder)
        self._followed: dict[int, dict[str, Followed]] = {}
        self._turn = threading.Lock()  # retention asks what is needed from a thread of its own

    def open(self) -> None:
        """
        Open it, making it where it is missing, and write the files that were planned and not written.

        Raises:
            BadSettings: the extra is not installed, or a newer pressbox wrote it.
            Unavailable: it cannot be written now.
        """
        require_parquet()
        _make_folder(self._folder / "medical")
        (self._folder / "medical").chmod(0o700)
        self._file.open(private=True)
        with self._turn:
            self._followed.clear()
            for partition, key, state in self._file.read("SELECT partition, key, state FROM sessions"):
                self._followed.setdefault(int(str(partition)), {})[str(key)] = _decode_followed(state)  # type: ignore[arg-type]
        self._fulfil()

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        return self._file.cursor(partition)

    def write(self, batch: Batch[SampleRecord | None]) -> None:
        """
        Follow the records of *batch*, and write the files that are full.

        Raises:
            Unavailable: the disk refused; what was planned is written later.
        """
        with self._turn:
            self._take(batch)
        self._fulfil()

    def needed(self) -> dict[int, int]:
        """Return, by partition, the oldest offset no file has yet; none where that is not known, so that nothing may go."""
        try:
            with self._turn:
                return {partition: self._needed(partition) for partition in self._followed}
        except Unavailable:
            return {}

    def close(self) -> None:
        """Let go of it; what is in no file yet lies in the log."""
        self._file.close()

    def _take(self, batch: Batch[SampleRecord | None]) -> None:
        known = self._file.cursor(batch.partition)
        if known is not None and known.generation < batch.cursor.generation:
            self._followed[batch.partition] = {}
            known = None
        followed = self._followed.setdefault(batch.partition, {})
        first = batch.cursor.offset - len(batch.results)
        plans: list[FilePlan] = []
        moved: set[str] = set()
        for offset, record in enumerate(batch.results, start=first):
            if record is None or (known is not None and offset < known.offset):
                continue
            key = session_key(record.stadium, record.session)
            state, plan = follow(followed.get(key), batch.cursor.generation, batch.partition, offset, record)
            if state is not None:
                followed[key] = state
                moved.add(key)
            if plan is not None:
                plans.append(plan)
        self._store(batch, known, moved, plans)

    def _store(
        self, batch: Batch[SampleRecord | None], known: Cursor | None, moved: set[str], plans: list[FilePlan]
    ) -> None:
        followed = self._followed[batch.partition]
        with self._file.moving(batch.partition, batch.cursor) as transaction:
            if known is None:
                transaction.execute("DELETE FROM sessions WHERE partition = ?", (batch.partition,))
                transaction.execute("DELETE FROM plans WHERE partition = ?", (batch.partition,))
            transaction.executemany(
                "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)",
                [(batch.partition, key, _encode(followed[key])) for key in sorted(moved)],
            )
            transaction.executemany(
                "INSERT INTO plans (partition, plan) VALUES (?, ?)", [(batch.partition, _encode(one)) for one in plans]
            )

    def _needed(self, partition: int) -> int:
        cursor = self._file.cursor(partition)
        firsts = [one.range.first for one in self._followed[partition].values() if one.range is not None]
        firsts += [plan.first for _, plan in self._planned(partition)]
        return min([0 if cursor is None else cursor.offset, *firsts])

    def _planned(self, partition: int | None = None) -> list[tuple[int, FilePlan]]:
        found = self._file.read("SELECT id, plan FROM plans ORDER BY id")
        plans = [(int(str(number)), _decode_plan(plan)) for number, plan in found]  # type: ignore[arg-type]
        return [one for one in plans if partition is None or one[1].partition == partition]

    def _fulfil(self) -> None:
        for number, plan in self._planned():
            self._make(plan)
            with self._file.storing() as connection:
                connection.execute("DELETE FROM plans WHERE id = ?", (number,))

    def _make(self, plan: FilePlan) -> None:
        opened = plan.session.opened
        performance, medical = session_folders(self._folder, opened.stadium, opened.session)
        _make_folder(performance)
        _make_folder(medical)
        file = f"{plan.generation}-{plan.partition}-{plan.first}-{plan.last}.parquet"
        count = write_tables(performance / file, medical / file, self._rows(plan))
        _tell(performance, medical, plan.session)
        _LOGGER.info("archive: %d samples of %s/%s in %s", count, opened.stadium, opened.session, file)

    def _rows(self, plan: FilePlan) -> Iterator[Row]:
        opened, wearers = plan.session.opened, dict(plan.wearers)
        for offset, record in self._records(plan, session_key(opened.stadium, opened.session)):
            if isinstance(record, DeviceAssigned):
                wear(wearers, record)
            elif isinstance(record, SamplesReceived) and record.device in wearers:
                try:
                    message = decode_sensor_message(record.message)
                except RejectedRecord:  # the fold tells it as a dead letter, with its bytes
                    continue
                yield from rows_of(offset, record, message, wearers[record.device])

    def _records(self, plan: FilePlan, key: str) -> Iterator[tuple[int, SampleRecord | None]]:
        if self._log.generation(_TOPIC) != plan.generation or self._log.start(_TOPIC, plan.partition) > plan.first:
            _LOGGER.warning("archive: the log lost records from %d on before they were archived", plan.first)
            return
        offset = plan.first
        while offset <= plan.last:
            records = self._log.read(_TOPIC, plan.partition, offset, records_max=_RECORDS_A_READ)
            if not records:
                raise Unavailable(f"the log ends before record {plan.last}, which was archived already")
            for record in records:
                if record.key == key and record.offset <= plan.last:
                    yield record.offset, decode_archived(record.value)
            offset = records[-1].offset + 1


def _tell(performance: Path, medical: Path, session: ArchivedSession) -> None:
    """Leave what is known of *session* beside its samples: profiles in the medical folder, the rest in the other."""
    athletes = session.opened.athletes
    plain = tuple(
        AthleteProfile(athlete=one.athlete, name=one.name, speed_mm_s_top=one.speed_mm_s_top) for one in athletes
    )
    open_part = replace(session, opened=replace(session.opened, athletes=plain))
    for folder, told in ((performance, open_part), (medical, {"athletes": athletes})):
        half = folder / f"_{SESSION_FILE}"
        try:
            half.write_bytes(msgspec.json.format(msgspec.json.encode(told)))
            put_in_place(half, folder / SESSION_FILE)
        except OSError as error:
            raise Unavailable(f"writing {folder / SESSION_FILE}: {error.strerror}: look at the disk") from error


def _make_folder(folder: Path) -> None:
    """Make *folder*, and whatever is missing above it, so that its name is on disk."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    try:
        folder.mkdir(exist_ok=True)
        sync(folder.parent)
    except OSError as error:
        raise Unavailable(f"making {folder}: {error.strerror}: name a folder that pressbox may write") from error
