"""Damage to what was acknowledged: named, never cut, never returned."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pressbox.errors import Corrupted
from pressbox.log.finding import Damage, Finding
from pressbox.log.reader import SegmentReader
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord, Record
from tests.contracts.log import records_of, values_of
from tests.log.files import abandon_log, flip, groups, open_log, overwrite, segments

BATCHES = [records_of("a", "b"), records_of("c"), records_of("d", "e", "f"), records_of("g")]


def readable(log: SegmentReader) -> Iterator[Record]:
    """Yield what can be read of "games", stepping over each offset that cannot."""
    offset = 0
    while offset < log.end("games", 0):
        try:
            records = log.read("games", 0, offset, records_max=2)
        except Corrupted:
            offset += 1
        else:
            yield from records
            offset = records[-1].offset + 1


def damages(findings: Iterator[Finding]) -> list[Damage]:
    return [finding for finding in findings if isinstance(finding, Damage)]


@pytest.mark.parametrize("number", range(len(BATCHES) - 1))
def test_any_byte_flipped_in_a_group_with_another_behind_it_damages_that_group_alone(
    number: int, tmp_path: Path
) -> None:
    segment = abandon_log(tmp_path, *BATCHES)
    whole, group = segment.read_bytes(), groups(segment)[number]
    for position in range(group.position, group.end_position):
        flip(segment, position)
        log = SegmentReader(tmp_path)
        assert [(found.offset, found.end, found.byte) for found in damages(log.verify())] == [
            (group.base, group.end, group.position)
        ]
        assert values_of(list(readable(log))) == [
            value for offset, value in enumerate("abcdefg") if not group.base <= offset < group.end
        ]
        overwrite(segment, 0, whole)


def test_opening_to_write_cuts_nothing_of_a_damaged_log_and_goes_on_at_its_end(tmp_path: Path) -> None:
    segment = abandon_log(tmp_path, *BATCHES)
    flip(segment, groups(segment)[1].position)
    damaged = segment.read_bytes()
    with open_log(tmp_path) as log:
        assert segment.read_bytes() == damaged
        assert log.cuts == []
        assert log.append("games", 0, records_of("h")) == 7
        assert values_of(list(readable(log))) == list("abdefgh")


def test_damage_while_the_log_runs_is_named_when_it_is_read(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        for batch in BATCHES:
            log.append("games", 0, batch)
        (segment,) = segments(tmp_path)
        damaged = groups(segment)[2]
        flip(segment, damaged.end_position - 1)
        assert values_of(log.read("games", 0, 0, records_max=100)) == ["a", "b", "c"]
        expected = rf"topic games, partition 0: the records from offset 3 to 5.*byte {damaged.position} of {segment}"
        with pytest.raises(Corrupted, match=expected):
            log.read("games", 0, 4, records_max=100)


def test_damage_to_a_sealed_segment_is_named_wherever_it_is(tmp_path: Path) -> None:
    abandon_log(tmp_path, *[[NewRecord("key", bytes([number]) * 1500, 1)] for number in range(8)])
    sealed = segments(tmp_path)[1]
    whole, base = sealed.read_bytes(), int(sealed.stem)
    last = groups(sealed)[-1]
    for position in (0, 30, *range(last.position, last.position + 40), last.end_position - 1):
        flip(sealed, position)
        log = SegmentReader(tmp_path)
        (found,) = damages(log.verify())
        assert (found.topic, found.partition, found.file, found.end) == ("games", 0, sealed, last.end)
        assert found.offset == (base if position < 64 else last.base)
        with pytest.raises(Corrupted, match=str(sealed)):
            log.read("games", 0, found.offset, records_max=1)
        assert log.read("games", 0, found.end, records_max=1)
        overwrite(sealed, 0, whole)


def test_a_sealed_segment_that_is_gone_is_named(tmp_path: Path) -> None:
    abandon_log(tmp_path, *[[NewRecord("key", bytes(1500), 1)] for _ in range(8)])
    gone, following = segments(tmp_path)[1:3]
    log = SegmentReader(tmp_path)
    gone.unlink()
    with pytest.raises(Corrupted, match=rf"{gone} is gone"):
        log.read("games", 0, int(gone.stem), records_max=1)
    assert [(found.offset, found.end) for found in damages(log.verify())] == [(int(gone.stem), int(following.stem))]
    assert [str(gone.stem)] not in [found.file for found in damages(SegmentReader(tmp_path).verify())]


def test_a_group_before_the_end_its_successor_states_is_damage_even_with_nothing_else_behind_it(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append("games", 0, [NewRecord("key", bytes(3000), 1)])
        log.append("games", 0, [NewRecord("key", bytes(3000), 1)])
    first, second = segments(tmp_path)
    overwrite(second, 64, bytes(second.stat().st_size - 64))
    flip(first, 100)
    with open_log(tmp_path) as log:
        assert (log.cuts, log.end("games", 0)) == ([], 1)
        assert [(found.offset, found.end) for found in damages(log.verify())] == [(0, 1)]


def test_bytes_that_no_record_needs_are_named_too(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append("games", 0, records_of("a"))
    (segment,) = segments(tmp_path)
    with open_log(tmp_path) as log:
        log.append("games", 0, records_of("b"))
    flip(segment, groups(segment)[1].position)
    (found,) = damages(SegmentReader(tmp_path).verify())
    assert (found.offset, found.end) == (1, 1)
    assert "none of a record" in str(found)


def test_the_image_of_a_frame_inside_a_record_is_never_taken_for_a_group(tmp_path: Path) -> None:
    segment = abandon_log(tmp_path, records_of("a"), records_of("b"))
    image = segment.read_bytes()[64:].rstrip(b"\0")
    with open_log(tmp_path, [Topic("games")]) as log:
        log.append("games", 0, [NewRecord("images", image * 3, 1)])
        log.append("games", 0, records_of("c"))
        flip(segment, groups(segment)[2].position)
        assert [(found.offset, found.end) for found in damages(log.verify())] == [(2, 3)]
        assert values_of(list(readable(log))) == ["a", "b", "c"]


def test_a_sealed_segment_cut_short_between_two_groups_is_damaged(tmp_path: Path) -> None:
    abandon_log(tmp_path, *[[NewRecord("key", bytes(1500), 1)] for _ in range(4)])
    sealed = segments(tmp_path)[0]
    with sealed.open("r+b") as file:
        file.truncate(groups(sealed)[0].end_position)
    log = SegmentReader(tmp_path)
    assert [(found.offset, found.end) for found in damages(log.verify())] == [(1, 2)]
    with pytest.raises(Corrupted, match="offset 1 to 1"):
        log.read("games", 0, 1, records_max=1)


def test_bytes_behind_the_last_group_of_a_sealed_segment_are_damage(tmp_path: Path) -> None:
    abandon_log(tmp_path, *[[NewRecord("key", bytes(1500), 1)] for _ in range(4)])
    sealed = segments(tmp_path)[0]
    flip(sealed, 4095)
    assert [(found.offset, found.end) for found in damages(SegmentReader(tmp_path).verify())] == [(2, 2)]
