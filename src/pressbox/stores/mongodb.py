"""
Box score documents in MongoDB: the newest of each event of each game, without multi-document transactions.

Every write is guarded by what it finds, so a batch cut off anywhere and given again ends in the same documents:

1. documents: inserted where absent, else replaced only where the stored (revision, index) is lower;
2. documents that are gone, and those of earlier runs, removed under the same guard;
3. the high mark of each game, and then the cursor.

A mark is only ever behind the documents, and the cursor only ever behind the marks.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from pressbox.errors import BadSettings, Unavailable
from pressbox.model.box_score import BoxScoreResult, Document, Gone
from pressbox.stream.revision import BEFORE_ALL, Mark
from pressbox.stream.store import Batch, Cursor

try:
    from pymongo import MongoClient
    from pymongo.collection import Collection
    from pymongo.errors import BulkWriteError, ConfigurationError, ConnectionFailure, InvalidURI, OperationFailure
except ImportError:  # an extra: the settings are known without it, and whoever opens the store is told its name
    _DRIVER = False
else:
    _DRIVER = True

Fields: TypeAlias = dict[str, Any]

_AWAY_MS: Final = 2_000
_SILENT_MS: Final = 20_000
_DUPLICATE_KEY: Final = 11000
_NOT_ALLOWED: Final = frozenset({13, 18})  # Unauthorized, AuthenticationFailed
_NEWEST_FIRST: Final = {"run": -1}
_CURSORS: Final = "pressbox_cursors"
_MARKS: Final = "pressbox_marks"
_FORMATS: Final = "pressbox_format"
_FORMAT: Final = "documents"
_VERSION: Final = 1  # of marks and cursors; documents are the seed's. A database that names none has the first.

_encode = msgspec.json.Encoder(enc_hook=int).encode  # BSON's 64-bit integers are a class of their own


class MongodbSettings(Struct, frozen=True, kw_only=True, tag="mongodb", tag_field="kind", forbid_unknown_fields=True):
    """Documents in MongoDB. The game of the single-game feed has a collection with integer ids of its own."""

    url: Annotated[str, Meta(description="mongodb:// address; a password comes from the environment")] = (
        "mongodb://127.0.0.1:27017/"
    )
    database: Annotated[str, Meta(description="database")] = "sidearm"
    collection: Annotated[str, Meta(description="collection of the single-game feed")] = "boxscores"
    games_collection: Annotated[str, Meta(description="collection of all other games")] = "game_boxscores"
    single_game: Annotated[str, Meta(description="name of the game whose feed is the single-game feed")] = "gamestream"


class _Place(NamedTuple):
    """The collection of a game, and the field of its documents that holds the event id."""

    collection: "Collection[Fields]"
    event_id: str


class _Changes:
    """
    What a batch comes to for one game: the last word on each event id, and where its run began.

    Results that are no repeats rise strictly, so of several about one event id only the last can be found by anybody
    who reads after the batch; and a document of a run that ended within the batch would be removed at once.
    """

    def __init__(self, mark: Mark, opened: int) -> None:
        self.mark = mark
        self.swept = opened
        self.opened = opened
        self.last: dict[int, Document | Gone] = {}

    def take(self, result: Document | Gone) -> None:
        mark = (result.revision, result.index)
        if mark <= self.mark:
            return
        self.mark = mark
        self.last[result.event_id] = result
        if isinstance(result, Document):
            self.opened = max(self.opened, result.opened)

    def documents(self) -> Iterator[Document]:
        return (one for one in self.last.values() if isinstance(one, Document) and one.revision >= self.opened)

    def gone(self) -> Iterator[Gone]:
        return (one for one in self.last.values() if isinstance(one, Gone))


class MongodbDocuments:
    """A document store and its reader. One writer a partition; readers as many as one likes."""

    name = "documents"

    def __init__(self, settings: MongodbSettings) -> None:
        self._settings = settings
        self._client = _connect(settings.url)
        self._host = urlsplit(settings.url).netloc.rpartition("@")[2]
        self._database = self._client[settings.database]

    def open(self) -> None:
        """Reach the server and make the index; see `Store.open`."""
        with self._translated():
            self._check_format()
            games = self._database[self._settings.games_collection]
            games.create_index([("game", 1), ("run", -1), ("event_id", -1)])

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*."""
        with self._translated():
            stored = self._database[_CURSORS].find_one({"_id": partition})
        return None if stored is None else Cursor(int(stored["generation"]), int(stored["offset"]))

    def write(self, batch: Batch[BoxScoreResult]) -> None:
        """Take *batch*, guarded step by step; see `Store.write` and this module's beginning."""
        results = [result for result in batch.results if isinstance(result, Document | Gone)]
        with self._translated():
            for game, changes in self._changes(results).items():
                self._put(game, changes.documents())
                self._remove(game, changes)
                self._keep_mark(game, changes)
            self._keep_cursor(batch.partition, batch.cursor)

    def close(self) -> None:
        """Let go of the server."""
        self._client.close()

    def newest(self, game: str) -> bytes | None:
        """Return the document of the highest event of *game*, as the fold wrote it."""
        return self._highest(game, {})

    def at(self, game: str, event_id: int) -> bytes | None:
        """Return the document of the highest event of *game* up to *event_id*."""
        return self._highest(game, {self._place(game).event_id: {"$lte": event_id}})

    def event_ids(self, game: str) -> list[int]:
        """Return the ids of all events of *game* that have a document, ascending."""
        collection, event_id = self._place(game)
        with self._translated():
            return sorted(int(found[event_id]) for found in collection.find({"game": game}, {event_id: 1}))

    def games(self) -> list[str]:
        """Return the games that have documents, in the order of their names."""
        collections = (self._settings.collection, self._settings.games_collection)
        with self._translated():
            return sorted({game for name in collections for game in self._database[name].distinct("game")})

    def _check_format(self) -> None:
        formats = self._database[_FORMATS]
        formats.update_one({"_id": _FORMAT}, {"$setOnInsert": {"version": _VERSION}}, upsert=True)
        stored = formats.find_one({"_id": _FORMAT})
        found = _VERSION if stored is None else int(stored["version"])
        if found > _VERSION:
            raise BadSettings(
                f"the collections of pressbox in {self._settings.database} of MongoDB at {self._host} have format "
                f"{found}, this pressbox knows {_VERSION}: use the pressbox that made them, or a newer one"
            )

    def _changes(self, results: Iterable[Document | Gone]) -> dict[str, _Changes]:
        changes: dict[str, _Changes] = {}
        for result in results:
            if result.game not in changes:
                changes[result.game] = self._kept(result.game)
            changes[result.game].take(result)
        return {game: one for game, one in changes.items() if one.last}

    def _kept(self, game: str) -> _Changes:
        mark = self._database[_MARKS].find_one({"_id": game})
        if mark is None:
            return _Changes(BEFORE_ALL, 0)
        return _Changes((mark["revision"], mark["revision_index"]), mark["opened"])

    def _put(self, game: str, documents: Iterable[Document]) -> None:
        """Insert all in one command; those that are there already are replaced one by one, if they are older."""
        stored = [self._stored(document) for document in documents]
        collection = self._place(game).collection
        try:
            if stored:
                collection.insert_many(stored, ordered=False)
        except BulkWriteError as error:
            present = [
                failure["index"] for failure in error.details["writeErrors"] if failure["code"] == _DUPLICATE_KEY
            ]
            if len(present) < len(error.details["writeErrors"]):
                raise
            for index in present:
                collection.replace_one(_unless_newer(stored[index]), stored[index])

    def _remove(self, game: str, changes: _Changes) -> None:
        collection, _ = self._place(game)
        for gone in changes.gone():
            key = {"_id": self._key(game, gone.event_id), "game": game}
            collection.delete_one({**key, "$or": _lower((gone.revision, gone.index))})
        if changes.opened > changes.swept:  # once a run: nothing below its beginning is written after its first mark
            collection.delete_many({"game": game, "revision": {"$lt": changes.opened}})

    def _keep_mark(self, game: str, changes: _Changes) -> None:
        revision, index = changes.mark
        mark = {"revision": revision, "revision_index": index, "opened": changes.opened}
        self._database[_MARKS].replace_one({"_id": game}, mark, upsert=True)

    def _keep_cursor(self, partition: int, cursor: Cursor) -> None:
        self._database[_CURSORS].replace_one({"_id": partition}, cursor._asdict(), upsert=True)

    def _highest(self, game: str, condition: Mapping[str, Any]) -> bytes | None:
        """Look in the newest run first: documents of the one before may be there for a moment."""
        collection, event_id = self._place(game)
        with self._translated():
            found = collection.find_one({"game": game, **condition}, sort={**_NEWEST_FIRST, event_id: -1})
        return None if found is None else _body(found, event_id)

    def _stored(self, document: Document) -> Fields:
        fields: Fields = msgspec.json.decode(document.body)
        if document.game != self._settings.single_game:
            fields["_id"] = self._key(document.game, document.event_id)
            fields["event_id"] = document.event_id
        return fields

    def _place(self, game: str) -> _Place:
        if game == self._settings.single_game:
            return _Place(self._database[self._settings.collection], "_id")
        return _Place(self._database[self._settings.games_collection], "event_id")

    def _key(self, game: str, event_id: int) -> int | str:
        return event_id if game == self._settings.single_game else f"{game}:{event_id}"

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ConnectionFailure as error:
            raise Unavailable(f"MongoDB at {self._host} cannot be reached: {error}") from error
        except OperationFailure as error:
            if error.code in _NOT_ALLOWED:
                raise BadSettings(
                    f"MongoDB at {self._host} refuses user or password for {self._settings.database}: {error}"
                ) from error
            raise Unavailable(f"MongoDB at {self._host}: {error}") from error


def _connect(url: str) -> "MongoClient[Fields]":
    if not _DRIVER:
        raise BadSettings("documents in MongoDB need the extra: pip install 'pressbox[mongodb]'")
    try:
        client: MongoClient[Fields] = MongoClient(
            url, serverSelectionTimeoutMS=_AWAY_MS, connectTimeoutMS=_AWAY_MS, socketTimeoutMS=_SILENT_MS
        )
    except (ConfigurationError, InvalidURI, ValueError):
        raise BadSettings(
            "documents.url is no address of a MongoDB: write mongodb://user:password@host:port/ with the special "
            "characters of user and password percent-encoded"
        ) from None  # the driver's message, and what looks like a host, may hold part of a password
    if not client.write_concern.acknowledged:
        client.close()
        raise BadSettings("documents.url says w=0: a store's writes have to be acknowledged, leave it out")
    return client


def _unless_newer(stored: Fields) -> Fields:
    """Match what has the key of *stored*, unless it is a document of the same game at or above its mark."""
    revision, index = stored["revision"], stored["revision_index"]
    not_lower = [{"revision": {"$gt": revision}}, {"revision": revision, "revision_index": {"$gte": index}}]
    return {"_id": stored["_id"], "$nor": [{"game": stored["game"], **one} for one in not_lower]}


def _lower(mark: Mark) -> list[Fields]:
    revision, index = mark
    return [{"revision": {"$lt": revision}}, {"revision": revision, "revision_index": {"$lt": index}}]


def _body(found: Fields, event_id: str) -> bytes:
    found["_id"] = found[event_id]
    if event_id != "_id":
        del found[event_id]
    return _encode(found)
