"""Checkpoints in SQLite."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pressbox.stores.sqlite_checkpoints import SqliteCheckpoints
from tests.contracts.checkpoints import CheckpointsContract


class TestSqliteCheckpoints(CheckpointsContract):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> Iterator[None]:
        self.path = tmp_path / "checkpoints.sqlite"
        with ExitStack() as self.closing:
            yield

    def opened(self) -> SqliteCheckpoints:
        checkpoints = SqliteCheckpoints(self.path)
        checkpoints.open()
        self.closing.callback(checkpoints.close)
        return checkpoints

    def test_is_readable_by_its_owner_only(self) -> None:
        self.opened()
        assert [path.stat().st_mode & 0o077 for path in self.path.parent.iterdir()] == [0, 0, 0]
