"""
Everything that is held about one athlete, in one ZIP file for them to keep: tables as CSV, messages as JSON lines.

It may be taken beside a running pressbox, which goes on: what that one takes meanwhile may be in it or not.
"""

import csv
import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

import msgspec
from msgspec.structs import astuple

from pressbox.access.access import Access
from pressbox.access.administration import Administration
from pressbox.codec.sensor_message import decode_sensor_message
from pressbox.errors import BadInput, RejectedRecord, Unavailable
from pressbox.log.reader import SegmentReader
from pressbox.model.load import Window, WindowMedical, WindowPerformance
from pressbox.model.metric import Medical, Performance
from pressbox.model.person import AuditEntry, Consent
from pressbox.model.sample_record import SampleRecord, SamplesReceived, decode_sample_record
from pressbox.model.session import AthleteProfile
from pressbox.privacy.eraser import Eraser
from pressbox.privacy.holding import Holding, Place, letter_stores, metrics_of, records_of, search
from pressbox.sources.sensor_ingest import SAMPLES
from pressbox.stores.archived_samples import ArchivedSamples
from pressbox.stores.sample_table import COLUMNS, MEDICAL_COLUMNS, Row, rows_of
from pressbox.stores.sqlite_metrics import SqliteMetrics
from pressbox.stream.clock import Clock
from pressbox.stream.record import Record

_SESSION: Final = ("stadium", "session", "sport", "state", "opened_ms", "closed_ms", "name", "speed_mm_s_top")
_PERFORMANCE_SAMPLES: Final = tuple(name for name in COLUMNS if name not in MEDICAL_COLUMNS)
_MEDICAL_SAMPLES: Final = ("device", "boot", "sequence", "device_time_ms", "time_ms", *MEDICAL_COLUMNS)
_WINDOWS: Final[tuple[Window, ...]] = ("session", "period", "minute", "second")
_README: Final = """\
What {pressbox} holds about the athlete {athlete}{names}, taken on {taken}.

sessions.csv             the sessions this athlete was in
devices.csv              which devices they wore, from when on
performance/figures.csv  distance, speed and what follows from them, by session, period, minute and second
performance/samples.csv  every reading of their sensors as it came, without heart rates
medical/profiles.csv     resting and maximum heart rate and sex, as each session was opened with
medical/figures.csv      heart rates and what follows from them, by session, period, minute and second
medical/samples.csv      every heart rate as it came
medical/messages.jsonl   what their devices sent and could not be used, with the reason; bytes are in base64
consents.csv             what they allowed, and when
audit.csv                who saw or took away what is medical of them

Times are UTC. Names that end in _ms are milliseconds: since 1970, or of a span. Units stand at the end of each name;
docs/athlete-load.md of pressbox says what each figure means. An empty cell: not reported, or not known.
Not in here: backups, and tables of games and rosters, which are no data of sensors.
"""


def export(place: Place, athlete: str, file: Path, *, by: str, pressbox: str, clock: Clock) -> Holding:
    """
    Write everything held about *athlete* to the new *file*, for its owner only, and return what that is.

    The audit log says so before.

    Raises:
        BadInput: nothing is held about them, or *file* is there already.
        Corrupted: something stored is damaged; the message names it.
        Unavailable: something cannot be read now, or *file* cannot be written.
    """
    if file.exists():
        raise BadInput(f"{file} is there already: name a new file")
    holding = search(place, athlete)
    if not holding.is_anything:
        raise BadInput(f"nothing is held about {athlete} in {place.data}")
    administration = Access(place.data, clock).open().administration
    administration.exported(by, "everything held", [athlete])
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        with (
            os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as content,
            zipfile.ZipFile(content, "w") as packed,
        ):
            tables = _Tables(packed, place, holding, clock.now_ms())
            tables.write_readme(pressbox)
            tables.write(administration)
        part.replace(file)
    except OSError as error:
        raise Unavailable(f"writing {file}: {error.strerror or error}: look at the disk") from error
    finally:
        part.unlink(missing_ok=True)
    return holding


class _Tables:
    """The tables of an export, on their way into the file *packed*."""

    def __init__(self, packed: zipfile.ZipFile, place: Place, holding: Holding, now_ms: int) -> None:
        self._packed, self._place, self._holding = packed, place, holding
        self._taken = datetime.fromtimestamp(now_ms / 1000, UTC)

    def write_readme(self, pressbox: str) -> None:
        athlete, names = self._holding.athlete, sorted(self._holding.names)
        taken = self._taken.strftime("%Y-%m-%d %H:%M:%S UTC")
        told = f" ({', '.join(names)})" if names else ""
        with self._member("README.txt") as content:
            content.write(_README.format(pressbox=pressbox, athlete=athlete, names=told, taken=taken).encode())

    def write(self, administration: Administration) -> None:
        athlete = self._holding.athlete
        self._table("sessions.csv", _SESSION, self._sessions())
        spans = ((*key.split("/"), device, *span) for key, device, *span in self._holding.wearings.spans())
        self._table("devices.csv", ("stadium", "session", "device", "from_ms", "until_ms"), spans)
        for store in metrics_of(self._place):
            self._figures(store)
        for half, columns in (("performance", _PERFORMANCE_SAMPLES), ("medical", _MEDICAL_SAMPLES)):
            places = [COLUMNS.index(name) for name in columns]
            rows = ((*key.split("/"), *(row[one] for one in places)) for key, row in self._samples())
            self._table(f"{half}/samples.csv", ("stadium", "session", *columns), rows)
        self._table("medical/profiles.csv", ("stadium", "session", *AthleteProfile.__struct_fields__), self._profiles())
        self._messages()
        consents = [one for one in administration.consents() if one.athlete == athlete]
        self._table("consents.csv", Consent.__struct_fields__, map(astuple, consents))
        entries = administration.audit_of(athlete)
        self._table("audit.csv", AuditEntry.__struct_fields__, map(astuple, entries))

    def _table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        with (
            self._member(name) as content,
            io.TextIOWrapper(content, "utf-8", newline="") as text,
        ):
            table = csv.writer(text)
            table.writerow(columns)
            table.writerows(rows)

    def _member(self, name: str) -> IO[bytes]:
        member = zipfile.ZipInfo(name, self._taken.timetuple()[:6])
        member.compress_type = zipfile.ZIP_DEFLATED
        return self._packed.open(member, "w", force_zip64=True)

    def _sessions(self) -> Iterator[Sequence[object]]:
        for key in sorted(self._holding.sessions):
            told, profile = self._holding.told.get(key), self._holding.profiles.get(key)
            known = (None,) * 4 if told is None else (told.sport, told.state, told.opened_ms or None, told.closed_ms)
            top = (None, None) if profile is None else (profile.name, profile.speed_mm_s_top)
            yield (*key.split("/"), *known, *top)

    def _profiles(self) -> Iterator[Sequence[object]]:
        for key, profile in sorted(self._holding.profiles.items()):
            yield (*key.split("/"), *astuple(profile))

    def _figures(self, store: SqliteMetrics[WindowPerformance] | SqliteMetrics[WindowMedical]) -> None:
        columns = (Medical if store.name == "medical" else Performance).__struct_fields__
        key = ("stadium", "session", "window", "start_ms")
        self._table(f"{store.name}/figures.csv", (*key, *columns), self._windows(store))

    def _windows(
        self, store: SqliteMetrics[WindowPerformance] | SqliteMetrics[WindowMedical]
    ) -> Iterator[list[object]]:
        athlete = self._holding.athlete
        for key in sorted(self._holding.sessions):
            stadium, _, session = key.partition("/")
            for window in _WINDOWS:
                for one in store.windows(stadium, session, window, athlete=athlete):
                    figures = one.medical if isinstance(one, WindowMedical) else one.performance
                    yield [stadium, session, window, one.start_ms, *map(_cell, astuple(figures))]

    def _samples(self) -> Iterator[tuple[str, Row]]:
        """Yield session and row of what the archive has, then of what only the log has."""
        archive, ranges = ArchivedSamples(self._place.archive), dict[str, list[tuple[int, ...]]]()
        for key in sorted(self._holding.sessions):
            stadium, _, session = key.partition("/")
            ranges[key] = archive.ranges(stadium, session)
            if ranges[key]:
                for row in archive.rows_of(stadium, session, self._holding.athlete):
                    yield key, row
        with SegmentReader(self._place.log) as log:
            for record in records_of(log, SAMPLES):
                archived = [one for one in ranges.get(record.key, ()) if one[0] == log.generation(SAMPLES)]
                if not any(first <= record.offset <= last for _, _, first, last in archived):
                    yield from self._rows(record)

    def _rows(self, record: Record) -> Iterator[tuple[str, Row]]:
        try:
            received: SampleRecord = decode_sample_record(record.value)
            if not isinstance(received, SamplesReceived) or not self._is_worn(record, received.device):
                return
            message = decode_sensor_message(received.message)
        except (msgspec.DecodeError, RejectedRecord):  # it is among the messages
            return
        for row in rows_of(record.offset, received, message, self._holding.athlete):
            yield record.key, row

    def _is_worn(self, record: Record, device: str) -> bool:
        return self._holding.wearings.is_worn(record.key, device, record.offset)

    def _messages(self) -> None:
        eraser = Eraser(self._holding.athlete, self._holding.wearings)
        with self._member("medical/messages.jsonl") as lines:
            for store in letter_stores(self._place):
                for letter in filter(eraser.is_theirs, store.all_letters()):
                    lines.write(msgspec.json.encode(letter) + b"\n")


def _cell(figure: object) -> object:
    return msgspec.json.encode(figure).decode() if isinstance(figure, dict) else figure
