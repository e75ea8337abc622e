"""What every object store does, whatever is behind it."""

from collections.abc import Callable
from typing import Protocol

from pressbox.sources.object_store import ObjectInfo, ObjectStore

PATTERNS = ("gamestreams/*.txt", "gamestreams/*.json")
SMALL = b"0 59:51 101 2 0\n"


class Writer(Protocol):
    """Whoever writes feeds: whole objects, and sometimes it takes one away."""

    def write(self, key: str, content: bytes) -> None: ...

    def remove(self, key: str) -> None: ...


def listed(store: ObjectStore) -> dict[str, ObjectInfo]:
    return {info.key: info for info in store.objects()}


class ObjectStoreContract:
    """A new object store adds the fixtures `store` and `writer`, both over the same empty place."""

    def test_nothing_is_listed_where_nothing_is(self, store: ObjectStore) -> None:
        assert listed(store) == {}

    def test_only_what_matches_a_pattern_is_listed(self, store: ObjectStore, writer: Writer) -> None:
        for key in ("gamestreams/a.txt", "gamestreams/b.json", "gamestreams/c.csv"):
            writer.write(key, SMALL)
        assert set(listed(store)) == {"gamestreams/a.txt", "gamestreams/b.json"}

    def test_an_object_is_read_as_it_was_written(self, store: ObjectStore, writer: Writer) -> None:
        writer.write("gamestreams/a.txt", SMALL)
        assert listed(store)["gamestreams/a.txt"].size == len(SMALL)
        assert store.read("gamestreams/a.txt") == SMALL

    def test_other_content_is_another_version(self, store: ObjectStore, writer: Writer) -> None:
        writer.write("gamestreams/a.txt", SMALL)
        before = listed(store)["gamestreams/a.txt"].version
        assert listed(store)["gamestreams/a.txt"].version == before
        writer.write("gamestreams/a.txt", SMALL * 2)
        assert listed(store)["gamestreams/a.txt"].version != before

    def test_looking_at_one_key_says_what_the_list_says(self, store: ObjectStore, writer: Writer) -> None:
        writer.write("gamestreams/a.txt", SMALL)
        assert store.look("gamestreams/a.txt") == listed(store)["gamestreams/a.txt"]

    def test_what_is_gone_or_was_never_there_is_nothing(self, store: ObjectStore, writer: Writer) -> None:
        writer.write("gamestreams/a.txt", SMALL)
        writer.remove("gamestreams/a.txt")
        assert listed(store) == {}
        assert store.look("gamestreams/a.txt") is None
        assert store.read("gamestreams/a.txt") is None
        assert store.look("gamestreams/b.csv") is None

    def test_an_object_that_grows_is_read_whole_each_time(self, store: ObjectStore, writer: Writer) -> None:
        content = b""
        for number in range(1, 6):
            content += b"%d" % number * 40_000 + b"\n"
            writer.write("gamestreams/long.txt", content)
            assert listed(store)["gamestreams/long.txt"].size == len(content)
            assert store.read("gamestreams/long.txt") == content

    def test_a_change_further_up_is_found_although_the_object_grew(self, store: ObjectStore, writer: Writer) -> None:
        content = bytearray(b"x" * 200_000)
        writer.write("gamestreams/long.txt", bytes(content))
        read_while_new(store, "gamestreams/long.txt", lambda: store.read("gamestreams/long.txt"))
        content[100] = ord("y")
        writer.write("gamestreams/long.txt", bytes(content + b"more"))
        read = read_while_new(store, "gamestreams/long.txt", lambda: store.read("gamestreams/long.txt"))
        assert read == bytes(content + b"more")


def read_while_new(store: ObjectStore, key: str, read: Callable[[], bytes | None]) -> bytes | None:
    """Read as a source does: again for as long as the list tells another version than the one that was read."""
    version, content = "", None
    while (info := listed(store)[key]).version != version:
        version, content = info.version, read()
    return content
