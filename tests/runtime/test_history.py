"""Stored documents found again by event and revision: the same bytes for ever."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pressbox.model.box_score import Document, Result, encode_result
from pressbox.pipelines.box_score import BOX_SCORES
from pressbox.runtime.history import stored_document
from pressbox.stream.log import Topic, partition_of
from pressbox.stream.record import NewRecord
from tests.contracts.document_store import document, gone
from tests.runtime.memory_log import MemoryLog

Happening = tuple[str, int, int]
"""A record of a game writes an event so many times."""

written = st.tuples(st.sampled_from(("one", "two")), st.integers(0, 3), st.integers(1, 3))


def results_of(happenings: list[Happening]) -> list[Document]:
    return [
        document(event_id, revision * 3, index=index, game=game)
        for revision, (game, event_id, times) in enumerate(happenings)
        for index in range(times)
    ]


@given(st.lists(written, max_size=40), st.integers(1, 3))
def test_the_last_document_a_record_gave_an_event_is_found_and_no_other(
    happenings: list[Happening], partitions: int
) -> None:
    log = MemoryLog([Topic(BOX_SCORES, partitions)])
    expected: dict[tuple[str, int, int], bytes] = {}
    for result in results_of(happenings):
        lost: Result = gone(9, result.revision, index=9, game=result.game)
        for one in (result, lost):
            partition = partition_of(one.game, partitions)
            log.append(BOX_SCORES, partition, [NewRecord(one.game, encode_result(one), 0)])
        expected[result.game, result.event_id, result.revision] = bytes(result.body)
    for game in ("one", "two"):
        for event_id in range(4):
            for revision in range(-1, len(happenings) * 3 + 1):
                found = stored_document(log, BOX_SCORES, game, event_id, revision)
                assert found == expected.get((game, event_id, revision))


def test_nothing_is_found_in_an_empty_log() -> None:
    assert stored_document(MemoryLog([Topic(BOX_SCORES)]), BOX_SCORES, "one", 0, 0) is None


def test_what_is_found_is_what_was_stored_byte_for_byte() -> None:
    log = MemoryLog([Topic(BOX_SCORES)])
    stored = document(5, 7)
    log.append(BOX_SCORES, 0, [NewRecord("gamestream", encode_result(stored), 0)])
    assert stored_document(log, BOX_SCORES, "gamestream", 5, 7) == msgspec.json.encode(msgspec.json.decode(stored.body))
