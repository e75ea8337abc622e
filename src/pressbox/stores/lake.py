"""
The lake: rows of game events as Snappy Parquet, a folder a table, in files that are written once.

    lake/guild_joins/<generation>-<partition>-<first>-<last>.parquet

A plain consumer of topic `action-rows`. Which results make a file is planned and stored before it is written, and what is
in it follows from the log alone: so a retry writes the same name with the same rows. What is in no file yet is in the
log, and SQL reads it from there.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, Self

from msgspec import Struct

from pressbox.codec.action import row_of
from pressbox.codec.action_schema import EventSchemas
from pressbox.errors import BadSettings, RejectedRecord, Unavailable
from pressbox.model.action import ActionResult, ActionTable, FieldType, Repeated, RowAdded, decode_action_result
from pressbox.pipelines.game_play import ACTION_ROWS
from pressbox.stores.sample_table import put_in_place
from pressbox.stores.sqlite import SqliteFile
from pressbox.stream.clock import Clock
from pressbox.stream.log import Log
from pressbox.stream.store import Batch, Cursor

try:
    import pyarrow as pa
    from pyarrow import parquet
except ImportError:  # an extra: whoever wants the lake is told its name
    HAS_PARQUET = False
else:
    HAS_PARQUET = True

FOLDER: Final = "lake"
FILE_NAME: Final = "lake.sqlite"

_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS plans (
    partition INTEGER PRIMARY KEY, generation INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    revision_above INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, table_name TEXT NOT NULL, generation INTEGER NOT NULL, partition INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, row_count INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS ranges (
    generation INTEGER NOT NULL, partition INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    revision INTEGER NOT NULL, row_count INTEGER NOT NULL, repeats INTEGER NOT NULL, untabled INTEGER NOT NULL,
    PRIMARY KEY (generation, partition, first)
);
"""
_RESULTS_A_READ: Final = 500
_ROWS_A_GROUP: Final = 50_000
_LOOK_S: Final = 0.5

_LOGGER: Final = logging.getLogger(__name__)


class LakeFile(Struct, frozen=True):
    """A file of *table*, its path in the lake, which results it was made of, and how many rows it has."""

    path: str
    table: str
    generation: int
    partition: int
    first: int
    last: int
    rows: int


class RolledRange(Struct, frozen=True):
    """Results that are in files, from *first* to *last*, up to the *revision*; and how many of them were what."""

    generation: int
    partition: int
    first: int
    last: int
    revision: int
    rows: int
    repeats: int
    untabled: int


class _Plan(Struct, frozen=True):
    partition: int
    generation: int
    first: int
    last: int
    revision_above: int


class _Following(Struct):
    """Results that are in no file yet: from *first* up to *next*, so many *bytes*, the oldest here since *since_s*."""

    first: int
    next: int
    bytes: int = 0
    since_s: float = 0.0


class LakeFiles:
    """What the lake in *folder* holds, to look at it beside the process that fills it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = SqliteFile(folder / FILE_NAME, _TABLES, _VERSION)

    def open(self) -> None:
        """Open its list of files, making it where it is missing; see `Store.open`."""
        self._file.open()

    def close(self) -> None:
        """Close the list."""
        self._file.close()

    def cursor(self, partition: int) -> Cursor | None:
        """Return where the results that are in no file begin."""
        return self._file.cursor(partition)

    def files(self, table: str | None = None) -> list[LakeFile]:
        """Return the files of *table*, or all, in the order of their results."""
        columns = "path, table_name, generation, partition, first, last, row_count"
        order = "ORDER BY generation, partition, first, table_name"
        if table is None:
            rows = self._file.read(f"SELECT {columns} FROM files {order}")  # noqa: S608 - only constants are put in
        else:
            rows = self._file.read(f"SELECT {columns} FROM files WHERE table_name = ? {order}", table)  # noqa: S608 - as above
        return [LakeFile(*row) for row in rows]  # type: ignore[arg-type]

    def ranges(self) -> list[RolledRange]:
        """Return the ranges of results that are in files, in order."""
        columns = "generation, partition, first, last, revision, row_count, repeats, untabled"
        rows = self._file.read(f"SELECT {columns} FROM ranges ORDER BY generation, partition, first")  # noqa: S608 - only constants are put in
        return [RolledRange(*row) for row in rows]  # type: ignore[arg-type]


class Lake(LakeFiles):
    """
    The lake in *folder*, filled from *log*.

    A file is rolled when its results are *roll_bytes* long or *roll_s* old. It takes the length of each result in place
    of the result: what is in a file is read from the log when it is written.
    """

    name = "lake"

    def __init__(
        self, folder: Path, log: Log, schemas: EventSchemas, clock: Clock, *, roll_s: float, roll_bytes: int
    ) -> None:
        super().__init__(folder)
        self._log, self._schemas, self._clock = log, schemas, clock
        self._roll_s, self._roll_bytes = roll_s, roll_bytes
        self._following: dict[int, _Following] = {}
        self._turn = threading.RLock()

    def open(self) -> None:
        """
        Open it, making it where it is missing, and write what was planned and not written.

        Raises:
            BadSettings: the extra is not installed, or a newer pressbox wrote it.
            Unavailable: it cannot be written now.
        """
        if not HAS_PARQUET:
            raise BadSettings("the lake needs pyarrow: install it with pip install 'pressbox[lake]'")
        super().open()
        with self._turn:
            self._following.clear()
            for plan in self._plans():
                self._fulfil(plan)

    def write(self, batch: Batch[int]) -> None:
        """
        Take note of the results of *batch*, and roll a file where there are enough of them.

        Raises:
            Unavailable: the disk refused; what was planned is written later.
        """
        with self._turn:
            following = self._following.get(batch.partition)
            if following is None:
                first = batch.cursor.offset - len(batch.results)
                following = self._following[batch.partition] = _Following(first, first)
            if not following.bytes:
                following.since_s = self._clock.monotonic_s()
            following.bytes += sum(batch.results)
            following.next = batch.cursor.offset
            if following.bytes >= self._roll_bytes:
                self._roll(batch.partition, batch.cursor.generation)

    def run(self, stopping: threading.Event) -> None:
        """Roll what is old enough, until *stopping*."""
        while not stopping.wait(_LOOK_S):
            try:
                self.roll(age_s=self._roll_s)
            except (Unavailable, BadSettings) as error:
                _LOGGER.warning("lake: %s", error)
                stopping.wait(getattr(error, "retry_after_s", 1.0))

    def roll(self, *, age_s: float = 0.0) -> None:
        """
        Write into files what was taken *age_s* ago or before.

        Raises:
            Unavailable: the disk refused; what was planned is written later.
        """
        now_s = self._clock.monotonic_s()
        for partition in list(self._following):
            with self._turn:
                following = self._following[partition]
                if following.bytes and now_s - following.since_s >= age_s:
                    self._roll(partition, self._log.generation(ACTION_ROWS))

    def needed(self) -> dict[int, int]:
        """Return, by partition, the oldest result that is in no file; none where that is not known."""
        try:
            found = {one: self._file.cursor(one) for one in range(self._log.partitions(ACTION_ROWS))}
        except Unavailable:
            return {}
        return {partition: 0 if cursor is None else cursor.offset for partition, cursor in found.items()}

    def _roll(self, partition: int, generation: int) -> None:
        following = self._following[partition]
        rows = self._file.read("SELECT max(revision) FROM ranges WHERE partition = ?", partition)
        revision_above = -1 if rows[0][0] is None else int(str(rows[0][0]))
        plan = _Plan(partition, generation, following.first, following.next - 1, revision_above)
        with self._file.storing() as transaction:
            transaction.execute(
                "INSERT OR IGNORE INTO plans VALUES (?, ?, ?, ?, ?)",
                (plan.partition, plan.generation, plan.first, plan.last, plan.revision_above),
            )
        planned = next(one for one in self._plans() if one.partition == partition)
        self._fulfil(planned)  # an earlier one, where the disk refused it: the rest follows with the next
        following.first, following.bytes = planned.last + 1, 0
        if following.first < following.next:
            following.bytes, following.since_s = 1, self._clock.monotonic_s()

    def _plans(self) -> list[_Plan]:
        rows = self._file.read("SELECT partition, generation, first, last, revision_above FROM plans")
        return [_Plan(*row) for row in rows]  # type: ignore[arg-type]

    def _fulfil(self, plan: _Plan) -> None:
        count = {"rows": 0, "repeats": 0, "untabled": 0}
        revision = plan.revision_above
        name = f"{plan.generation}-{plan.partition}-{plan.first}-{plan.last}.parquet"
        with ExitStack() as closing:
            files: dict[str, _TableFile] = {}
            for result in self._results(plan):
                if result.revision <= plan.revision_above:
                    continue
                revision = result.revision
                if isinstance(result, RowAdded):
                    count["rows"] += 1
                    table = self._table(result.table)
                    if table.name not in files:
                        folder = self.folder / table.folder
                        files[table.name] = closing.enter_context(_TableFile(table, folder, name))
                    files[table.name].add(self._row(table, result))
                else:
                    count["repeats" if isinstance(result, Repeated) else "untabled"] += 1
        for file in files.values():
            file.put_in_place()
        self._finished(plan, revision, count, list(files.values()))

    def _finished(self, plan: _Plan, revision: int, count: dict[str, int], files: Sequence["_TableFile"]) -> None:
        with self._file.moving(plan.partition, Cursor(plan.generation, plan.last + 1)) as transaction:
            transaction.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (one.path, one.table.name, plan.generation, plan.partition, plan.first, plan.last, one.rows)
                    for one in files
                ],
            )
            transaction.execute(
                "INSERT OR REPLACE INTO ranges VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (plan.generation, plan.partition, plan.first, plan.last, revision, *count.values()),
            )
            transaction.execute("DELETE FROM plans WHERE partition = ?", (plan.partition,))
        _LOGGER.info("lake: %d rows of results %d to %d in files", count["rows"], plan.first, plan.last)

    def _results(self, plan: _Plan) -> Iterator[ActionResult]:
        offset = plan.first
        while offset <= plan.last:
            records = self._log.read(ACTION_ROWS, plan.partition, offset, records_max=_RESULTS_A_READ)
            if not records:
                raise Unavailable(f"the log ends before result {plan.last}, which was planned already")
            for record in records:
                if record.offset <= plan.last:
                    yield decode_action_result(record.value)
            offset = records[-1].offset + 1

    def _table(self, name: str) -> ActionTable:
        table = self._schemas.tables.get(name)
        if table is None:
            raise BadSettings(f"the lake: rows of table {name} wait, and no schema has it any more: put its file back")
        return table

    def _row(self, table: ActionTable, result: RowAdded) -> tuple[Any, ...]:
        try:
            return row_of(self._schemas, table, bytes(result.event))
        except RejectedRecord as refusal:
            raise BadSettings(f"the lake: a row of {table.name} fits no schema any more: {refusal}") from refusal


class _TableFile:
    """A file of *table* under way, in *folder*, with a name that readers pass over; rows go to it by groups."""

    def __init__(self, table: ActionTable, folder: Path, name: str) -> None:
        self.table, self.name, self.rows = table, name, 0
        self.path = f"{table.folder}/{name}"
        self._folder = folder
        self._half = folder / f"_{name}"
        self._waiting: list[tuple[Any, ...]] = []

    def __enter__(self) -> Self:
        with _disk(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._writer = parquet.ParquetWriter(self._half, arrow_schema(self.table), compression="snappy")
        return self

    def __exit__(self, *_: object) -> None:
        with _disk(self._folder):
            self._flush()
            self._writer.close()

    def add(self, row: tuple[Any, ...]) -> None:
        """Take *row*."""
        self.rows += 1
        self._waiting.append(row)
        if len(self._waiting) >= _ROWS_A_GROUP:
            with _disk(self._folder):
                self._flush()

    def put_in_place(self) -> None:
        """Let readers see it, on disk."""
        with _disk(self._folder):
            put_in_place(self._half, self._folder / self.name)

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(arrow_table(self.table, self._waiting))
            self._waiting.clear()


def arrow_schema(table: ActionTable) -> Any:
    """Return the columns of *table* as Parquet has them, exact: bigint is 64 bits, smallint 16, float 32."""
    types: dict[FieldType, Any] = {
        "string": pa.string(),
        "bigint": pa.int64(),
        "smallint": pa.int16(),
        "float": pa.float32(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
    }
    return pa.schema([(column.name, types[column.type]) for column in table.columns])


def arrow_table(table: ActionTable, rows: Sequence[tuple[Any, ...]]) -> Any:
    """Return *rows* of *table* by columns."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(table.columns)
    schema = arrow_schema(table)
    arrays = [pa.array(values, type=kind.type) for values, kind in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    """Tell what a disk refuses as what it is: something that can be tried again."""
    try:
        yield
    except OSError as error:
        raise Unavailable(f"writing {folder}: {error.strerror or error}: look at the disk") from error


def rows_in(path: Path) -> int | None:
    """Return how many rows the file at *path* holds; None where it is missing or no Parquet."""
    try:
        return int(parquet.ParquetFile(path).metadata.num_rows)
    except (OSError, pa.ArrowException):
        return None
