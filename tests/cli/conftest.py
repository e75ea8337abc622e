"""The command line in this process, and `pressbox up` in one of its own."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from pressbox import cli
from pressbox.codec.reference import encode_players, encode_teams
from pressbox.simulate.reference import REFERENCE
from tests.cli.process import Up, started


class Answer(NamedTuple):
    """What a command left: its exit code and both its outputs."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out)

    def lines(self) -> list[Any]:
        return [msgspec.json.decode(line) for line in self.out.splitlines()]


Pressbox = Callable[..., Answer]


@pytest.fixture
def pressbox(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pressbox:
    """Return what runs a command as a shell would, with its arguments."""

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["pressbox", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Answer(int(ended.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    """Return the files of teams and players."""
    teams, players = tmp_path / "teams.csv", tmp_path / "players.csv"
    teams.write_bytes(encode_teams(REFERENCE.teams))
    players.write_bytes(encode_players(REFERENCE.players))
    return teams, players


@pytest.fixture
def data(tmp_path: Path, tables: tuple[Path, Path], pressbox: Pressbox) -> Path:
    """Return a data folder with rosters, and nothing else."""
    folder = tmp_path / "data"
    assert pressbox("reference", "load", *tables, "--data", folder).code == 0
    return folder


@pytest.fixture
def up(data: Path) -> Iterator[Up]:
    """Return a running pressbox over the data folder."""
    with started(data) as running:
        yield running


@pytest.fixture(params=["offline", "running"])
def place(request: pytest.FixtureRequest, data: Path) -> Path:
    """Return the data folder, with a running pressbox and without: commands must not show which."""
    if request.param == "running":
        request.getfixturevalue("up")
    return data
