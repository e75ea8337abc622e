from hypothesis import given
from hypothesis import strategies as st

from pressbox.log.frame import batch_of, frame_of, group_at, records_of
from pressbox.stream.record import NewRecord, Record

times = st.integers(-(2**63), 2**63 - 1)
keys = st.text(st.characters(exclude_categories=["Cs"]))
new_records = st.builds(NewRecord, keys, st.binary(), times)
salts = st.integers(0, 2**32 - 1)


@given(batches=st.lists(st.lists(new_records, min_size=1, max_size=5), max_size=4), salt=salts, skip=st.integers(0, 25))
def test_a_group_gives_back_the_records_of_all_its_batches_from_any_offset_on(
    batches: list[list[NewRecord]], salt: int, skip: int
) -> None:
    frame = frame_of([batch_of(batch) for batch in batches], position=64, base=1000, salt=salt)
    group = group_at(frame, 0, position=64, salt=salt)
    assert group is not None
    new = [record for batch in batches for record in batch]
    assert (group.base, group.end, group.end_position) == (1000, 1000 + len(new), 64 + len(frame))
    expected = [Record(1000 + place, record.key, record.value, record.time_ms) for place, record in enumerate(new)]
    assert list(records_of(memoryview(frame), group, offset=1000 + skip)) == expected[skip:]


def test_a_frame_with_any_bit_flipped_is_no_group() -> None:
    frame = frame_of([batch_of([NewRecord("key", b"value", 1)])], position=64, base=7, salt=3)
    for bit in range(len(frame) * 8):
        flipped = bytearray(frame)
        flipped[bit // 8] ^= 1 << bit % 8
        assert group_at(bytes(flipped), 0, position=64, salt=3) is None


def test_a_frame_cut_short_anywhere_is_no_group() -> None:
    frame = frame_of([batch_of([NewRecord("key", b"value", 1)])], position=64, base=7, salt=3)
    assert not [length for length in range(len(frame)) if group_at(frame[:length], 0, position=64, salt=3)]


def test_a_frame_of_another_segment_or_place_is_no_group() -> None:
    frame = frame_of([batch_of([NewRecord("key", b"value", 1)])], position=64, base=7, salt=3)
    assert group_at(frame, 0, position=64, salt=4) is None
    assert group_at(frame, 0, position=65, salt=3) is None
