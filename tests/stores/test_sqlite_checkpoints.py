"""Checkpoints in SQLite."""

from pathlib import Path

import pytest

from pressbox.stores.sqlite_checkpoints import SqliteCheckpoints
from tests.contracts.checkpoints import CheckpointsContract


class TestSqliteCheckpoints(CheckpointsContract):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.path = tmp_path / "checkpoints.sqlite"

    def opened(self) -> SqliteCheckpoints:
        checkpoints = SqliteCheckpoints(self.path)
        checkpoints.open()
        return checkpoints

    def test_is_readable_by_its_owner_only(self) -> None:
        self.opened()
        assert [path.stat().st_mode & 0o077 for path in self.path.parent.iterdir()] == [0, 0, 0]
