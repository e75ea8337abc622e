"""The data of the pressbox before this one: refused, upgraded, and gone on with."""

import base64
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pressbox.errors import BadInput, BadSettings, Unavailable
from pressbox.log.disk import Disk
from pressbox.log.lock import take_lock
from pressbox.model.reference import ReferenceData
from pressbox.settings import Settings, load_settings
from pressbox.stores.sqlite_dead_letters import SqliteDeadLetters, StoredDeadLetter
from pressbox.upgrade import Upgraded, upgrade_data
from pressbox.wiring import Pressbox
from tests.cli.process import COMMAND

KILLED = """
import os, signal, sqlite3, sys
from functools import partial
from pathlib import Path
from pressbox.settings import Settings
from pressbox.upgrade import upgrade_data

left = int(sys.argv[2])

def step():
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

class Fatal(sqlite3.Connection):
    def execute(self, *arguments):
        step()
        return super().execute(*arguments)

    def executemany(self, *arguments):
        step()
        return super().executemany(*arguments)

    def close(self):
        step()
        super().close()

sqlite3.connect = partial(sqlite3.connect, factory=Fatal)
upgrade_data(Settings(), Path(sys.argv[1]))
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return the folder with everything of format 1: data, feeds to come, and what was said of it then."""
    with tarfile.open(Path(__file__).with_name("format-1.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def said(old: Path, name: str) -> Any:
    return msgspec.json.decode((old / name).read_bytes())


def documents(opened: Pressbox) -> dict[str, dict[str, str]]:
    reader = opened.documents
    return {
        game: {str(event): (reader.at(game, event) or b"").decode() for event in reader.event_ids(game)}
        for game in reader.games()
    }


def plain(letter: StoredDeadLetter) -> dict[str, Any]:
    """Return *letter* as the pressbox of format 1 showed it."""
    shown = msgspec.structs.asdict(letter) | {"raw": base64.b64encode(letter.raw).decode()}
    return {name: value for name, value in shown.items() if name not in ("refused_ms", "store")}


def letters_in(data: Path) -> list[StoredDeadLetter]:
    store = SqliteDeadLetters(data / "dead-letters.sqlite")
    store.open()
    try:
        return store.letters(closed=True)
    finally:
        store.close()


def format_in(data: Path) -> int:
    with closing(sqlite3.connect(data / "dead-letters.sqlite")) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return int(version)


def test_up_refuses_it_and_says_what_to_do(old: Path) -> None:
    refused = subprocess.run(
        [*COMMAND, "up", "--data", old / "data", "--port", "0"], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    sentence = "dead-letters.sqlite has format 1, this pressbox writes 2: stop pressbox and run `pressbox upgrade`"
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


def test_upgraded_it_says_what_it_said_before(old: Path) -> None:
    file = old / "data" / "dead-letters.sqlite"
    assert upgrade_data(Settings(), old / "data") == [Upgraded(file, 1, 2)]
    assert upgrade_data(Settings(), old / "data") == [Upgraded(file, 2, 2)]
    told = said(old, "told.json")
    with Pressbox(load_settings(old / "pressbox.toml"), old / "data") as opened:
        opened.source.poll()
        opened.catch_up()
        assert documents(opened) == told["documents"]
        assert [plain(one) for one in opened.dead_letters.letters(closed=True)] == told["letters"]
        shown = opened.operations.reference_show()
    assert shown == {name: msgspec.convert(said, ReferenceData) for name, said in told["season"].items()}


def test_the_times_are_those_a_store_gets_that_takes_the_log_anew(old: Path) -> None:
    upgrade_data(Settings(), old / "data")
    upgraded = letters_in(old / "data")
    assert all(one.refused_ms for one in upgraded)
    (old / "data" / "dead-letters.sqlite").unlink()
    with Pressbox(load_settings(old / "pressbox.toml"), old / "data") as opened:
        opened.catch_up()
        assert opened.dead_letters.letters(closed=True) == upgraded


def test_a_letter_whose_result_is_gone_from_the_log_has_no_time(old: Path) -> None:
    with closing(sqlite3.connect(old / "data" / "dead-letters.sqlite")) as connection, connection:
        connection.execute("UPDATE dead_letters SET revision = revision + 1000 WHERE game = 'second'")
    upgrade_data(Settings(), old / "data")
    assert {(one.game, one.refused_ms is None) for one in letters_in(old / "data")} == {
        ("gamestream", False),
        ("second", True),
    }


def test_it_goes_on_with_its_game_to_the_same_bytes(old: Path) -> None:
    upgrade_data(Settings(), old / "data")
    shutil.copy(old / "complete" / "gamestream.txt", old / "data" / "gamestreams")
    told = said(old, "told-complete.json")
    with Pressbox(load_settings(old / "pressbox.toml"), old / "data") as opened:
        opened.source.poll()
        opened.catch_up()
        assert documents(opened) == told["documents"]
        assert [plain(one) for one in opened.dead_letters.letters(closed=True)] == told["letters"]


def test_killed_at_any_moment_it_is_old_or_new_and_the_next_run_does_the_rest(old: Path) -> None:
    upgrade_data(Settings(), (shutil.copytree(old / "data", old / "expected")))
    expected = letters_in(old / "expected")
    formats = []
    for steps in range(40):
        data = shutil.copytree(old / "data", old / f"killed-{steps}")
        ended = subprocess.run([sys.executable, "-c", KILLED, data, str(steps)], env=os.environ, check=False)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL
        formats.append(format_in(data))
        assert upgrade_data(Settings(), data)[0].had == formats[-1]
        assert letters_in(data) == expected
        shutil.rmtree(data)
    else:
        pytest.fail("it never came to its end")
    assert formats == sorted(formats)
    assert set(formats) == {1, 2}


def test_a_disk_that_fails_under_way_leaves_it_as_it_was(old: Path) -> None:
    with closing(sqlite3.connect(old / "data" / "dead-letters.sqlite")) as connection:
        connection.execute("CREATE TRIGGER refusal BEFORE UPDATE ON dead_letters BEGIN SELECT RAISE(FAIL, 'no'); END")
        with pytest.raises((Unavailable, BadSettings)):
            upgrade_data(Settings(), old / "data")
        assert format_in(old / "data") == 1
        connection.execute("DROP TRIGGER refusal")
    assert upgrade_data(Settings(), old / "data")[0].had == 1


def test_while_a_pressbox_runs_it_is_refused(old: Path) -> None:
    disk = Disk()
    lock = take_lock(disk, old / "data" / "log")
    with pytest.raises(BadSettings, match="is being written by process"):
        upgrade_data(Settings(), old / "data")
    disk.close(lock)
    assert format_in(old / "data") == 1


def test_where_there_is_no_data_it_says_so_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no log in"):
        upgrade_data(Settings(), tmp_path / "absent")
    assert not (tmp_path / "absent").exists()
