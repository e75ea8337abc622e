"""Group commit: appends that come while one is being written go to disk together, as the next group."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition

from pressbox.errors import Unavailable
from pressbox.log.frame import Batch

_GROUP_BYTES_MAX = 1024 * 1024


class _Waiting:
    """One caller's batch, until it has its offset or the reason why not."""

    __slots__ = ("batch", "error", "offset", "served")

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.offset = -1
        self.served = False
        self.error: Exception | None = None


class GroupCommit:
    """
    Lets one caller at a time, the leader, write for all who wait.

    *write* stores some batches as one group and returns the offset of the first record. A leader takes what waits, up
    to 1 MiB, in the order it came; a batch is never split.
    """

    def __init__(self, write: Callable[[Sequence[Batch]], int]) -> None:
        self._write = write
        self._turn = Condition()
        self._waiting: deque[_Waiting] = deque()
        self._writing = False
        self._closed = False

    def append(self, batch: Batch) -> int:
        """
        Return the offset of the first record of *batch* once it is stored.

        Raises:
            Unavailable: it was not stored.
        """
        mine = _Waiting(batch)
        with self._turn:
            if self._closed:
                raise Unavailable("the log is closed: append again when pressbox runs again")
            self._waiting.append(mine)
        while group := self._lead(mine):
            self._store(group)
        if mine.error:
            raise mine.error
        return mine.offset

    def close(self) -> None:
        """Take no more, and return when all that waited are served."""
        with self._turn:
            self._closed = True
            self._turn.wait_for(lambda: not self._waiting and not self._writing)

    def _lead(self, mine: _Waiting) -> list[_Waiting]:
        # Returns what this caller has to write, or nothing once its own batch is served.
        with self._turn:
            while not mine.served:
                if not self._writing:
                    self._writing = True
                    return self._next_group()
                self._turn.wait()
        return []

    def _next_group(self) -> list[_Waiting]:
        group = [self._waiting.popleft()]
        room = _GROUP_BYTES_MAX - len(group[0].batch.data)
        while self._waiting and len(self._waiting[0].batch.data) <= room:
            group.append(self._waiting.popleft())
            room -= len(group[-1].batch.data)
        return group

    def _store(self, group: list[_Waiting]) -> None:
        offset = 0
        error: Exception | None = Unavailable("the write was interrupted: append again")
        try:
            offset = self._write([waiting.batch for waiting in group])
            error = None
        except Exception as failure:  # noqa: BLE001 - each caller of the group raises it, this one too
            error = failure
        finally:
            self._serve(group, offset, error)

    def _serve(self, group: list[_Waiting], offset: int, error: Exception | None) -> None:
        with self._turn:
            for waiting in group:
                waiting.offset, waiting.error, waiting.served = offset, error, True
                offset += waiting.batch.count
            self._writing = False
            self._turn.notify_all()
