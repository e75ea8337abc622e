from pathlib import Path
from random import Random

import pytest

from pressbox.errors import BadInput, BadSettings, Corrupted, Unavailable
from pressbox.log.cursor import Cursors
from pressbox.stream.store import Cursor
from tests.log.files import open_log
from tests.log.simulated_disk import PowerLoss, SimulatedDisk


def test_cursors_are_there_when_the_log_is_opened_again(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        assert log.cursors.load("lake") == {}
        log.cursors.store("lake", {0: Cursor(0, 5), 2: Cursor(1, 7)})
        log.cursors.store("influx.load", {0: Cursor(0, 1)})
    with open_log(tmp_path) as log:
        assert log.cursors.load("lake") == {0: Cursor(0, 5), 2: Cursor(1, 7)}
        assert log.cursors.load("influx.load") == {0: Cursor(0, 1)}


@pytest.mark.parametrize("seed", range(20))
def test_after_a_power_loss_a_cursor_is_the_last_one_stored_or_the_one_being_stored(seed: int, tmp_path: Path) -> None:
    disk = SimulatedDisk(Random(seed))
    stored, storing = {0: Cursor(0, 0)}, {0: Cursor(0, 0)}
    cursors = Cursors(tmp_path / "cursors", disk=disk)
    cursors.store("lake", stored)
    disk.steps_left = 1 + seed
    with pytest.raises(PowerLoss):  # noqa: PT012 - stored only moves when the disk has answered
        for offset in range(1, 100):
            storing = {0: Cursor(0, offset)}
            cursors.store("lake", storing)
            stored = storing
    disk.lose_power(tmp_path)
    assert cursors.load("lake") in (stored, storing)


def test_on_a_full_disk_the_old_cursor_stays(tmp_path: Path) -> None:
    disk = SimulatedDisk(Random(0))
    cursors = Cursors(tmp_path / "cursors", disk=disk)
    cursors.store("lake", {0: Cursor(0, 1)})
    disk.is_full = True
    with pytest.raises(Unavailable, match="storing the cursor of lake: No space left on device"):
        cursors.store("lake", {0: Cursor(0, 2)})
    assert cursors.load("lake") == {0: Cursor(0, 1)}


def test_a_cursor_that_cannot_be_read_or_is_newer_is_named(tmp_path: Path) -> None:
    cursors = Cursors(tmp_path)
    (tmp_path / "lake.json").write_text("{")
    with pytest.raises(Corrupted, match=r"lake\.json cannot be read"):
        cursors.load("lake")
    (tmp_path / "lake.json").write_text('{"version":2,"partitions":{}}')
    with pytest.raises(BadSettings, match="use the newer pressbox"):
        cursors.load("lake")


def test_a_name_that_would_leave_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot name a cursor"):
        Cursors(tmp_path).store("../lake", {})
