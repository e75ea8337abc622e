"""A log in memory, with the crashes and refusals a real one may meet; `reopened` is what a restart finds."""

import threading
from collections.abc import Callable, Sequence
from typing import Literal

from pressbox.errors import BadInput, Unavailable
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord, Record

Lane = tuple[str, int]
Moment = Literal["before", "after"]


class Crash(BaseException):
    """The process ends here: nothing in it may catch this."""


class MemoryLog:
    """
    All topics in lists.

    *trouble* is asked before and after each append takes effect; what it raises there is the trouble.
    """

    def __init__(self, topics: Sequence[Topic], *, generation: int = 0) -> None:
        self._partitions = {topic.name: topic.partitions for topic in topics}
        self._generation = generation
        self._lanes: dict[Lane, list[Record]] = {
            (topic.name, partition): [] for topic in topics for partition in range(topic.partitions)
        }
        self._grown = threading.Condition()
        self._closed = False
        self.trouble: Callable[[Moment], None] = lambda _moment: None

    def reopened(self) -> "MemoryLog":
        """Return the log as the next process finds it."""
        again = MemoryLog([], generation=self._generation)
        again._partitions, again._lanes = self._partitions, self._lanes
        return again

    def generation(self, topic: str) -> int:
        return self._generation if self.partitions(topic) else 0

    def partitions(self, topic: str) -> int:
        if topic not in self._partitions:
            raise BadInput(f"no topic {topic}")
        return self._partitions[topic]

    def append(self, topic: str, partition: int, records: Sequence[NewRecord]) -> int:
        lane = self._lane(topic, partition)
        if self._closed:
            raise Unavailable("the log is closed")
        self.trouble("before")
        with self._grown:
            first = len(lane)
            lane += [Record(first + place, one.key, one.value, one.time_ms) for place, one in enumerate(records)]
            self._grown.notify_all()
        self.trouble("after")
        return first

    def read(self, topic: str, partition: int, offset: int, *, records_max: int) -> list[Record]:
        return self._lane(topic, partition)[offset : offset + records_max]

    def start(self, topic: str, partition: int) -> int:
        return 0 * self.end(topic, partition)

    def end(self, topic: str, partition: int) -> int:
        return len(self._lane(topic, partition))

    def wait(self, topic: str, partition: int, offset: int, *, timeout_s: float) -> bool:
        with self._grown:
            return self._grown.wait_for(lambda: self.end(topic, partition) > offset, timeout_s)

    def close(self) -> None:
        self._closed = True

    def _lane(self, topic: str, partition: int) -> list[Record]:
        lane = self._lanes.get((topic, partition))
        if lane is None:
            raise BadInput(f"no partition {partition} of topic {topic}")
        return lane


def crash_at(append: int, moment: Moment) -> Callable[[Moment], None]:
    """Return the trouble that ends the process at the *append*-th append, before or after it took effect."""
    left = append

    def trouble(now: Moment) -> None:
        nonlocal left
        if now == "before":
            left -= 1
        if left < 0 and now == moment:
            raise Crash

    return trouble


def disk_full(_moment: Moment) -> None:
    raise Unavailable("the disk is full")
