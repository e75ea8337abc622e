"""Dead letters of sensors are there once, need somebody until they are mended, and are their owner's only."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from pressbox.model.load import RecordRefused, SetAside
from pressbox.model.sample import Sample
from pressbox.model.sample_record import SamplesRejected
from pressbox.stores.sqlite_sample_dead_letters import SqliteSampleDeadLetters
from pressbox.stream.store import Batch, Cursor

REJECTED = SamplesRejected("home", "training", "tag-7", 1000, "sensor message of no kind", b"nonsense")
REFUSED = RecordRefused("home", "training", "tag-8", "no such session", 7, 0, 2000, b"a message")
ASIDE = SetAside("home", "training", "ana", "future", 60_000, 9, 0, (Sample(60_500, heart_rate_bpm=150),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSampleDeadLetters]:
    store = SqliteSampleDeadLetters(tmp_path / "letters.sqlite", "sample dead letters")
    store.open()
    yield store
    store.close()


def take(store: SqliteSampleDeadLetters, *results: object, offset: int = 9) -> None:
    store.write(Batch(0, results, Cursor(0, offset), [5000] * len(results)))  # type: ignore[arg-type]


def test_what_was_refused_is_open_with_all_its_bytes_and_what_was_set_aside_is_not(
    store: SqliteSampleDeadLetters,
) -> None:
    take(store, REJECTED, REFUSED, ASIDE)
    told = [(one.device, one.reason, one.received_ms, one.message, one.state) for one in store.letters()]
    assert told == [
        ("tag-8", "no such session", 2000, b"a message", "open"),
        ("tag-7", "sensor message of no kind", 1000, b"nonsense", "open"),
    ]
    (newest, *_) = store.letters(closed=True)
    assert (newest.device, newest.reason, newest.received_ms) == ("ana", "1 samples set aside: future", 5000)
    assert (store.open_total(), store.cursor(0)) == (2, Cursor(0, 9))


def test_bytes_a_device_sends_again_and_a_log_folded_again_tell_nothing_twice(store: SqliteSampleDeadLetters) -> None:
    take(store, REJECTED, REFUSED, ASIDE)
    again = [replace(REJECTED, received_ms=8000), replace(REFUSED, revision=1 << 41), replace(ASIDE, revision=1 << 41)]
    take(store, *again, offset=12)
    assert len(store.letters(closed=True)) == 3
    assert store.open_total() == 2


def test_a_mended_letter_that_is_refused_again_is_open_whichever_comes_first(store: SqliteSampleDeadLetters) -> None:
    take(store, REFUSED)
    (letter,) = store.letters()
    store.mend([letter])
    take(store, replace(REFUSED, reason="still no session"), offset=10)
    assert [one.reason for one in store.letters()] == ["still no session"]
    store.mend([letter])
    assert store.open_total() == 1


def test_the_same_bytes_of_another_device_or_session_are_another_letter(store: SqliteSampleDeadLetters) -> None:
    take(store, REJECTED, replace(REJECTED, device="tag-9"), replace(REJECTED, session="game"))
    assert store.open_total() == 3


def test_a_mended_letter_needs_nobody_and_is_found_by_its_id(store: SqliteSampleDeadLetters) -> None:
    take(store, REJECTED)
    (letter,) = store.letters()
    store.mend([letter])
    assert store.letters() == []
    assert [one.state for one in store.letter(letter.id[:10])] == ["mended"]


def test_the_file_is_its_owners_only(store: SqliteSampleDeadLetters, tmp_path: Path) -> None:
    take(store, REJECTED)
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_a_process_that_looks_takes_nothing_from_the_one_that_writes(
    store: SqliteSampleDeadLetters, tmp_path: Path
) -> None:
    store.open()  # again, as a pump does after a failure: the locks of this process have to stay
    take(store, REJECTED)
    looking = (
        "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM letters').fetchone())"
    )
    command = [sys.executable, "-c", looking, str(tmp_path / "letters.sqlite")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "(1,)\n"
    assert (tmp_path / "letters.sqlite-wal").exists()
    take(store, REFUSED, offset=11)
    assert store.open_total() == 2


def test_every_letter_is_told_once_and_those_that_are_erased_are_nowhere(
    store: SqliteSampleDeadLetters, tmp_path: Path
) -> None:
    letters = [SamplesRejected("dome", "a", "tag", 1, "no", f"letter {number} end".encode()) for number in range(1100)]
    store.write(Batch(0, letters, Cursor(0, len(letters))))
    found = list(store.all_letters())
    assert {one.message for one in found} == {one.message for one in letters}
    assert len(found) == len(letters)
    gone = [one for one in found if one.message in (b"letter 7 end", b"letter 1007 end")]
    store.erase([one.id for one in gone])
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert (b"letter 7 end" in left, b"letter 1007 end" in left, b"letter 8 end" in left) == (False, False, True)
    assert store.cursor(0) == Cursor(0, len(letters))
