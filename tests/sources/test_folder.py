"""A real folder as an object store."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressbox.errors import BadSettings, Unavailable
from pressbox.sources.object_store import Folder

PATTERNS = ("gamestreams/*.txt", "gamestreams/*.json")
KEY = "gamestreams/one.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    opened = Folder(tmp_path, PATTERNS)
    yield opened
    opened.close()


def keys(folder: Folder) -> list[str]:
    return sorted(info.key for info in folder.objects())


def wait_for(folder: Folder, file: Path, key: str) -> None:
    """Rewrite *file* until the folder tells of *key*: its watcher may need a moment to begin."""
    for number in range(1000):
        file.write_text(str(number))
        if key in folder.wait(0.02):
            return
    pytest.fail(f"nothing told of {key}")


def test_the_folders_of_the_patterns_are_made(tmp_path: Path, folder: Folder) -> None:
    assert keys(folder) == []
    assert (tmp_path / "gamestreams").is_dir()


def test_matching_files_are_objects_and_no_others(tmp_path: Path, folder: Folder) -> None:
    for name in ("one.txt", "two.json", "readme.md", ".one.txt.123", "one.txt.swp"):
        (tmp_path / "gamestreams" / name).write_text("")
    (tmp_path / "gamestreams" / "folder.txt").mkdir()
    (tmp_path / "one.txt").write_text("")
    os.mkfifo(tmp_path / "gamestreams" / "pipe.txt")
    assert keys(folder) == [KEY, "gamestreams/two.json"]
    looked = [folder.look(f"gamestreams/{name}") for name in ("folder.txt", "pipe.txt", ".one.txt.123", "readme.md")]
    assert looked == [None] * 4


def test_an_object_is_read_whole_and_known_by_size_and_time(tmp_path: Path, folder: Folder) -> None:
    file = tmp_path / KEY
    file.write_bytes(b"0 59:51 101 2 0\r\n")
    os.utime(file, ns=(0, 1_700_000_000_123_456_789))
    info = folder.look(KEY)
    assert info is not None
    assert (info.key, info.size, info.modified_ms) == (KEY, 17, 1_700_000_000_123)
    assert folder.read(KEY) == b"0 59:51 101 2 0\r\n"


def test_a_rewritten_object_has_another_version_even_with_the_same_size_and_time(
    tmp_path: Path, folder: Folder
) -> None:
    file = tmp_path / KEY
    file.write_text("a")
    os.utime(file, ns=(0, 0))
    before = folder.look(KEY)
    beside = tmp_path / "beside"
    beside.write_text("b")
    os.utime(beside, ns=(0, 0))
    beside.replace(file)
    assert folder.look(KEY) != before


def test_what_is_gone_is_no_object(folder: Folder) -> None:
    assert folder.look(KEY) is None
    assert folder.read(KEY) is None


def test_a_folder_that_was_removed_has_no_objects_until_it_is_back(tmp_path: Path, folder: Folder) -> None:
    (tmp_path / "gamestreams").rmdir()
    assert keys(folder) == []
    (tmp_path / "gamestreams").mkdir()
    (tmp_path / KEY).write_text("")
    assert keys(folder) == [KEY]


def test_a_link_that_leads_nowhere_or_round_in_a_circle_is_no_object(tmp_path: Path, folder: Folder) -> None:
    (tmp_path / "gamestreams/nowhere.txt").symlink_to(tmp_path / "missing")
    (tmp_path / "gamestreams/circle.txt").symlink_to(tmp_path / "gamestreams/circle.txt")
    assert keys(folder) == []


def test_an_object_that_changes_while_it_is_read_is_read_again(
    tmp_path: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / KEY
    file.write_text("half")
    read_bytes, left = Path.read_bytes, [2]

    def changing(path: Path) -> bytes:
        content = read_bytes(path)
        if left[0]:
            left[0] -= 1
            file.write_text("whole" + " " * left[0])
        return content

    monkeypatch.setattr(Path, "read_bytes", changing)
    assert folder.read(KEY) == b"whole"


def test_an_object_that_never_stops_changing_is_left_for_later(
    tmp_path: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / KEY
    file.write_text("")
    read_bytes = Path.read_bytes

    def changing(path: Path) -> bytes:
        with file.open("a") as more:
            more.write("more")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", changing)
    assert folder.read(KEY) is None


def test_a_disk_that_fails_is_told_by_path_and_reason(
    tmp_path: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_path: Path) -> bytes:
        raise OSError(5, "Input/output error")

    (tmp_path / KEY).write_text("")
    monkeypatch.setattr(Path, "read_bytes", failing)
    with pytest.raises(Unavailable, match=r"one\.txt: Input/output error"):
        folder.read(KEY)


def test_a_change_is_told_by_the_system_at_once(tmp_path: Path, folder: Folder) -> None:
    wait_for(folder, tmp_path / KEY, KEY)


def test_changes_are_told_by_key_however_the_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    for name in ("real", "./link", "link/../real"):
        folder = Folder(Path(name), PATTERNS)
        wait_for(folder, tmp_path / "real" / KEY, KEY)
        folder.close()


def test_a_name_that_is_no_text_is_listed_and_read_like_any_other(tmp_path: Path, folder: Folder) -> None:
    name = os.fsdecode(b"gamestreams/m\xfcnchen.txt")
    (tmp_path / name).write_text("a")
    assert keys(folder) == [name]
    assert folder.read(name) == b"a"
    wait_for(folder, tmp_path / KEY, KEY)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "gamestreams").write_text("a file")
    with pytest.raises(BadSettings, match=r"gamestreams.*File exists"):
        Folder(tmp_path, PATTERNS)
