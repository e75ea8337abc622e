import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressbox.errors import BadInput, BadSettings
from pressbox.model.box_score import DeadLetter, DeadLetterClosed, DeadLetterResult, Settled, encode_result
from pressbox.stores.sqlite_dead_letters import SqliteDeadLetters, StoredDeadLetter
from pressbox.stream.record import Record
from pressbox.stream.store import Batch, Cursor, Refusal


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteDeadLetters]:
    opened = SqliteDeadLetters(tmp_path / "dead-letters.sqlite")
    opened.open()
    yield opened
    opened.close()


def letter(letter_id: str, revision: int, *, index: int = 0, game: str = "gamestream", number: int = 1) -> DeadLetter:
    return DeadLetter(game, revision, index, 1, letter_id, number, b"\xff" + letter_id.encode(), f"reason {revision}")


def closed(letter_id: str, revision: int, *, index: int = 0, game: str = "gamestream") -> DeadLetterClosed:
    return DeadLetterClosed(game, revision, index, 1, letter_id, "mended")


def batch(*results: DeadLetterResult, first: int = 0) -> Batch[DeadLetterResult]:
    times_ms = [1000 + place for place in range(first, first + len(results))]
    return Batch(0, results, Cursor(0, first + len(results)), times_ms)


def ids(store: SqliteDeadLetters, *, closed: bool = False, game: str | None = None) -> list[str]:
    return [one.id for one in store.letters(closed=closed, game=game)]


def test_a_letter_comes_back_with_all_its_bytes(store: SqliteDeadLetters) -> None:
    store.write(batch(letter("a-1", 7, number=3)))
    (found,) = store.letters()
    assert found == StoredDeadLetter("a-1", "gamestream", 1, 3, b"\xffa-1", "reason 7", 7, "open", 1000)


def test_letters_are_listed_by_game_in_the_order_they_came(store: SqliteDeadLetters) -> None:
    store.write(
        batch(letter("c-1", 1, game="b"), letter("b-1", 1), letter("a-1", 2, number=9), letter("d-1", 1, index=1))
    )
    assert ids(store) == ["c-1", "b-1", "a-1"]
    assert ids(store, game="b") == ["c-1"]
    assert store.counts() == {"b": 1, "gamestream": 2}


def test_a_closed_letter_is_listed_only_where_asked(store: SqliteDeadLetters) -> None:
    store.write(batch(letter("a-1", 1), letter("b-1", 2), closed("a-1", 3)))
    assert ids(store) == ["b-1"]
    assert [(one.id, one.state) for one in store.letters(closed=True)] == [("a-1", "mended"), ("b-1", "open")]
    assert store.counts() == {"gamestream": 1}


def test_a_letter_that_comes_again_is_open_again_with_its_new_reason(store: SqliteDeadLetters) -> None:
    store.write(batch(letter("a-1", 1), closed("a-1", 2), letter("a-1", 3)))
    (found,) = store.letters()
    assert (found.state, found.reason) == ("open", "reason 3")


def test_a_letter_is_found_by_the_beginning_of_its_id(store: SqliteDeadLetters) -> None:
    store.write(batch(letter("abc-1", 1), letter("abd-1", 2)))
    assert [one.id for one in store.letter("abc")] == ["abc-1"]
    assert len(store.letter("ab")) == 2
    assert store.letter("_b") == store.letter("b") == []


def refusal(offset: int = 5, reason: str = "too long", game: str = "gamestream") -> Refusal:
    value = encode_result(Settled(game, 40 + offset, 1, 2, (), ()))
    return Refusal("settlements", "boxscores", 0, 1, Record(offset, game, value, 7000 + offset), reason)


def test_what_a_store_refused_is_a_letter_of_that_store(store: SqliteDeadLetters) -> None:
    store.write(batch(letter("a-1", 1)))
    store.refuse(refusal())
    _, found = store.letters()
    assert found.id.startswith("refused-")
    assert (found.store, found.game, found.run, found.number) == ("settlements", "gamestream", 2, 5)
    assert (found.reason, found.revision, found.state, found.refused_ms) == ("too long", 45, "open", 7005)
    assert found.raw == refusal().record.value
    assert store.letter(found.id) == [found]
    assert store.counts() == {"gamestream": 2}
    assert store.refusal(found.id) == refusal()


def test_a_refusal_told_twice_is_there_once_with_its_newest_reason(store: SqliteDeadLetters) -> None:
    store.refuse(refusal())
    store.refuse(refusal(reason="too wide"))
    store.refuse(refusal(6))
    assert [(one.number, one.reason) for one in store.letters()] == [(5, "too wide"), (6, "too long")]


def test_a_refusal_the_store_has_taken_since_is_mended(store: SqliteDeadLetters) -> None:
    store.refuse(refusal())
    (found,) = store.letters()
    store.mend(found.id)
    assert store.letters() == []
    assert [one.state for one in store.letters(closed=True)] == ["mended"]


def test_a_refusal_is_kept_beside_a_transaction_of_the_letters_own(store: SqliteDeadLetters, tmp_path: Path) -> None:
    others = SqliteDeadLetters(tmp_path / "dead-letters.sqlite")
    store.refuse(refusal())
    others.open()
    assert len(others.letters()) == 1
    others.close()


def test_a_letter_of_a_feed_is_no_refusal(store: SqliteDeadLetters) -> None:
    store.write(batch(letter("a-1", 1)))
    with pytest.raises(BadInput, match="a-1 is no letter of a store"):
        store.refusal("a-1")


def format_1(path: Path) -> None:
    """Make the file that the first format had, with one letter."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            """
            CREATE TABLE cursors (
                partition INTEGER PRIMARY KEY, generation INTEGER NOT NULL, next INTEGER NOT NULL);
            CREATE TABLE marks (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, result_index INTEGER NOT NULL)
                WITHOUT ROWID;
            CREATE TABLE dead_letters (id TEXT PRIMARY KEY, game TEXT NOT NULL, run INTEGER NOT NULL,
                number INTEGER NOT NULL, raw BLOB NOT NULL, reason TEXT NOT NULL, revision INTEGER NOT NULL,
                state TEXT NOT NULL);
            CREATE INDEX dead_letters_by_state ON dead_letters (state, game);
            INSERT INTO dead_letters VALUES ('a-1', 'gamestream', 1, 3, x'ff', 'why', 7, 'open');
            INSERT INTO cursors VALUES (0, 0, 1);
            """
        )


@pytest.mark.parametrize("version", [0, 1])
def test_a_file_of_the_format_before_is_refused_until_it_is_upgraded(tmp_path: Path, version: int) -> None:
    # Format 1 said so only after its tables were made, so 0 is one whose process was killed in between.
    path = tmp_path / "dead-letters.sqlite"
    format_1(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    store = SqliteDeadLetters(path)
    with pytest.raises(BadSettings, match=r"dead-letters.sqlite has format 1, this pressbox writes 2: .*upgrade"):
        store.open()
    assert store.upgrade(lambda *place: {("a-1", 7): 1234}[place]) == 1
    store.open()
    assert store.letters() == [StoredDeadLetter("a-1", "gamestream", 1, 3, b"\xff", "why", 7, "open", 1234)]
    assert store.cursor(0) == Cursor(0, 1)
    store.refuse(refusal())
    assert len(store.letters()) == 2
    store.close()
    assert store.upgrade(lambda *_: None) == 2


def test_what_is_not_there_needs_no_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "dead-letters.sqlite"
    assert SqliteDeadLetters(path).upgrade(lambda *_: None) is None
    assert not path.exists()


def test_a_newer_file_is_neither_opened_nor_upgraded(store: SqliteDeadLetters, tmp_path: Path) -> None:
    path = tmp_path / "dead-letters.sqlite"
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 3")
    for use in (store.open, lambda: store.upgrade(lambda *_: None)):
        with pytest.raises(BadSettings, match="has format 3, this pressbox knows 2"):
            use()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=8),
    st.lists(st.tuples(st.integers(0, 8), st.integers(1, 8)), max_size=5),
)
def test_any_cut_with_any_repeats_ends_in_the_same_letters(
    tmp_path_factory: pytest.TempPathFactory, turns: list[tuple[str, bool]], deliveries: list[tuple[int, int]]
) -> None:
    results: list[DeadLetterResult] = [
        letter(name, revision) if listed else closed(name, revision) for revision, (name, listed) in enumerate(turns)
    ]
    store = SqliteDeadLetters(tmp_path_factory.mktemp("letters") / "dead-letters.sqlite")
    store.open()
    reached = 0
    for back, size in deliveries:
        start = max(0, reached - back)
        store.write(batch(*results[start : start + size], first=start))
        reached = max(reached, min(start + size, len(results)))
    store.write(batch(*results[reached:], first=reached))
    expected = {}
    for result in results:
        if isinstance(result, DeadLetter):
            expected[result.id] = "open"
        elif result.id in expected:
            expected[result.id] = result.how
    assert {one.id: one.state for one in store.letters(closed=True)} == expected
    assert store.cursor(0) == Cursor(0, len(results))
    store.close()
