from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from pressbox.errors import Unavailable
from pressbox.log.commit import GroupCommit
from pressbox.log.frame import Batch


class SlowDisk:
    """Takes groups one by one, each when it is told to."""

    def __init__(self) -> None:
        self.groups: list[list[bytes]] = []
        self.end = 0
        self.error: BaseException | None = None
        self.began, self.go_on = Event(), Event()

    def write(self, batches: Sequence[Batch]) -> int:
        self.began.set()
        assert self.go_on.wait(30)
        if self.error:
            raise self.error
        self.groups.append([batch.data for batch in batches])
        self.end += sum(batch.count for batch in batches)
        return self.end - sum(batch.count for batch in batches)


def append_while_one_is_written(
    commit: GroupCommit, disk: SlowDisk, pool: ThreadPoolExecutor, batches: list[Batch]
) -> list[Future[int]]:
    """Start the first batch, and the others one after the other once the disk is busy with it."""
    appending = [pool.submit(commit.append, batches[0])]
    assert disk.began.wait(30)
    for number, batch in enumerate(batches[1:], start=1):
        appending.append(pool.submit(commit.append, batch))
        while len(commit._waiting) < number:
            pass
    return appending


def test_appends_that_come_while_one_is_written_are_written_together_in_their_order() -> None:
    disk = SlowDisk()
    commit = GroupCommit(disk.write)
    with ThreadPoolExecutor(4) as pool:
        batches = [Batch(b"a", 2), Batch(b"b", 3), Batch(b"c", 1), Batch(b"d", 1)]
        appending = append_while_one_is_written(commit, disk, pool, batches)
        disk.go_on.set()
        assert [future.result(30) for future in appending] == [0, 2, 5, 6]
    assert disk.groups == [[b"a"], [b"b", b"c", b"d"]]


def test_a_group_is_bounded_and_what_does_not_fit_is_the_next_one() -> None:
    disk = SlowDisk()
    commit = GroupCommit(disk.write)
    half = bytes(512 * 1024)
    with ThreadPoolExecutor(4) as pool:
        batches = [Batch(b"a", 1), Batch(half, 1), Batch(half, 1), Batch(half, 1)]
        appending = append_while_one_is_written(commit, disk, pool, batches)
        disk.go_on.set()
        assert [future.result(30) for future in appending] == [0, 1, 2, 3]
    assert [len(group) for group in disk.groups] == [1, 2, 1]


def test_every_caller_of_a_group_that_failed_is_told_why_and_the_next_one_is_written() -> None:
    disk = SlowDisk()
    commit = GroupCommit(disk.write)
    disk.error = Unavailable("the disk is full")
    with ThreadPoolExecutor(3) as pool:
        appending = append_while_one_is_written(commit, disk, pool, [Batch(b"a", 1), Batch(b"b", 1), Batch(b"c", 1)])
        disk.go_on.set()
        assert [str(future.exception(30)) for future in appending] == ["the disk is full"] * 3
    disk.error = None
    assert commit.append(Batch(b"d", 1)) == 0


def test_a_write_that_is_interrupted_interrupts_its_own_caller_only() -> None:
    disk = SlowDisk()
    commit = GroupCommit(disk.write)
    disk.error = KeyboardInterrupt()
    disk.go_on.set()
    with pytest.raises(KeyboardInterrupt):
        commit.append(Batch(b"a", 1))
    disk.error = None
    assert commit.append(Batch(b"b", 1)) == 0


def test_close_serves_who_waits_and_refuses_who_comes_later() -> None:
    disk = SlowDisk()
    commit = GroupCommit(disk.write)
    with ThreadPoolExecutor(3) as pool:
        appending = append_while_one_is_written(commit, disk, pool, [Batch(b"a", 1), Batch(b"b", 1)])
        closing = pool.submit(commit.close)
        while not commit._closed:
            pass
        with pytest.raises(Unavailable, match="closed"):
            commit.append(Batch(b"c", 1))
        assert not closing.done()
        disk.go_on.set()
        closing.result(30)
        assert [future.result(30) for future in appending] == [0, 1]
