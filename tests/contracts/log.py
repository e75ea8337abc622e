"""What every log does, whatever it is made of."""

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pressbox.errors import PressboxError
from pressbox.stream.log import Log, Topic
from pressbox.stream.record import NewRecord, Record

TOPICS = [Topic("games"), Topic("samples", partitions=3)]


def records_of(*values: str) -> list[NewRecord]:
    return [
        NewRecord(key=f"key of {value}", value=value.encode(), time_ms=number) for number, value in enumerate(values)
    ]


def values_of(records: list[Record]) -> list[str]:
    return [record.value.decode() for record in records]


def read_all(log: Log, topic: str, partition: int) -> list[Record]:
    records: list[Record] = []
    while more := log.read(topic, partition, len(records), records_max=100):
        records += more
    return records


class LogContract(ABC):
    """Every log passes this; a new one adds only the fixture, a log that holds TOPICS and nothing in them."""

    @pytest.fixture
    @abstractmethod
    def log(self) -> Log: ...

    def test_an_empty_topic_starts_and_ends_at_zero(self, log: Log) -> None:
        assert (log.generation("games"), log.start("games", 0), log.end("games", 0)) == (0, 0, 0)
        assert log.read("games", 0, 0, records_max=10) == []

    def test_a_topic_has_the_partitions_it_was_made_with(self, log: Log) -> None:
        assert (log.partitions("games"), log.partitions("samples")) == (1, 3)

    def test_an_append_returns_the_offset_of_its_first_record(self, log: Log) -> None:
        assert log.append("games", 0, records_of("a", "b")) == 0
        assert log.append("games", 0, records_of("c")) == 2
        assert log.end("games", 0) == 3

    def test_an_append_of_nothing_changes_nothing(self, log: Log) -> None:
        log.append("games", 0, records_of("a"))
        assert log.append("games", 0, []) == 1
        assert log.end("games", 0) == 1

    def test_records_come_back_as_they_were_appended(self, log: Log) -> None:
        new = [
            NewRecord("", b"", 0),
            NewRecord("Łódź 🏒", bytes(range(256)), 1_700_000_000_000),
            NewRecord("k", b"\0" * 5000, 1),
        ]
        log.append("games", 0, new)
        assert log.read("games", 0, 0, records_max=10) == [
            Record(offset, record.key, record.value, record.time_ms) for offset, record in enumerate(new)
        ]

    def test_a_read_begins_at_its_offset_and_keeps_to_its_limit(self, log: Log) -> None:
        log.append("games", 0, records_of("a", "b", "c", "d"))
        assert values_of(log.read("games", 0, 1, records_max=2)) == ["b", "c"]

    def test_reading_on_from_the_last_record_reaches_every_group(self, log: Log) -> None:
        expected = [f"{number}" for number in range(50)]
        for value in expected:
            log.append("games", 0, records_of(value))
        assert values_of(read_all(log, "games", 0)) == expected

    def test_a_read_at_the_end_and_beyond_is_empty(self, log: Log) -> None:
        log.append("games", 0, records_of("a"))
        assert log.read("games", 0, 1, records_max=10) == []
        assert log.read("games", 0, 7, records_max=10) == []

    def test_partitions_and_topics_have_offsets_of_their_own(self, log: Log) -> None:
        log.append("samples", 0, records_of("a", "b"))
        assert log.append("samples", 2, records_of("c")) == 0
        assert log.append("games", 0, records_of("d")) == 0
        assert log.end("samples", 1) == 0
        assert values_of(log.read("samples", 2, 0, records_max=10)) == ["c"]

    def test_appends_from_many_threads_keep_each_callers_records_together_and_in_order(self, log: Log) -> None:
        def append(caller: int) -> list[tuple[int, list[NewRecord]]]:
            batches = [records_of(*[f"{caller}.{turn}.{part}" for part in range(3)]) for turn in range(8)]
            return [(log.append("games", 0, batch), batch) for batch in batches]

        with ThreadPoolExecutor(8) as pool:
            appended = [pair for pairs in pool.map(append, range(8)) for pair in pairs]
        stored = read_all(log, "games", 0)
        assert [record.offset for record in stored] == list(range(8 * 8 * 3))
        for first, batch in appended:
            assert [record.value for record in stored[first : first + 3]] == [record.value for record in batch]

    def test_a_waiting_reader_is_woken_by_an_append(self, log: Log) -> None:
        ready = Barrier(2)

        def wait() -> bool:
            ready.wait()
            return log.wait("games", 0, 0, timeout_s=60)

        with ThreadPoolExecutor(1) as pool:
            woken = pool.submit(wait)
            ready.wait()
            log.append("games", 0, records_of("a"))
            assert woken.result(timeout=10)

    def test_waiting_for_what_is_there_returns_at_once_and_for_what_is_not_says_so(self, log: Log) -> None:
        log.append("games", 0, records_of("a"))
        assert log.wait("games", 0, 0, timeout_s=30)
        assert not log.wait("games", 0, 1, timeout_s=0.01)

    def test_a_topic_or_partition_that_is_not_there_is_an_error(self, log: Log) -> None:
        with pytest.raises(PressboxError, match="hockey"):
            log.end("hockey", 0)
        with pytest.raises(PressboxError, match="samples"):
            log.append("samples", 3, records_of("a"))

    def test_appending_after_close_is_an_error(self, log: Log) -> None:
        log.close()
        with pytest.raises(PressboxError, match="closed"):
            log.append("games", 0, records_of("a"))
