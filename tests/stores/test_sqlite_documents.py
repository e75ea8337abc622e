import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from threading import Event

import pytest

from pressbox.errors import BadSettings, Unavailable
from pressbox.stores.sqlite_documents import SqliteDocuments
from pressbox.stream.store import Cursor
from tests.contracts.document_store import DocumentStore, DocumentStoreContract, batch, document


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "boxscores.sqlite"


@pytest.fixture
def store(file: Path) -> Iterator[SqliteDocuments]:
    opened = SqliteDocuments(file)
    opened.open()
    yield opened
    opened.close()


@contextmanager
def trigger(file: Path, table: str) -> Iterator[None]:
    """While it lasts, no row goes into *table*."""
    with closing(sqlite3.connect(file)) as connection:
        refuse = "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        connection.execute(f"CREATE TRIGGER refusal BEFORE INSERT ON {table} {refuse}")
        yield
        connection.execute("DROP TRIGGER refusal")


class TestSqliteDocuments(DocumentStoreContract):
    @pytest.fixture
    def store(self, store: SqliteDocuments) -> SqliteDocuments:
        return store

    @pytest.fixture
    def reopen(self, store: SqliteDocuments) -> Callable[[], DocumentStore]:
        def again() -> DocumentStore:
            store.close()
            store.open()
            return store

        return again

    @pytest.fixture(autouse=True)
    def _file(self, file: Path) -> None:
        self.file = file

    def failing_cursor(self, store: DocumentStore) -> AbstractContextManager[object]:
        del store
        return trigger(self.file, "cursors")


def test_a_batch_whose_cursor_cannot_be_stored_leaves_no_document(store: SqliteDocuments, file: Path) -> None:
    store.write(batch(document(1, 1)))
    with trigger(file, "cursors"), pytest.raises(BadSettings, match=r"boxscores\.sqlite.*refused"):
        store.write(batch(document(2, 2), first=1))
    assert (store.event_ids("gamestream"), store.cursor(0)) == ([1], Cursor(0, 1))
    store.write(batch(document(2, 2), first=1))
    assert (store.event_ids("gamestream"), store.cursor(0)) == ([1, 2], Cursor(0, 2))


def test_documents_are_read_from_other_threads_while_one_writes(store: SqliteDocuments) -> None:
    store.write(batch(document(1, 1)))
    read: list[list[int]] = []
    reader = threading.Thread(target=lambda: read.append(store.event_ids("gamestream")))
    reader.start()
    reader.join()
    assert read == [[1]]


def test_a_file_that_somebody_else_writes_for_long_is_unavailable_and_taken_again_later(
    store: SqliteDocuments, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressbox.stores.sqlite._BUSY_TIMEOUT_S", 0.01)
    store.close()
    store.open()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match=r"boxscores\.sqlite: database is locked"):
            store.write(batch(document(1, 1)))
        other.execute("ROLLBACK")
    store.write(batch(document(1, 1)))
    assert store.event_ids("gamestream") == [1]


def test_opening_it_again_keeps_readers_out_at_no_moment(store: SqliteDocuments) -> None:
    store.write(batch(document(1, 1)))
    opened_again, cursors = Event(), []

    def read() -> None:
        while not opened_again.is_set():
            cursors.append(store.cursor(0))

    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(read)
        for _ in range(50):
            store.open()
        opened_again.set()
        reading.result()
    assert set(cursors) == {store.cursor(0)} != {None}


def test_a_file_of_a_newer_pressbox_is_refused(file: Path, store: SqliteDocuments) -> None:
    store.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(BadSettings, match=r"has format 99, this pressbox knows 1: use the pressbox that wrote it"):
        store.open()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "boxscores.sqlite").write_text("not a database, and long enough to look like one" * 50)
    with pytest.raises(BadSettings, match=r"boxscores\.sqlite is not usable as a SQLite file"):
        SqliteDocuments(tmp_path / "boxscores.sqlite").open()


def test_a_place_where_no_file_can_be_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(Unavailable, match="taken"):
        SqliteDocuments(tmp_path / "taken" / "boxscores.sqlite").open()


def test_a_closed_store_holds_no_file_open(store: SqliteDocuments, file: Path) -> None:
    store.open()
    store.write(batch(document(1, 1)))
    reader = threading.Thread(target=store.games)
    reader.start()
    reader.join()
    store.close()
    held = [descriptor.readlink() for descriptor in Path("/proc/self/fd").iterdir() if descriptor.exists()]
    assert [path for path in held if path.parent == file.parent] == []
    assert store.games() == ["gamestream"]


def test_a_store_that_is_not_open_takes_nothing(file: Path) -> None:
    with pytest.raises(Unavailable, match="is not open"):
        SqliteDocuments(file).write(batch(document(1, 1)))
