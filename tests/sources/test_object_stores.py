import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from pressbox.errors import BadInput, BadSettings, Unavailable
from pressbox.sources.object_store import Folder
from pressbox.sources.s3 import S3, S3Settings, client_for, read_object
from tests.conftest import S3Access
from tests.contracts.object_store import PATTERNS, SMALL, ObjectStoreContract, Writer


class FolderWriter:
    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, key: str, content: bytes) -> None:
        unfinished = self._root / f".{uuid4()}"
        unfinished.write_bytes(content)
        unfinished.replace(self._root / key)

    def remove(self, key: str) -> None:
        (self._root / key).unlink()


class TestFolder(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Folder]:
        folder = Folder(tmp_path, PATTERNS)
        yield folder
        folder.close()

    @pytest.fixture
    def writer(self, tmp_path: Path, store: Folder) -> Writer:
        del store
        return FolderWriter(tmp_path)

    def test_a_folder_that_was_taken_away_holds_nothing(self, store: Folder, tmp_path: Path) -> None:
        shutil.rmtree(tmp_path / "gamestreams")
        assert list(store.objects()) == []


class BucketWriter:
    def __init__(self, client: Any) -> None:
        self._client = client

    def write(self, key: str, content: bytes) -> None:
        bucket, _, name = key.partition("/")
        self._client.put_object(Bucket=bucket, Key=name, Body=content)

    def remove(self, key: str) -> None:
        bucket, _, name = key.partition("/")
        self._client.delete_object(Bucket=bucket, Key=name)


@pytest.fixture
def settings(s3: S3Access) -> S3Settings:
    return S3Settings(endpoint=s3.endpoint, access_key=s3.key, secret_key=s3.secret)


@pytest.mark.server
class TestS3(ObjectStoreContract):
    @pytest.fixture
    def store(self, settings: S3Settings) -> Iterator[S3]:
        client, _ = client_for(settings)
        with suppress(client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket="gamestreams")
        for item in client.list_objects_v2(Bucket="gamestreams").get("Contents", ()):
            client.delete_object(Bucket="gamestreams", Key=item["Key"])
        store = S3(settings, PATTERNS)
        yield store
        store.close()
        client.close()

    @pytest.fixture
    def writer(self, settings: S3Settings) -> Iterator[Writer]:
        client, _ = client_for(settings)
        yield BucketWriter(client)
        client.close()

    def test_the_end_alone_is_fetched_of_a_long_object_that_grew(
        self, store: S3, writer: Writer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        get = store._get
        monkeypatch.setattr(store, "_get", lambda key, **how: asked.append(how.get("Range", "all")) or get(key, **how))
        writer.write("gamestreams/long.txt", b"a" * 100_000)
        list(store.objects())
        store.read("gamestreams/long.txt")
        writer.write("gamestreams/long.txt", b"a" * 100_000 + b"b")
        list(store.objects())
        assert store.read("gamestreams/long.txt") == b"a" * 100_000 + b"b"
        assert asked == ["all", "bytes=95904-"]

    def test_a_wrong_key_is_named_as_one(self, s3: S3Access) -> None:
        store = S3(S3Settings(endpoint=s3.endpoint, access_key=s3.key, secret_key="wrong"), PATTERNS)
        with pytest.raises(BadSettings, match="refuses the access key"):
            list(store.objects())
        store.close()

    def test_a_missing_bucket_can_come_later(self, settings: S3Settings) -> None:
        store = S3(settings, ["no-such-bucket/*.txt"])
        with pytest.raises(Unavailable, match="no-such-bucket"):
            list(store.objects())
        store.close()

    def test_a_missing_bucket_keeps_no_other_back(self, settings: S3Settings, store: S3, writer: Writer) -> None:
        del store
        writer.write("gamestreams/a.txt", SMALL)
        both = S3(settings, ["no-such-bucket/*.txt", *PATTERNS])
        assert [info.key for info in both.objects()] == ["gamestreams/a.txt"]
        both.close()

    def test_one_object_is_read_by_its_address(self, settings: S3Settings, store: S3, writer: Writer) -> None:
        del store
        writer.write("gamestreams/a.txt", SMALL)
        assert read_object(settings, "gamestreams/a.txt") == SMALL
        with pytest.raises(BadInput, match="no such object"):
            read_object(settings, "gamestreams/b.txt")


def test_a_server_that_is_away_is_unavailable_and_named_by_its_bucket() -> None:
    store = S3(S3Settings(endpoint="http://127.0.0.1:9", access_key="a", secret_key="b"), PATTERNS)
    with pytest.raises(Unavailable, match="bucket gamestreams"):
        list(store.objects())
    store.close()
