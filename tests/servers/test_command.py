import signal
import subprocess
import sys
from pathlib import Path

import pytest

from servers import ferretdb
from servers.__main__ import main
from servers.cache import made_whole
from servers.catalogue import CATALOGUE
from servers.command import run
from servers.errors import ServerFailed
from tests.requirement import needed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_help_shows_how_to_install_and_start(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    assert "python -m servers install " in shown
    assert "python -m servers start " in shown


def test_the_list_names_every_server_and_whether_it_is_there(
    capsys: pytest.CaptureFixture[str], empty_cache: Path
) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == list(CATALOGUE)
    assert [line.split()[1] for line in lines if line.startswith("ferretdb")] == ["missing"]
    assert str(empty_cache) in lines[-1]


def test_an_unknown_name_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["install", "mongod"])
    assert ", ".join(CATALOGUE) in capsys.readouterr().err


@pytest.mark.usefixtures("empty_cache")
def test_starting_what_is_not_installed_says_how_to_install_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start", "ferretdb"]) == 1
    assert "python -m servers install ferretdb" in capsys.readouterr().err


@pytest.mark.usefixtures("empty_cache")
def test_without_go_the_reason_is_named_and_the_others_are_installed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("servers.seaweedfs.install", lambda: installed.append("seaweedfs"))
    assert main(["install", "ferretdb", "seaweedfs"]) == 1
    assert installed == ["seaweedfs"]
    assert "install Go" in capsys.readouterr().err


@pytest.mark.server
def test_what_is_installed_is_left_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    needed("ferretdb")
    monkeypatch.setattr(ferretdb, "install", lambda: pytest.fail("installed again"))
    assert main(["install", "ferretdb"]) == 0
    assert "there already" in capsys.readouterr().out


@pytest.mark.server
def test_an_interrupted_server_ends_and_its_folder_is_removed() -> None:
    needed("ferretdb")
    command = [sys.executable, "-m", "servers", "start", "ferretdb"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        log = Path(process.stdout.readline().partition("its log is ")[2].partition(";")[0])
        assert log.exists()
        assert process.stdout.readline().startswith("url = mongodb://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not log.parent.exists()


def test_a_failed_command_is_quoted_with_what_it_said() -> None:
    with pytest.raises(ServerFailed, match=r"(?s)sh -c .* ended with status 4.*the mirror is closed"):
        run(["sh", "-c", "echo the mirror is closed >&2; exit 4"])


def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(ServerFailed, match="cannot run no-such-command"):
        run(["no-such-command", "--now"])


def test_a_failed_install_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "thing-1"

    def install() -> None:
        with made_whole(folder) as unfinished:
            (unfinished / "half").touch()
            raise ServerFailed("no space")

    with pytest.raises(ServerFailed):
        install()
    assert list(tmp_path.iterdir()) == []


def test_of_two_installs_at_once_the_first_one_stays(tmp_path: Path) -> None:
    folder = tmp_path / "thing-1"
    with made_whole(folder) as second:
        with made_whole(folder) as first:
            (first / "program").write_text("first")
        (second / "program").write_text("second")
    assert [path.name for path in tmp_path.iterdir()] == ["thing-1"]
    assert (folder / "program").read_text() == "first"
