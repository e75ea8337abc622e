"""Time travel: stored results found again in their topic, by revision."""

from typing import Final

from pressbox.model.box_score import Document, decode_box_score_result
from pressbox.stream.log import Log, partition_of

_RECORDS_A_READ: Final = 64


def stored_document(log: Log, topic: str, game: str, event_id: int, revision: int) -> bytes | None:
    """
    Return the last document of *event_id* that the record at *revision* gave: the stored bytes, for ever the same.

    Results of a partition stand in the order of their revisions, so they are found by halving.
    """
    partition = partition_of(game, log.partitions(topic))
    low, high = log.start(topic, partition), log.end(topic, partition)
    while low < high:
        middle = (low + high) // 2
        (record,) = log.read(topic, partition, middle, records_max=1)
        if decode_box_score_result(record.value).revision < revision:
            low = middle + 1
        else:
            high = middle
    found: bytes | None = None
    while records := log.read(topic, partition, low, records_max=_RECORDS_A_READ):
        for record in records:
            result = decode_box_score_result(record.value)
            if result.revision > revision:
                return found
            if isinstance(result, Document) and result.game == game and result.event_id == event_id:
                found = bytes(result.body)
            low = record.offset + 1
    return found
