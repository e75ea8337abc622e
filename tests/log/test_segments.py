import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressbox.errors import BadInput, BadSettings
from pressbox.stream.log import Log, Topic
from tests.contracts.log import LogContract, records_of, values_of
from tests.log.files import open_log


class TestSegmentLog(LogContract):
    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[Log]:
        with open_log(tmp_path) as log:
            yield log


def test_a_log_opened_again_goes_on_where_it_was_closed(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append("games", 0, records_of("a", "b"))
    with open_log(tmp_path) as log:
        assert log.cuts == []
        assert log.append("games", 0, records_of("c")) == 2
        assert values_of(log.read("games", 0, 0, records_max=10)) == ["a", "b", "c"]


def test_a_second_writer_is_told_the_folder_and_the_process(tmp_path: Path) -> None:
    with open_log(tmp_path), pytest.raises(BadSettings, match=rf"{tmp_path}.*process {os.getpid()}"):
        open_log(tmp_path)
    open_log(tmp_path).close()


def test_another_number_of_partitions_is_refused_with_what_to_do(tmp_path: Path) -> None:
    open_log(tmp_path).close()
    with pytest.raises(BadSettings, match=r"made with 3 partitions.*set 3"):
        open_log(tmp_path, [Topic("samples", partitions=4)])


def test_a_generation_begins_in_an_empty_topic_only_and_lasts(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        assert log.advance_generation("games") == 1
    with open_log(tmp_path) as log:
        assert log.generation("games") == 1
        log.append("games", 0, records_of("a"))
        with pytest.raises(BadInput, match="empty topic only"):
            log.advance_generation("games")
