"""What is cut when the log is opened, and what never is."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from pressbox.errors import BadSettings, Corrupted
from pressbox.log.frame import HEADER_BYTES, batch_of
from pressbox.log.segment import FRAMES_AT
from pressbox.log.segments import SegmentLog
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord
from tests.contracts.log import read_all, records_of, values_of
from tests.log.files import abandon_log, groups, open_log, overwrite, segments
from tests.log.simulated_disk import SECTOR_BYTES, SimulatedDisk

LARGE = [NewRecord("large", b"x" * 2000, 1)]


def test_an_abandoned_log_keeps_every_acknowledged_record(tmp_path: Path) -> None:
    abandon_log(tmp_path, records_of("a", "b"), records_of("c"))
    with open_log(tmp_path) as log:
        assert values_of(read_all(log, "games", 0)) == ["a", "b", "c"]
        assert log.cuts == []


@pytest.mark.parametrize("missing", ["its first sector", "its last sector", "all but a byte"])
def test_an_unfinished_last_group_is_cut_kept_in_a_side_file_and_reported(missing: str, tmp_path: Path) -> None:
    segment = abandon_log(tmp_path, records_of("a"), LARGE)
    last = groups(segment)[-1]
    beginning, end = {
        "its first sector": (last.position, last.position + SECTOR_BYTES),
        "its last sector": (last.end_position - SECTOR_BYTES, last.end_position),
        "all but a byte": (last.position, last.end_position - 1),
    }[missing]
    overwrite(segment, beginning, bytes(end - beginning))
    torn = segment.read_bytes()[last.position :].rstrip(b"\0")
    with open_log(tmp_path) as log:
        (cut,) = log.cuts
        assert (cut.topic, cut.partition, cut.offset, cut.file, cut.byte) == ("games", 0, 1, segment, last.position)
        assert cut.kept_in is not None
        assert cut.kept_in.read_bytes() == torn
        assert str(cut.kept_in) in str(cut)
        assert log.append("games", 0, records_of("b")) == 1
        assert values_of(read_all(log, "games", 0)) == ["a", "b"]


def test_two_groups_cut_at_the_same_offset_are_both_kept(tmp_path: Path) -> None:
    kept = set()
    for _ in range(2):
        segment = abandon_log(tmp_path, LARGE)
        overwrite(segment, FRAMES_AT, bytes(SECTOR_BYTES))
        with open_log(tmp_path) as log:
            kept.add(log.cuts[0].kept_in)
    assert len(kept) == 2


def test_after_a_clean_close_no_byte_of_the_last_group_can_be_damaged_and_taken_for_unfinished(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append("games", 0, records_of("a"))
        log.append("games", 0, records_of("b"))
    (segment,) = segments(tmp_path)
    whole = segment.read_bytes()
    last = groups(segment)[1]
    assert last.end == 2
    for position in range(last.position, last.end_position):
        overwrite(segment, position, bytes([whole[position] ^ 1]))
        with open_log(tmp_path, [Topic("games")]) as log:
            assert log.cuts == []
            assert log.end("games", 0) == 2
            assert values_of(log.read("games", 0, 0, records_max=10)) == ["a"]
            with pytest.raises(Corrupted, match="topic games, partition 0: the records from offset 1 to 1"):
                log.read("games", 0, 1, records_max=10)
        overwrite(segment, 0, whole)


def test_the_mark_of_a_clean_close_has_room_even_on_a_full_disk(tmp_path: Path) -> None:
    disk = SimulatedDisk(Random(0))
    overhead = FRAMES_AT + HEADER_BYTES + len(batch_of([NewRecord("", bytes(3000), 1)]).data) - 3000
    log = open_log(tmp_path, disk=disk)
    log.append("games", 0, [NewRecord("", bytes(4096 - overhead - HEADER_BYTES + 1), 1)])
    sizes = [segment.stat().st_size for segment in segments(tmp_path)]
    log.close()
    assert [segment.stat().st_size for segment in segments(tmp_path)] == sizes
    assert [group.count for group in groups(segments(tmp_path)[0])] == [1, 0]


def test_closing_again_without_an_append_writes_no_second_mark(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append("games", 0, records_of("a"))
    open_log(tmp_path).close()
    assert [group.count for group in groups(segments(tmp_path)[0])] == [1, 0]


def test_a_segment_that_was_never_finished_is_made_anew(tmp_path: Path) -> None:
    abandon_log(tmp_path, records_of("a"))
    unmade = tmp_path / "games" / "0" / f"{1:020d}.new"
    unmade.write_bytes(b"half a header")
    with open_log(tmp_path) as log:
        assert not unmade.exists()
        assert log.append("games", 0, LARGE * 2) == 1
        assert log.end("games", 0) == 3


def test_a_damaged_header_of_the_newest_segment_stops_the_writer_and_is_named(tmp_path: Path) -> None:
    segment = abandon_log(tmp_path, records_of("a"))
    overwrite(segment, 20, b"?")
    with pytest.raises(Corrupted, match=rf"{segment}: the segment's header is damaged"):
        open_log(tmp_path)


def test_a_topic_whose_file_is_gone_is_not_begun_again_over_its_records(tmp_path: Path) -> None:
    abandon_log(tmp_path, records_of("a"))
    (tmp_path / "games" / "topic.json").unlink()
    with pytest.raises(Corrupted, match=r"topic\.json is gone and records are there"):
        open_log(tmp_path)


def test_a_topic_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    open_log(tmp_path).close()
    (tmp_path / "games" / "topic.json").write_text("{")
    with pytest.raises(Corrupted, match=r"topic\.json cannot be read"):
        open_log(tmp_path)


def test_a_topic_of_a_newer_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    open_log(tmp_path).close()
    (tmp_path / "games" / "topic.json").write_text('{"version":2,"partitions":1,"generation":0}')
    with pytest.raises(BadSettings, match=r"has format 2 and this pressbox knows 1: use the newer pressbox"):
        open_log(tmp_path)


def test_a_segment_of_a_newer_version_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr("pressbox.log.segment.VERSION", 2)
        abandon_log(tmp_path, records_of("a"))
    with pytest.raises(BadSettings, match=r"has format 2 and this pressbox knows 1: use the newer pressbox"):
        open_log(tmp_path)


APPENDING = """
import sys
from pathlib import Path
from pressbox.log.segments import SegmentLog
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord

log = SegmentLog(Path(sys.argv[1]), [Topic("games")], now_ms=lambda: 1, segment_bytes=8192)
while True:
    offset = log.append("games", 0, [NewRecord("key", b"%d" % (log.end("games", 0) + part), 1) for part in range(7)])
    print(offset + 6, flush=True)
"""


def test_records_acknowledged_before_kill_9_are_there_afterwards(tmp_path: Path) -> None:
    acknowledged = -1
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", APPENDING, tmp_path], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for _ in range(200):
                acknowledged = int(process.stdout.readline())
            process.kill()
            acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
        with SegmentLog(tmp_path, [Topic("games")], now_ms=lambda: 1) as log:
            stored = read_all(log, "games", 0)
        assert len(stored) > acknowledged
        assert len(stored) % 7 == 0
        assert [record.value for record in stored] == [b"%d" % offset for offset in range(len(stored))]
