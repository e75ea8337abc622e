from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressbox.model.box_score import DeadLetter, DeadLetterClosed, DeadLetterResult
from pressbox.stores.sqlite_dead_letters import SqliteDeadLetters, StoredDeadLetter
from pressbox.stream.store import Batch, Cursor


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
    return Batch(0, results, Cursor(0, first + len(results)))


def ids(store: SqliteDeadLetters, *, closed: bool = False, game: str | None = None) -> list[str]:
    return [one.id for one in store.letters(closed=closed, game=game)]


def test_a_letter_comes_back_with_all_its_bytes(store: SqliteDeadLetters) -> None:
    store.write(batch(letter("a-1", 7, number=3)))
    (found,) = store.letters()
    assert found == StoredDeadLetter("a-1", "gamestream", 1, 3, b"\xffa-1", "reason 7", 7, "open")


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
