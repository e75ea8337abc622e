"""Reading the archive of samples: a session as it was opened, and its samples as the fold had them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pressbox.codec.sample import samples_of
from pressbox.codec.sensor_message import SensorMessage, SensorSample
from pressbox.errors import BadInput, Corrupted
from pressbox.model.sample import Sample
from pressbox.model.session import AthleteProfile, Plane
from pressbox.pipelines.athlete_load import FUTURE_MS
from pressbox.stores.archive_plan import ArchivedSession
from pressbox.stores.sample_archive import SESSION_FILE, session_folders
from pressbox.stores.sample_table import COLUMNS, Row, read_tables

_MINUTE_MS: Final = 60_000


class Profiles(Struct, frozen=True):
    """What is medical of a session as it was opened."""

    athletes: tuple[AthleteProfile, ...]


class ArchivedSamples:
    """The archive in *folder*, to read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def session(self, stadium: str, session: str) -> ArchivedSession:
        """
        Return how a session was opened, with its profiles, and its periods so far.

        Raises:
            BadInput: nothing of it is archived.
            Corrupted: what is told of it cannot be read.
        """
        performance, medical = session_folders(self._folder, stadium, session)
        try:
            told = msgspec.json.decode((performance / SESSION_FILE).read_bytes(), type=ArchivedSession)
            profiles = msgspec.json.decode((medical / SESSION_FILE).read_bytes(), type=Profiles)
        except FileNotFoundError:
            raise BadInput(
                f"nothing of session {stadium}/{session} is archived in {self._folder}: it is once the session is "
                "closed, and every 5 minutes before"
            ) from None
        except msgspec.DecodeError as error:
            raise Corrupted(f"{performance / SESSION_FILE} cannot be read ({error})") from error
        return replace(told, opened=replace(told.opened, athletes=profiles.athletes))

    def samples(self, stadium: str, session: str) -> dict[str, list[Sample]]:
        """
        Return the samples of a session by athlete, each once and in order, as the fold took them.

        Those that were of the future when they came are left out, as the fold does.

        Raises:
            BadInput: nothing of it is archived.
            Unavailable: a file cannot be read.
        """
        told = self.session(stadium, session)
        samples: dict[str, dict[Sample, None]] = {}
        for row in self._rows(told, stadium, session):
            athlete, sample = _sample(row, told.opened.plane)
            samples.setdefault(athlete, {}).setdefault(sample)
        return {athlete: sorted(some, key=lambda one: one.identity) for athlete, some in samples.items()}

    def samples_of_minute(self, stadium: str, session: str, athlete: str, minute_ms: int) -> list[Sample]:
        """
        Return all archived samples of *athlete* in the minute that begins at *minute_ms*, in order.

        Raises:
            BadInput: nothing of the session is archived.
            Unavailable: a file cannot be read.
        """
        told = self.session(stadium, session)
        time, who = COLUMNS.index("time_ms"), COLUMNS.index("athlete")
        found = (
            _sample(row, told.opened.plane)[1]
            for row in self._rows(told, stadium, session)
            if row[who] == athlete and minute_ms <= row[time] < minute_ms + _MINUTE_MS
        )
        return sorted(dict.fromkeys(found), key=lambda one: one.identity)

    def rows_of(self, stadium: str, session: str, athlete: str) -> Iterator[Row]:
        """
        Yield all archived rows of *athlete*, also from before a session was opened again, as they came.

        Raises:
            Unavailable: a file cannot be read.
        """
        performance, medical = session_folders(self._folder, stadium, session)
        files = sorted(performance.glob("[0-9]*.parquet"), key=_place)
        return read_tables([(path, medical / path.name) for path in files], athlete)

    def ranges(self, stadium: str, session: str) -> list[tuple[int, ...]]:
        """Return generation, partition, first and last offset of each archived file of a session."""
        performance, _ = session_folders(self._folder, stadium, session)
        return sorted(map(_place, performance.glob("[0-9]*.parquet")))

    def _rows(self, told: ArchivedSession, stadium: str, session: str) -> Iterator[Row]:
        performance, medical = session_folders(self._folder, stadium, session)
        files = sorted((_place(path), path.name) for path in performance.glob("[0-9]*.parquet"))
        pairs = [
            (performance / name, medical / name)
            for (generation, _, first, _), name in files
            if (generation, first) >= told.begin  # what lies before is of a session that was opened again
        ]
        received, time = COLUMNS.index("received_ms"), COLUMNS.index("time_ms")
        return (row for row in read_tables(pairs) if row[time] <= row[received] + FUTURE_MS)


def _place(path: Path) -> tuple[int, ...]:
    return tuple(map(int, path.stem.split("-")))


def _sample(row: Row, plane: Plane | None) -> tuple[str, Sample]:
    """Return whose it is, and the sample: quantised again as it was when it came."""
    cells: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    acceleration = tuple(cells[f"acceleration_{axis}_g"] for axis in "xyz")
    read = SensorSample(
        sequence=cells["sequence"],
        time_ms=cells["device_time_ms"],
        position_m=None if cells["x_m"] is None else (cells["x_m"], cells["y_m"]),
        position_deg=None if cells["latitude_deg"] is None else (cells["latitude_deg"], cells["longitude_deg"]),
        speed_m_s=cells["speed_m_s"],
        distance_m=cells["distance_m"],
        heart_rate_bpm=cells["heart_rate_bpm"],
        acceleration_g=None if acceleration[0] is None else acceleration,
    )
    message = SensorMessage(version=1, device=cells["device"], boot=cells["boot"], samples=(read,))
    return cells["athlete"], samples_of(message, cells["clock_offset_ms"], plane)[0]
