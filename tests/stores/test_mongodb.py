import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect

from pressbox.errors import BadSettings, Unavailable
from pressbox.stores import mongodb
from pressbox.stores.mongodb import MongodbDocuments, MongodbSettings
from pressbox.stream.revision import revision_of
from pressbox.stream.store import Cursor
from servers.ports import free_ports
from tests.contracts.document_store import (
    OTHER_GAME,
    DocumentStore,
    DocumentStoreContract,
    batch,
    document,
    expected_documents,
    gone,
    stored_documents,
)
from tests.requirement import needed

pytestmark = pytest.mark.server

_DATABASES = (f"documents{number}" for number in count(1))


@pytest.fixture
def place(mongodb_url: str) -> Iterator[MongodbSettings]:
    settings = MongodbSettings(url=mongodb_url, database=next(_DATABASES))
    yield settings
    with MongoClient(mongodb_url) as client:
        client.drop_database(settings.database)


@pytest.fixture
def opened() -> Iterator[Callable[[MongodbSettings], MongodbDocuments]]:
    stores: list[MongodbDocuments] = []

    def open_one(settings: MongodbSettings) -> MongodbDocuments:
        stores.append(MongodbDocuments(settings))
        stores[-1].open()
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[[MongodbSettings], MongodbDocuments], place: MongodbSettings) -> MongodbDocuments:
    return opened(place)


@pytest.fixture
def documents(place: MongodbSettings) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    with MongoClient(place.url) as client:
        yield lambda collection: list(client[place.database][collection].find())


class TestMongodbDocuments(DocumentStoreContract):
    @pytest.fixture
    def store(self, store: MongodbDocuments) -> MongodbDocuments:
        return store

    @pytest.fixture
    def reopen(
        self,
        store: MongodbDocuments,
        place: MongodbSettings,
        opened: Callable[[MongodbSettings], MongodbDocuments],
    ) -> Callable[[], MongodbDocuments]:
        def again() -> MongodbDocuments:
            store.close()
            return opened(place)

        return again

    def failing_cursor(self, store: DocumentStore) -> AbstractContextManager[object]:
        return patch.object(store, "_keep_cursor", side_effect=Unavailable("gone before the cursor"))


def test_the_single_game_has_integer_ids_and_exactly_the_fields_of_the_document(
    store: MongodbDocuments, documents: Callable[[str], list[dict[str, Any]]]
) -> None:
    written = document(5, 1)
    store.write(batch(written))
    (found,) = documents("boxscores")
    assert type(found["_id"]) is int
    assert list(found.items()) == list(msgspec.json.decode(written.body).items())
    assert documents("game_boxscores") == []


def test_other_games_share_a_collection_with_their_name_in_the_id(
    store: MongodbDocuments, documents: Callable[[str], list[dict[str, Any]]]
) -> None:
    written = document(5, 1, game=OTHER_GAME)
    store.write(batch(written))
    assert documents("boxscores") == []
    assert documents("game_boxscores") == [
        {**msgspec.json.decode(written.body), "_id": f"{OTHER_GAME}:5", "event_id": 5}
    ]


def test_a_document_some_other_program_left_under_the_same_id_is_replaced(
    store: MongodbDocuments, place: MongodbSettings
) -> None:
    with MongoClient(place.url) as client:
        client[place.database]["boxscores"].insert_one({"_id": 5, "timestamp": "60:00"})
    store.write(batch(document(5, 0)))
    assert store.newest("gamestream") == bytes(document(5, 0).body)


@pytest.mark.parametrize(
    "older", [document(5, 7, index=9), document(5, 8, index=1), gone(5, 7, index=9), gone(5, 8, index=1)]
)
def test_a_writer_that_was_overtaken_changes_nothing_newer(
    store: MongodbDocuments, opened: Callable[[MongodbSettings], MongodbDocuments], place: MongodbSettings, older: Any
) -> None:
    newer = document(5, 8, index=2)
    with patch.object(store, "_put", side_effect=overtake(opened(place), newer, store._put)):
        store.write(batch(older))
    assert store.newest("gamestream") == bytes(newer.body)


def overtake(store: MongodbDocuments, newer: Any, put: Callable[..., None]) -> Callable[..., None]:
    def put_after(*arguments: Any) -> None:
        store.write(batch(newer))
        put(*arguments)

    return put_after


def test_the_new_run_shows_before_the_old_one_is_removed(store: MongodbDocuments) -> None:
    store.write(batch(document(1, 1), document(2, 2)))
    first = document(0, 3, opened=3, run=2)
    with patch.object(store, "_remove", side_effect=Unavailable("just then")), pytest.raises(Unavailable):
        store.write(batch(first, first=2))
    assert store.newest("gamestream") == store.at("gamestream", 2) == bytes(first.body)


RESULTS = (
    document(0, 1),
    document(1, 2),
    document(2, 3),
    gone(2, 4),
    document(1, 4, index=1),
    document(0, 5, opened=5, run=2),
    document(1, 6, opened=5, run=2),
    gone(1, 7, run=2),
    document(0, 7, index=1, opened=5, run=2),
    document(3, revision_of(1, 0), game=OTHER_GAME),
)
WRITES = ("insert_many", "replace_one", "delete_one", "delete_many")


class CutOff:
    """Lets so many writing commands through; the next one fails, carried out or not, as all after it do."""

    def __init__(self, survived: int, *, answer_lost: bool) -> None:
        self.left = survived
        self.answer_lost = answer_lost
        self.happened = False

    @contextmanager
    def around(self) -> Iterator[None]:
        with ExitStack() as patches:
            for name in WRITES:
                patches.enter_context(patch.object(Collection, name, self.failing(getattr(Collection, name))))
            yield

    def failing(self, command: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if self.left == 0 and self.answer_lost and not self.happened:
                command(*arguments, **options)
            if self.left == 0:
                self.happened = True
                raise AutoReconnect("connection lost")
            self.left -= 1
            return command(*arguments, **options)

        return call


@pytest.mark.parametrize("answer_lost", [False, True], ids=["command lost", "answer lost"])
def test_a_batch_cut_off_at_any_command_and_written_again_ends_the_same(
    mongodb_url: str, opened: Callable[[MongodbSettings], MongodbDocuments], answer_lost: bool
) -> None:
    for survived in count():
        store = opened(MongodbSettings(url=mongodb_url, database=next(_DATABASES)))
        store.write(batch(*RESULTS[:3]))
        cut = CutOff(survived, answer_lost=answer_lost)
        with cut.around(), suppress(Unavailable):
            store.write(batch(*RESULTS))
        store.write(batch(*RESULTS[:5]))
        store.write(batch(*RESULTS))
        assert stored_documents(store, store.games()) == expected_documents(RESULTS)
        if not cut.happened:
            break
    assert survived == 9


def test_an_insert_cut_off_half_way_is_finished_by_the_next_try(store: MongodbDocuments) -> None:
    documents = [document(event_id, event_id) for event_id in range(4)]
    insert_many = Collection.insert_many

    def insert_half(collection: Any, stored: list[Any], **options: Any) -> None:
        insert_many(collection, stored[::2], **options)
        raise AutoReconnect("connection lost")

    with patch.object(Collection, "insert_many", insert_half), pytest.raises(Unavailable):
        store.write(batch(*documents))
    assert store.event_ids("gamestream") == [0, 2]
    store.write(batch(*documents))
    assert stored_documents(store, ["gamestream"]) == expected_documents(documents)


def test_a_server_that_stops_is_unavailable_and_has_everything_when_it_is_back(tmp_path: Path) -> None:
    server = needed("ferretdb")
    running = server.start(tmp_path)
    store = MongodbDocuments(MongodbSettings(url=running.access["url"]))
    store.open()
    store.write(batch(*RESULTS[:4]))
    running.stop()
    with pytest.raises(Unavailable, match="cannot be reached"):
        store.write(batch(*RESULTS))
    with pytest.raises(Unavailable):
        store.newest("gamestream")
    store.close()
    running = server.start(tmp_path)
    try:
        store = MongodbDocuments(MongodbSettings(url=running.access["url"]))
        store.open()
        assert store.cursor(0) == Cursor(0, 4)
        store.write(batch(*RESULTS))
        assert stored_documents(store, store.games()) == expected_documents(RESULTS)
        store.close()
    finally:
        running.stop()


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    (port,) = free_ports(1)
    store = MongodbDocuments(MongodbSettings(url=f"mongodb://someone:secret@127.0.0.1:{port}/"))
    with pytest.raises(Unavailable, match=rf"127\.0\.0\.1:{port}") as caught:
        store.open()
    store.close()
    assert "secret" not in str(caught.value)


def test_collections_of_a_newer_pressbox_are_refused(
    place: MongodbSettings, opened: Callable[[MongodbSettings], MongodbDocuments]
) -> None:
    opened(place)
    opened(place)
    with MongoClient(place.url) as client:
        formats = client[place.database]["pressbox_format"]
        assert list(formats.find()) == [{"_id": "documents", "version": 1}]
        formats.update_one({}, {"$set": {"version": 2}})
    with pytest.raises(BadSettings, match="have format 2, this pressbox knows 1: use the pressbox that made them"):
        opened(place)


def test_refused_credentials_stop_the_start(mongodb_url: str) -> None:
    store = MongodbDocuments(MongodbSettings(url=mongodb_url.replace("//", "//someone:secret@")))
    with pytest.raises(BadSettings, match="refuses") as caught:
        store.open()
    store.close()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["mongodb://someone:sec/ret@host/", "http://someone:secret@host/", "mongodb://someone:secret@host/?w=0", ""]
)
def test_an_unusable_address_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(BadSettings, match=r"documents\.url") as caught:
        MongodbDocuments(MongodbSettings(url=url))
    assert "sec" not in str(caught.value)


def test_without_the_driver_the_settings_are_known_and_the_store_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pymongo", None)
    specification = importlib.util.spec_from_file_location("mongodb_alone", mongodb.__file__)
    assert specification is not None
    assert specification.loader is not None
    alone = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(alone)
    settings = msgspec.convert({"kind": "mongodb"}, alone.MongodbSettings)
    with pytest.raises(BadSettings, match=r"pressbox\[mongodb\]"):
        alone.MongodbDocuments(settings)
