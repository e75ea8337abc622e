"""A backup taken beside everything that runs: one moment of it, whole, and nothing half-done left behind."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random

import msgspec
import pytest

from pressbox.access.certificates import Authority
from pressbox.access.devices import AUTHORITY_FILE, DeviceRegistry
from pressbox.access.devices import FILE_NAME as DEVICES_FILE
from pressbox.archive import backup as backup_module
from pressbox.archive.backup import take_backup
from pressbox.archive.manifest import Manifest, Member, place_of
from pressbox.archive.restore import restore_backup
from pressbox.codec.reference import encode_players, encode_teams
from pressbox.errors import BadInput, BadSettings, Corrupted, Unavailable
from pressbox.log.cursor import Cursors
from pressbox.log.reader import SegmentReader
from pressbox.model.box_score import Document, decode_box_score_result
from pressbox.model.device import Admission
from pressbox.pipelines.box_score import BOX_SCORE, BOX_SCORES, GAMES, GAMES_DEAD_LETTERS, Box
from pressbox.settings import LogSettings, Settings
from pressbox.simulate.gamestream import simulate_gamestream
from pressbox.simulate.reference import REFERENCE
from pressbox.stores.mongodb import MongodbSettings
from pressbox.stores.sqlite_documents import SqliteDocumentSettings
from pressbox.stream.record import Record
from pressbox.stream.store import Cursor
from pressbox.wiring import Pressbox
from tests.pipelines.scorebook import fold_record

SETTINGS = Settings(log=LogSettings(segment_mb=1))
TAKEN_MS = 1_700_000_000_000


def silently(members: Sequence[Member]) -> Iterable[Member]:
    return members


def take(data: Path, file: Path, settings: Settings = SETTINGS) -> Manifest:
    return take_backup(settings, data, file, taken_ms=TAKEN_MS, progress=silently)


def restore(file: Path, data: Path, settings: Settings = SETTINGS) -> Manifest:
    return restore_backup(settings, file, data, progress=silently)


def load_rosters(opened: Pressbox) -> None:
    opened.operations.reference_load(encode_teams(REFERENCE.teams).decode(), encode_players(REFERENCE.players).decode())


def feed(seed: int) -> list[bytes]:
    *_, played = simulate_gamestream(seed).moments()
    lines = played.body.splitlines(keepends=True)
    lines.insert(3, b"nonsense\n")
    lines.insert(9, b"3 30:00 205 77 1\n")
    return lines


def write(data: Path, game: str, content: bytes) -> None:
    (data / "gamestreams").mkdir(exist_ok=True)
    new = data / "gamestreams" / ".new"
    new.write_bytes(content)
    new.replace(data / "gamestreams" / f"{game}.txt")


def caught_up(data: Path, settings: Settings = SETTINGS) -> dict[str, object]:
    """Open *data*, read its feeds to their ends, and return what it holds."""
    with Pressbox(settings, data) as opened:
        opened.source.poll()
        opened.catch_up()
        return held(opened)


def held(opened: Pressbox) -> dict[str, object]:
    documents = {
        (game, event): opened.documents.at(game, event)
        for game in opened.documents.games()
        for event in opened.documents.event_ids(game)
    }
    letters = [(one.id, one.reason, one.state) for one in opened.dead_letters.letters(closed=True)]
    return {"documents": documents, "letters": letters, "season": opened.settlement.standings()}


def records(folder: Path, topic: str) -> list[Record]:
    with SegmentReader(folder) as reader:
        found: list[Record] = []
        while more := reader.read(topic, 0, len(found), records_max=500):
            found += more
        return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with a game half-way and one at its end, which no process has open."""
    data = tmp_path / "data"
    with Pressbox(SETTINGS, data) as opened:
        load_rosters(opened)
        write(data, "half", b"".join(feed(1)[:25]))
        write(data, "whole", b"".join(feed(2)))
        opened.source.poll()
        opened.catch_up()
        opened.operations.games_void("half", 5)
    return data


@pytest.fixture
def backup(data: Path, tmp_path: Path) -> Path:
    take(data, tmp_path / "backup")
    return tmp_path / "backup"


def test_restored_it_holds_what_was_there_and_goes_on_to_the_same_bytes(
    data: Path, backup: Path, tmp_path: Path
) -> None:
    restored = tmp_path / "deep" / "restored"
    restore(backup, restored)
    for topic in (GAMES, BOX_SCORES, GAMES_DEAD_LETTERS):
        assert records(restored / "log", topic) == records(data / "log", topic)
    for folder in (data, restored):
        write(folder, "half", b"".join(feed(1)))
        write(folder, "whole", b"".join(feed(2)))
    assert caught_up(restored) == caught_up(data)


def test_what_a_backup_says_of_itself_comes_first(data: Path, tmp_path: Path) -> None:
    manifest = take(data, tmp_path / "backup")
    with tarfile.open(tmp_path / "backup") as archive:
        first, *others = archive
        assert first.name == "manifest.json"
        content = archive.extractfile(first)
        assert content is not None
        assert msgspec.json.decode(content.read(), type=Manifest) == manifest
    assert (manifest.version, manifest.taken_ms) == (1, TAKEN_MS)
    assert [one.name for one in others] == [member.name for member in manifest.members]
    ends = {lane.topic: lane.end for lane in manifest.lanes}
    assert ends == {topic: len(records(data / "log", topic)) for topic in (GAMES, BOX_SCORES, GAMES_DEAD_LETTERS)}


def test_results_are_copied_before_what_they_were_made_from_and_stores_before_both(data: Path, tmp_path: Path) -> None:
    names = [member.name for member in take(data, tmp_path / "backup").members]
    topics = [name.split("/")[1] for name in names if name.endswith("topic.json")]
    assert topics == [BOX_SCORES, GAMES_DEAD_LETTERS, GAMES]
    assert all(name.startswith("log/") for name in names[3:])
    assert sorted(names[:3]) == ["dead-letters.sqlite", "documents.sqlite", "reference.sqlite"]


def test_cursors_of_readers_without_a_store_are_in_it(data: Path, tmp_path: Path) -> None:
    Cursors(data / "log" / "cursors").store("sync", {0: Cursor(0, 7)})
    take(data, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "restored")
    assert Cursors(tmp_path / "restored" / "log" / "cursors").load("sync") == {0: Cursor(0, 7)}


def test_settings_say_where_the_parts_lie(data: Path, tmp_path: Path) -> None:
    moved = Settings(
        log=LogSettings(path="deep/log", segment_mb=1), documents=SqliteDocumentSettings(path="deep/boxes.sqlite")
    )
    before = caught_up(data)
    take(data, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "restored", moved)
    with Pressbox(moved, tmp_path / "restored") as opened:
        assert held(opened) == before


def test_settings_without_a_place_for_a_part_are_told_so(backup: Path, tmp_path: Path) -> None:
    pytest.importorskip("pymongo")
    with pytest.raises(BadInput, match=r"holds documents.sqlite, for which these settings have no place"):
        restore(backup, tmp_path / "restored", Settings(documents=MongodbSettings()))
    with pytest.raises(BadSettings, match=r"the data folder, and the settings put log/.* outside"):
        restore(backup, tmp_path / "restored", Settings(log=LogSettings(path="../log")))
    assert not (tmp_path / "restored").exists()


@contextmanager
def living(data: Path, games: dict[str, list[bytes]], random: Random) -> Iterator[Pressbox]:
    """Run a pressbox over *data* whose feeds grow all the time."""
    stopping = threading.Event()

    def grow() -> None:
        written = dict.fromkeys(games, 0)
        while not stopping.is_set() and any(written[game] < len(games[game]) for game in games):
            game = random.choice(sorted(games))
            written[game] = min(len(games[game]), written[game] + random.randint(1, 3))
            write(data, game, b"".join(games[game][: written[game]]))
            stopping.wait(random.random() / 50)

    with Pressbox(SETTINGS, data) as opened:
        load_rosters(opened)
        opened.start()
        writer = threading.Thread(target=grow)
        writer.start()
        try:
            yield opened
        finally:
            stopping.set()
            writer.join()
        assert opened.failure is None


@pytest.mark.parametrize("seed", range(8))
def test_beside_a_running_one_it_is_one_moment_that_can_be_gone_on_from(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    games = {f"game-{number}": feed(10 * seed + number) for number in range(3)}
    data = tmp_path / "data"
    with living(data, games, random) as opened:
        for turn in range(3):
            opened.log.wait(GAMES, 0, 20 * (turn + 1) + random.randint(0, 20), timeout_s=30)
            acknowledged = {topic: opened.log.end(topic, 0) for topic in (BOX_SCORES, GAMES_DEAD_LETTERS, GAMES)}
            manifest = take(data, tmp_path / f"backup-{turn}")
            copied = {lane.topic: lane.end for lane in manifest.lanes}
            assert all(copied[topic] >= end for topic, end in acknowledged.items())
    original = records(data / "log", GAMES)
    for turn in range(3):
        restored = tmp_path / f"restored-{turn}"
        manifest = restore(tmp_path / f"backup-{turn}", restored)
        copied = {lane.topic: lane.end for lane in manifest.lanes}
        assert records(restored / "log", GAMES) == original[: copied[GAMES]]
        results = [decode_box_score_result(one.value) for one in records(restored / "log", BOX_SCORES)]
        assert max((one.revision for one in results), default=-1) < copied[GAMES]
        for game, lines in games.items():
            write(restored, game, b"".join(lines))
        shown = caught_up(restored)
        assert shown["documents"] == straight_fold(restored / "log")
        assert shown["letters"] == rebuilt(restored, tmp_path / f"rebuilt-{turn}")["letters"]
        assert shown["season"] == rebuilt(restored, tmp_path / f"again-{turn}")["season"]


def straight_fold(log: Path) -> dict[tuple[str, int], bytes]:
    """Return the documents one straight fold of the games in *log* gives, by game and event."""
    boxes: dict[str, Box | None] = {}
    documents: dict[tuple[str, int], bytes] = {}
    for record in records(log, GAMES):
        boxes[record.key], results = fold_record(boxes.get(record.key), record.offset, BOX_SCORE.decode(record.value))
        for result in results:
            if isinstance(result, Document):
                documents[result.game, result.event_id] = bytes(result.body)
    return documents


def rebuilt(restored: Path, folder: Path) -> dict[str, object]:
    """Return what *restored* holds where its own stores are made anew from its log."""
    take(restored, folder.with_suffix(".backup"))
    restore(folder.with_suffix(".backup"), folder)
    for name in ("boxscores.sqlite", "dead-letters.sqlite"):
        (folder / name).unlink()
    return caught_up(folder)


def test_a_log_of_another_generation_under_the_copy_is_told(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = backup_module.copy_topic

    def copied(folder: Path, target: Path) -> object:
        result = copy(folder, target)
        if folder.name == BOX_SCORES:
            topic = json.loads((folder / "topic.json").read_bytes())
            (folder / "topic.json").write_text(json.dumps(topic | {"generation": 1}))
        return result

    monkeypatch.setattr(backup_module, "copy_topic", copied)
    with pytest.raises(Unavailable, match="deleted and begun again while it was copied"):
        take(data, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_nothing_is_replaced(data: Path, backup: Path, tmp_path: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(BadInput, match="is there already"):
        take(data, backup)
    assert backup.read_bytes() == before
    with pytest.raises(BadInput, match="is not empty"):
        restore(backup, data)
    (tmp_path / "empty").mkdir()
    restore(backup, tmp_path / "empty")
    assert caught_up(tmp_path / "empty") == caught_up(data)


def test_where_there_is_nothing_to_copy_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no log in"):
        take(tmp_path / "absent", tmp_path / "backup")
    with pytest.raises(BadInput, match="name the file that"):
        restore(tmp_path / "absent", tmp_path / "restored")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_backup_is_refused_or_all_of_it_is_whole(data: Path, backup: Path, tmp_path: Path, seed: int) -> None:
    random, content = Random(seed), bytearray(backup.read_bytes())
    if seed % 2:
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    else:
        del content[random.randrange(len(content)) :]
    (tmp_path / "damaged").write_bytes(content)
    restored = tmp_path / "restored"
    try:
        restore(tmp_path / "damaged", restored)
    except (BadInput, Corrupted):
        assert not restored.exists()
    else:
        assert caught_up(restored) == caught_up(data)
    assert not (tmp_path / ".restored.restoring").exists()


def repacked(backup: Path, changes: dict[str, bytes | None]) -> Path:
    """Return a backup like *backup*, its members changed as *changes* say: None leaves one out."""
    target = backup.with_name("repacked")
    with tarfile.open(backup) as source, tarfile.open(target, "w:gz") as archive:
        for entry in source:
            content = source.extractfile(entry)
            assert content is not None
            data = changes.get(entry.name, content.read())
            if data is not None:
                entry.size = len(data)
                archive.addfile(entry, BytesIO(data))
    return target


def manifest_of(backup: Path) -> dict[str, object]:
    with tarfile.open(backup) as archive:
        content = archive.extractfile("manifest.json")
        assert content is not None
        return dict(json.loads(content.read()))


def test_a_newer_backup_is_refused_with_what_to_do(backup: Path, tmp_path: Path) -> None:
    newer = {"version": 2, "pressbox": "9.1", "said": "otherwise"}
    with pytest.raises(BadSettings, match=r"has format 2 and this pressbox knows 1: restore it with pressbox 9\.1"):
        restore(repacked(backup, {"manifest.json": json.dumps(newer).encode()}), tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("reference.sqlite", b"other"), ("log/games/topic.json", None), ("log/games/0/00000000000000000000.log", b"")],
)
def test_a_member_that_is_not_what_was_backed_up_is_named(
    backup: Path, tmp_path: Path, name: str, content: bytes | None
) -> None:
    with pytest.raises(Corrupted, match=f"{name} is not what was backed up"):
        restore(repacked(backup, {name: content}), tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


@pytest.mark.parametrize("name", ["../outside", "/outside", "log/../../outside", "log/games/0/../../../x.log"])
def test_no_member_leaves_the_data_folder(backup: Path, tmp_path: Path, name: str) -> None:
    manifest = manifest_of(backup)
    manifest["members"] = [{"name": name, "size_bytes": 0, "length_bytes": 0, "sha256": ""}]
    with pytest.raises(BadInput, match="no place"):
        restore(repacked(backup, {"manifest.json": json.dumps(manifest).encode()}), tmp_path / "restored")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x1f\x8b"])
def test_what_is_no_backup_is_told_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "backup").write_bytes(content)
    with pytest.raises((BadInput, Corrupted), match=r"is no backup of pressbox|is damaged or cut short"):
        restore(tmp_path / "backup", tmp_path / "restored")


def test_another_tar_is_no_backup(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "backup", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("something"))
    with pytest.raises(BadInput, match=r"does not begin with manifest.json"):
        restore(tmp_path / "backup", tmp_path / "restored")


KILLED = """
import os, signal, sys
from pathlib import Path
from pressbox.archive.restore import restore_backup
from pressbox.log.disk import Disk
from pressbox.settings import LogSettings, Settings

left = int(sys.argv[3])

def fatal(name):
    real = getattr(Disk, name)
    def method(self, *arguments):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, *arguments)
    setattr(Disk, name, method)

for name in ("write", "sync", "sync_folder", "rename"):
    fatal(name)
restore_backup(Settings(log=LogSettings(segment_mb=1)), Path(sys.argv[1]), Path(sys.argv[2]), progress=lambda all: all)
"""


def test_a_restore_killed_at_any_moment_leaves_nothing_or_all_of_it(data: Path, backup: Path, tmp_path: Path) -> None:
    expected, restored, ends = caught_up(data), tmp_path / "restored", []
    for steps in range(0, 80, 3):
        ended = subprocess.run(
            [sys.executable, "-c", KILLED, backup, restored, str(steps)], env=os.environ, check=False
        )
        ends.append(restored.exists())
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL
        if restored.exists():
            break
    else:
        pytest.fail("it never came to its end")
    assert ends[-1]
    assert not any(ends[:-1])
    assert caught_up(restored) == expected


def test_devices_people_and_keys_are_in_it_and_stay_their_owners(tmp_path: Path) -> None:
    data, restored = tmp_path / "data", tmp_path / "restored"
    with Pressbox(SETTINGS, data):
        pass
    registry = DeviceRegistry(data / DEVICES_FILE)
    registry.open()
    password = registry.add("tag-7", TAKEN_MS)
    Authority(data / AUTHORITY_FILE).issue("tag-8", datetime.now(UTC))
    with closing(sqlite3.connect(data / "people.sqlite")) as people, people:
        people.execute("CREATE TABLE people (name TEXT)")
    (data / "certificates" / "notes.txt").write_text("not ours")
    before = os.umask(0)
    try:
        manifest = take(data, tmp_path / "backup")
        restore(tmp_path / "backup", restored)
    finally:
        os.umask(before)
    names = {member.name for member in manifest.members}
    secrets = {DEVICES_FILE, "people.sqlite", "certificates/authority.pem", "certificates/authority.key"}
    assert secrets <= names
    assert "certificates/notes.txt" not in names
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600
    assert {stat.S_IMODE((restored / name).stat().st_mode) for name in secrets} == {0o600}
    assert DeviceRegistry(restored / DEVICES_FILE).admit("tag-7", password) is Admission.WELCOME
    assert all((restored / name).read_bytes() == (data / name).read_bytes() for name in secrets if "/" in name)


@pytest.mark.parametrize(
    "name", ["../a.sqlite", "/a.sqlite", "certificates/../up.json", "certificates/.pem", "up.json"]
)
def test_nothing_else_is_restored(name: str) -> None:
    with pytest.raises(BadInput, match="have no place"):
        place_of(Member(name, 0, 0, ""), SETTINGS)
