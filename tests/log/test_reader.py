"""The log looked at without writing it."""

from pathlib import Path
from random import Random

import pytest

from pressbox.errors import BadInput, Corrupted
from pressbox.log.disk import Disk
from pressbox.log.finding import Damage, Unfinished
from pressbox.log.reader import SegmentReader
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord
from tests.contracts.log import read_all, records_of, values_of
from tests.log.files import abandon_log, groups, open_log, overwrite
from tests.log.simulated_disk import PowerLoss, SimulatedDisk


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def test_a_reader_stands_beside_the_writer_and_sees_the_log_of_the_moment_it_was_opened(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append("games", 0, records_of("a"))
        with SegmentReader(tmp_path) as reader:
            log.append("games", 0, records_of("b"))
            assert reader.topics == [Topic("games", 1), Topic("samples", 3)]
            assert (reader.generation("games"), reader.start("games", 0), reader.end("games", 0)) == (0, 0, 1)
            assert values_of(reader.read("games", 0, 0, records_max=10)) == ["a"]
        assert values_of(SegmentReader(tmp_path).read("games", 0, 0, records_max=10)) == ["a", "b"]


def test_an_unfinished_group_is_reported_and_nothing_is_changed(tmp_path: Path) -> None:
    segment = abandon_log(tmp_path, records_of("a"), records_of("b"))
    last = groups(segment)[-1]
    overwrite(segment, last.end_position - 1, b"?")
    before = contents(tmp_path)
    with SegmentReader(tmp_path) as reader:
        assert values_of(reader.read("games", 0, 0, records_max=10)) == ["a"]
        (found,) = reader.verify()
        assert isinstance(found, Unfinished)
        assert (found.offset, found.byte, found.kept_in) == (1, last.position, None)
        assert "when the log is next opened to write" in str(found)
    assert contents(tmp_path) == before


def test_where_there_is_no_log_the_reader_says_so_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no log in"):
        SegmentReader(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_a_damaged_header_hides_its_segment_and_no_other(tmp_path: Path) -> None:
    large = [NewRecord("key", bytes(3000), 1)]
    segment = abandon_log(tmp_path, large, large)
    overwrite(segment, 8, b"?")
    with SegmentReader(tmp_path) as reader:
        assert [record.offset for record in reader.read("games", 0, 0, records_max=10)] == [0]
        (found,) = reader.verify()
        assert isinstance(found, Damage)
        assert "the header of the segment with the records from offset 1 on is damaged" in str(found)


def test_a_segment_under_another_ones_name_is_named(tmp_path: Path) -> None:
    segment = abandon_log(tmp_path, records_of("a"))
    segment.rename(segment.with_name(f"{5:020d}.log"))
    with pytest.raises(Corrupted, match="begins at offset 0, so this is not its name"):
        open_log(tmp_path)


class DiskBehindAWriter(Disk):
    """Shows the first group as not yet written once, as a read that overlaps two writes may."""

    shown = False

    def read(self, descriptor: int, position: int, length: int) -> bytes:
        data = super().read(descriptor, position, length)
        if self.shown or length < 4096:
            return data
        self.shown = True
        return data[:64] + bytes(20) + data[84:]


def test_a_writer_at_work_is_not_taken_for_damage(tmp_path: Path) -> None:
    abandon_log(tmp_path, records_of("a"), records_of("b"))
    with SegmentReader(tmp_path, disk=DiskBehindAWriter()) as reader:
        assert values_of(read_all(reader, "games", 0)) == ["a", "b"]
        assert list(reader.verify()) == []


@pytest.mark.parametrize("seed", range(10))
def test_what_a_reader_has_shown_no_power_loss_takes_back(seed: int, tmp_path: Path) -> None:
    disk = SimulatedDisk(Random(seed))
    log = open_log(tmp_path, disk=disk)
    log.append("games", 0, records_of("a"))
    disk.steps_left = 1  # the group is written, and the power of its writer ends before it is synced
    with pytest.raises(PowerLoss):
        log.append("games", 0, records_of("b"))
    disk.kill()
    shown = read_all(SegmentReader(tmp_path, disk=disk), "games", 0)
    assert values_of(shown) == ["a", "b"]
    disk.lose_power(tmp_path)
    with open_log(tmp_path) as log:
        assert read_all(log, "games", 0) == shown
