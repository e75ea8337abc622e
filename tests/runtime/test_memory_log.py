"""The log the other tests stand on is one."""

import pytest

from pressbox.stream.log import Log
from tests.contracts.log import TOPICS, LogContract
from tests.runtime.memory_log import MemoryLog


class TestMemoryLog(LogContract):
    @pytest.fixture
    def log(self) -> Log:
        return MemoryLog(TOPICS)
