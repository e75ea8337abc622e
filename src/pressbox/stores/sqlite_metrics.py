"""
Figures of windows in SQLite: one file for performance, another one, for its owner only, for what is medical.

A column a figure, so that anything that speaks SQL can ask; figures by zone are a JSON object in one column.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec.structs import fields

from pressbox.model.load import Window, WindowMedical, WindowPerformance
from pressbox.model.metric import Medical, Performance
from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.store import Batch, Cursor

PERFORMANCE_FILE: Final = "performance.sqlite"
MEDICAL_FILE: Final = "medical.sqlite"

_VERSION: Final = 1
_KEY: Final = ("stadium", "session", "athlete", "window", "start_ms", "revision", "result_index")
_TYPES: Final = {"int": "INTEGER", "float": "REAL"}

W = TypeVar("W", bound=WindowPerformance | WindowMedical)


class SqliteMetrics(Generic[W]):
    """A store of windows and its reader. The newest telling of a window stands, told by its mark."""

    def __init__(self, path: Path, kind: type[W]) -> None:
        self._kind: type[W] = kind
        self._is_medical = issubclass(kind, WindowMedical)
        self._figures: type[Performance | Medical] = Medical if self._is_medical else Performance
        self.name = "medical" if self._is_medical else "performance"
        self._columns = tuple(field.name for field in fields(self._figures))
        self._as_json = {field.name for field in fields(self._figures) if "dict" in str(field.type)}
        self._file = SqliteFile(path, self._tables(), _VERSION)
        places = ", ".join("?" * (len(_KEY) + len(self._columns)))
        newer = "(excluded.revision, excluded.result_index) > (windows.revision, windows.result_index)"
        told = ", ".join(f"{name} = excluded.{name}" for name in (*_KEY[5:], *self._columns))
        self._insert = f"INSERT INTO windows VALUES ({places}) ON CONFLICT DO UPDATE SET {told} WHERE {newer}"  # noqa: S608 - ours
        self._select = f"SELECT {', '.join((*_KEY, *self._columns))} FROM windows"  # noqa: S608 - ours

    def open(self) -> None:
        """Open the file, making it where it is missing; see `Store.open`."""
        self._file.open(private=self._is_medical)

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        return self._file.cursor(partition)

    def write(self, batch: Batch[W]) -> None:
        """Take *batch* in one transaction; see `Store.write`."""
        rows = [self._row(result) for result in batch.results if isinstance(result, self._kind)]  # else it was erased
        with self._file.moving(batch.partition, batch.cursor) as transaction:
            transaction.executemany(self._insert, rows)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def windows(
        self,
        stadium: str,
        session: str,
        window: Window,
        *,
        athlete: str | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
    ) -> Sequence[W]:
        """Return windows of a session in order; see `MetricsReader.windows`."""
        query = (
            f"{self._select} WHERE stadium = ? AND session = ? AND window = ? AND (? IS NULL OR athlete = ?)"
            " AND (? IS NULL OR start_ms >= ?) AND (? IS NULL OR start_ms < ?) ORDER BY start_ms, athlete"
        )
        values = (stadium, session, window, athlete, athlete, start_ms, start_ms, end_ms, end_ms)
        return [self._told(row) for row in self._file.read(query, *values)]

    def history(self, athlete: str, *, sessions_max: int) -> Sequence[W]:
        """Return the newest sessions of *athlete*; see `MetricsReader.history`."""
        query = f"{self._select} WHERE athlete = ? AND window = 'session' ORDER BY start_ms DESC, session LIMIT ?"
        return [self._told(row) for row in self._file.read(query, athlete, sessions_max)]

    def erase(self, athlete: str) -> None:
        """Take out every window of *athlete*; see `MetricsEraser.erase`."""
        with self._file.erasing() as transaction:
            transaction.execute("DELETE FROM windows WHERE athlete = ?", (athlete,))

    def _tables(self) -> str:
        figures = ", ".join(f"{field.name} {_type_of(str(field.type))}" for field in fields(self._figures))
        return f"""
CREATE TABLE IF NOT EXISTS windows (
    stadium TEXT NOT NULL, session TEXT NOT NULL, athlete TEXT NOT NULL, window TEXT NOT NULL,
    start_ms INTEGER NOT NULL, revision INTEGER NOT NULL, result_index INTEGER NOT NULL, {figures},
    PRIMARY KEY (stadium, session, window, start_ms, athlete)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS windows_of_athletes ON windows (athlete, window, start_ms);
"""

    def _row(self, result: W) -> tuple[Any, ...]:
        figures = result.medical if isinstance(result, WindowMedical) else result.performance
        values = (
            _json(getattr(figures, name)) if name in self._as_json else getattr(figures, name) for name in self._columns
        )
        key = result.stadium, result.session, result.athlete, result.window, result.start_ms
        return (*key, result.revision, result.index, *values)

    def _told(self, row: tuple[Any, ...]) -> W:
        told = dict(zip(self._columns, row[len(_KEY) :], strict=True))
        for name in self._as_json:
            told[name] = None if told[name] is None else msgspec.json.decode(told[name])
        kind: Any = self._kind
        window: W = kind(*row[: len(_KEY)], self._figures(**told))
        return window


def _type_of(annotation: str) -> str:
    return next((column for name, column in _TYPES.items() if name in annotation and "dict" not in annotation), "TEXT")


def _json(value: dict[str, float] | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
