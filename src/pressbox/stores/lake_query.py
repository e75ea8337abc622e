"""
SQL over the lake: DuckDB over its files and over the rows that are in no file yet.

A question is one SELECT. It reaches the listed tables and nothing else: no file, no network, no extension, no setting.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import msgspec

from pressbox.codec.action import row_of
from pressbox.codec.action_schema import EventSchemas
from pressbox.errors import BadInput, BadSettings, RejectedRecord, Unavailable
from pressbox.model.action import ActionTable, RowAdded, decode_action_result
from pressbox.model.question import Answer
from pressbox.pipelines.game_play import ACTION_ROWS
from pressbox.stores.lake import LakeFiles, arrow_table
from pressbox.stream.record import Record

try:
    import duckdb
    import pyarrow as pa
    from pyarrow import parquet
except ImportError:
    HAS_DUCKDB = False
else:
    HAS_DUCKDB = True

SECONDS_MAX: Final = 30.0
MEMORY_MB_MAX: Final = 512
ROWS_MAX: Final = 10_000
QUESTIONS_MAX: Final = 2

_RESULTS_A_READ: Final = 5_000
_TURN_S_MAX: Final = 5.0


T = TypeVar("T")


class ResultLog(Protocol):
    """What of a log is asked here: a running one or one that is only looked at."""

    def generation(self, topic: str) -> int:
        """Return the generation of *topic*."""
        ...

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of *topic*."""
        ...

    def read(self, topic: str, partition: int, offset: int, *, records_max: int) -> list[Record]:
        """Return records from *offset* on."""
        ...


class LakeQuery:
    """Questions to the lake of *files* and to what *log* holds that is in none of them."""

    def __init__(self, files: LakeFiles, log: ResultLog, schemas: EventSchemas) -> None:
        """
        Make ready.

        Raises:
            BadSettings: the extra is not installed.
        """
        if not HAS_DUCKDB:
            raise BadSettings("SQL needs duckdb: install it with pip install 'pressbox[lake]'")
        self._files, self._log, self._schemas = files, log, schemas
        self._turns = threading.BoundedSemaphore(QUESTIONS_MAX)

    def tables(self) -> list[ActionTable]:
        """Return the tables there are, by name."""
        return [table for _, table in sorted(self._schemas.tables.items())]

    def ask(self, question: str, *, seconds_max: float = SECONDS_MAX, rows_max: int = ROWS_MAX) -> Answer:
        """
        Return the answer to *question*, one SELECT.

        Raises:
            BadInput: it is no such question, or took too long or too much memory.
            Unavailable: too many are asked at once.
        """
        return self._asked(
            question, seconds_max, lambda connection, statement: _answer(connection.execute(statement), rows_max)
        )

    def parquet(self, question: str) -> bytes:
        """Return the answer to *question* as a Parquet file; errors as in `ask`."""
        return self._asked(question, SECONDS_MAX, _as_parquet)

    def _asked(self, question: str, seconds_max: float, shape: Callable[[Any, Any], T]) -> T:
        if not self._turns.acquire(timeout=_TURN_S_MAX):
            raise Unavailable(f"{QUESTIONS_MAX} questions are under way: ask again when they are answered")
        try:
            return self._answered(question, seconds_max, shape)
        finally:
            self._turns.release()

    def _answered(self, question: str, seconds_max: float, shape: Callable[[Any, Any], T]) -> T:
        with _connection() as connection:
            statement = _one_select(connection, question)
            self._offer(connection)
            _lock(connection, self._files.folder)
            timer = threading.Timer(seconds_max, connection.interrupt)
            timer.start()
            try:
                return shape(connection, statement)
            except duckdb.InterruptException:
                raise BadInput(f"the question took longer than {seconds_max:g} s: ask for less") from None
            except duckdb.OutOfMemoryException:
                raise BadInput(f"the question needs more than {MEMORY_MB_MAX} MB: ask for less") from None
            except duckdb.Error as error:
                raise BadInput(str(error)) from error
            finally:
                timer.cancel()

    def _offer(self, connection: Any) -> None:
        recent, listed = self._recent()
        for table in self.tables():
            connection.register(f"recent_{table.name}", arrow_table(table, recent.get(table.name, [])))
            paths = listed.get(table.name, [])
            # Rows in the log have every column, in order; files older than a column have none of it.
            view = f"SELECT * FROM recent_{table.name}"  # noqa: S608 - names of schemas, which are checked
            if paths:
                quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
                view += f" UNION ALL BY NAME SELECT * FROM read_parquet([{quoted}], union_by_name = true)"  # noqa: S608 - names of ours, quoted
            connection.execute(f'CREATE VIEW "{table.name}" AS {view}')

    def _recent(self) -> tuple[dict[str, list[tuple[Any, ...]]], dict[str, list[str]]]:
        """Return the rows no file has, and the files, by table; a file rolled meanwhile is seen by asking again."""
        while True:
            starts = self._starts()
            recent: dict[str, list[tuple[Any, ...]]] = {}
            for partition, (offset, revision) in starts.items():
                self._take_recent(partition, offset, revision, recent)
            listed: dict[str, list[str]] = {}
            for file in self._files.files():
                listed.setdefault(file.table, []).append(str(self._files.folder.resolve() / file.path))
            if starts == self._starts():
                return recent, listed

    def _starts(self) -> dict[int, tuple[int, int]]:
        generation = self._log.generation(ACTION_ROWS)
        starts = {}
        revisions = {one.partition: one.revision for one in self._files.ranges()}
        for partition in range(self._log.partitions(ACTION_ROWS)):
            cursor = self._files.cursor(partition)
            offset = 0 if cursor is None or cursor.generation < generation else cursor.offset
            starts[partition] = (offset, revisions.get(partition, -1))
        return starts

    def _take_recent(
        self, partition: int, offset: int, revision: int, recent: dict[str, list[tuple[Any, ...]]]
    ) -> None:
        while records := self._log.read(ACTION_ROWS, partition, offset, records_max=_RESULTS_A_READ):
            for record in records:
                result = decode_action_result(record.value)
                table = self._schemas.tables.get(result.table) if isinstance(result, RowAdded) else None
                if table is None or not isinstance(result, RowAdded) or result.revision <= revision:
                    continue
                try:
                    row = row_of(self._schemas, table, bytes(result.event))
                except (RejectedRecord, msgspec.DecodeError) as error:
                    raise BadSettings(f"a row of {table.name} fits no schema any more: {error}") from error
                recent.setdefault(table.name, []).append(row)
            offset = records[-1].offset + 1


@contextmanager
def _connection() -> Iterator[Any]:
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{MEMORY_MB_MAX}MB",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "allow_community_extensions": "false",
            "temp_directory": "",
        },
    )
    try:
        yield connection
    finally:
        connection.close()


def _one_select(connection: Any, question: str) -> Any:
    try:
        statements = connection.extract_statements(question)
    except duckdb.Error as error:
        raise BadInput(str(error)) from error
    if len(statements) != 1:
        raise BadInput(f"{len(statements)} statements: ask one question, a SELECT")
    if statements[0].type not in {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}:
        kind = str(statements[0].type).rpartition(".")[2]
        raise BadInput(f"a question is a SELECT; {kind} changes something or reaches out of the tables")
    return statements[0]


def _lock(connection: Any, folder: Path) -> None:
    """Leave *connection* no way out: it may read what the views name, and change no setting any more."""
    place = str(folder.resolve()).replace("'", "''") + "/"
    connection.execute(f"SET allowed_directories = ['{place}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _answer(result: Any, rows_max: int) -> Answer:
    rows = result.fetchmany(rows_max + 1)
    described: Sequence[Any] = result.description or ()
    columns, types = tuple(one[0] for one in described), tuple(str(one[1]) for one in described)
    return Answer(columns, types, rows[:rows_max], is_cut=len(rows) > rows_max)


def _as_parquet(connection: Any, statement: Any) -> bytes:
    sink = pa.BufferOutputStream()
    parquet.write_table(connection.sql(statement).to_arrow_table(), sink, compression="snappy")
    return bytes(sink.getvalue())
