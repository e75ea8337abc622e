import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pressbox.errors import Unavailable
from pressbox.model.box_score import Gone
from pressbox.serve.audience import Reader
from pressbox.serve.events import identity_of
from pressbox.serve.hub import Hub, Newest, ReaderLimits
from pressbox.stream.revision import BEFORE_ALL, Mark
from pressbox.stream.store import Cursor
from tests.serve.stand import batch, document, new_hub


class Connection(asyncio.Transport):
    """A connection whose other end takes what was written only where it is told to."""

    def __init__(self, *, takes: bool = True) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.takes = takes
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        if self.closed:
            raise RuntimeError("the handler is closed")  # as uvloop has it
        return 0 if self.takes or not self.written else len(self.written[-1])

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


Scene = Callable[[Hub], Awaitable[None]]


def played(scene: Scene, hub: Hub | None = None) -> None:
    async def attached() -> None:
        played_in = hub or new_hub()
        played_in.attach(asyncio.get_running_loop())
        await asyncio.wait_for(scene(played_in), 20)
        played_in.end()

    asyncio.run(attached())


def wire(newest: Newest) -> bytes:
    return identity_of(newest.mark).encode()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.001)


async def joined(
    hub: Hub, connection: Connection, last: Mark = BEFORE_ALL, address: str = "here", quiet: bytes = b"quiet"
) -> "asyncio.Task[None]":
    before = hub.waiting()
    task = asyncio.create_task(hub.follow("game", wire, Reader(connection, last, quiet), address))
    await until(lambda: hub.waiting() > before)
    return task


async def wrote(hub: Hub, *revisions: int) -> None:
    documents = [document(event_id=one, revision=one) for one in revisions]
    await asyncio.to_thread(hub.write, batch(*documents))


def test_all_who_wait_get_a_document_that_is_shaped_once() -> None:
    shaped = []

    def noted(newest: Newest) -> bytes:
        shaped.append(newest.mark)
        return wire(newest)

    async def scene(hub: Hub) -> None:
        connections = [Connection() for _ in range(500)]
        tasks = [
            asyncio.create_task(hub.follow("game", noted, Reader(one, BEFORE_ALL, b""), "")) for one in connections
        ]
        await until(lambda: hub.waiting() == 500)
        await wrote(hub, 7)
        await until(lambda: all(one.written for one in connections))
        assert {tuple(one.written) for one in connections} == {(b"7.0",)}
        assert shaped == [(7, 0)]
        hub.end()
        await asyncio.gather(*tasks)

    played(scene)


def test_nothing_is_shaped_where_nobody_reads() -> None:
    async def scene(hub: Hub) -> None:
        task = await joined(hub, Connection())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await wrote(hub, 1)
        assert hub._audiences == {}

    played(scene)


def test_who_comes_late_skips_to_the_newest() -> None:
    async def scene(hub: Hub) -> None:
        await wrote(hub, *range(1, 50))
        connection = Connection()
        await joined(hub, connection, (3, 0))
        await until(lambda: connection.written == [b"49.0"])

    played(scene)


def test_who_has_taken_nothing_skips_to_the_newest_and_keeps_nobody_waiting() -> None:
    async def scene(hub: Hub) -> None:
        slow, fast = Connection(takes=False), Connection()
        await joined(hub, slow)
        await joined(hub, fast)
        for revision in range(1, 6):
            await wrote(hub, revision)
            await until(lambda: fast.written[-1:] == [f"{revision}.0".encode()])  # noqa: B023 - awaited at once
        assert slow.written == [b"1.0"]
        assert hub.late() == 1
        slow.takes = True
        await until(lambda: slow.written == [b"1.0", b"5.0"])
        assert hub.late() == 0

    played(scene)


def test_who_takes_nothing_for_too_long_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pressbox.serve.audience.STALLED_S", 0.3)

    async def scene(hub: Hub) -> None:
        stuck, other = Connection(takes=False), Connection()
        task = await joined(hub, stuck)
        await joined(hub, other)
        await wrote(hub, 1)
        await wrote(hub, 2)
        await task
        assert stuck.closed
        assert not other.closed
        assert hub.waiting() == 1

    played(scene)


def test_a_connection_that_is_lost_is_forgotten() -> None:
    async def scene(hub: Hub) -> None:
        connection = Connection()
        task = await joined(hub, connection)
        connection.closed = True
        await task
        assert hub.waiting() == 0
        assert hub._audiences == {}

    played(scene, Hub(lambda _: Cursor(0, 0), quiet_s=0.02))


def test_a_connection_lost_unnoticed_keeps_nothing_from_others() -> None:
    async def scene(hub: Hub) -> None:
        lost, late, healthy = Connection(), Connection(takes=False), Connection()
        tasks = [await joined(hub, one) for one in (lost, late, healthy)]
        await wrote(hub, 1)
        await wrote(hub, 2)
        await until(lambda: hub.late() == 1)
        lost.closed = late.closed = True
        await wrote(hub, 3)
        await until(lambda: healthy.written[-1:] == [b"3.0"])
        await asyncio.gather(*tasks[:2])
        assert hub.waiting() == 1

    played(scene)


def test_a_reader_who_has_the_newest_is_told_nothing_twice() -> None:
    async def scene(hub: Hub) -> None:
        await wrote(hub, 5)
        connection = Connection()
        await joined(hub, connection, (5, 0))
        await until(lambda: connection.written[:2] == [b"quiet", b"quiet"])

    played(scene, Hub(lambda _: Cursor(0, 0), quiet_s=0.02))


def test_a_reader_from_a_history_that_was_deleted_gets_the_newest_after_a_quiet_span() -> None:
    async def scene(hub: Hub) -> None:
        await wrote(hub, 5)
        connection = Connection()
        await joined(hub, connection, (900, 0))
        await until(lambda: connection.written[:2] == [b"quiet", b"5.0"])

    played(scene, Hub(lambda _: Cursor(0, 0), quiet_s=0.02))


def test_a_page_that_cannot_be_made_ends_its_readers_and_no_others(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Newest) -> bytes:
        raise KeyError("box")

    async def scene(hub: Hub) -> None:
        healthy = Connection()
        await joined(hub, healthy)
        task = asyncio.create_task(hub.follow("game", broken, Reader(Connection(), BEFORE_ALL, b""), ""))
        await until(lambda: hub.waiting() == 2)
        await wrote(hub, 1)
        await task
        await until(lambda: healthy.written == [b"1.0"])

    played(scene)
    assert "what readers of game get cannot be made" in caplog.text


def test_no_more_readers_are_let_in_than_may_be() -> None:
    async def scene(hub: Hub) -> None:
        await joined(hub, Connection(), address="a")
        await joined(hub, Connection(), address="a")
        with pytest.raises(Unavailable, match="from a"):
            hub.admit("a")
        hub.admit("b")
        task = await joined(hub, Connection(), address="b")
        with pytest.raises(Unavailable, match="as many readers follow games as"):
            hub.admit("c")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        hub.admit("c")

    played(scene, Hub(lambda _: Cursor(0, 0), limits=ReaderLimits(readers_max=3, address_readers_max=2)))


def test_all_are_sent_home_at_the_end() -> None:
    async def scene(hub: Hub) -> None:
        tasks = [await joined(hub, Connection()) for _ in range(3)]
        hub.end()
        await asyncio.gather(*tasks)
        await hub.follow("game", wire, Reader(Connection(), BEFORE_ALL, b""), "late")
        assert hub.waiting() == 0

    played(scene)


def test_other_games_are_nobodys_business() -> None:
    async def scene(hub: Hub) -> None:
        connection = Connection()
        await joined(hub, connection)
        await asyncio.to_thread(hub.write, batch(document("another")))
        await wrote(hub, 2)
        await until(lambda: connection.written == [b"2.0"])

    played(scene)


def test_a_repeat_changes_nothing() -> None:
    hub = new_hub()
    hub.write(batch(document(event_id=2, revision=5, timestamp="10:00")))
    first = hub.newest("game")
    hub.write(batch(document(event_id=1, revision=4), document(event_id=2, revision=5, timestamp="09:00")))
    assert hub.newest("game") is first


def test_what_the_store_holds_never_hides_what_is_newer() -> None:
    hub = new_hub()
    hub.write(batch(document(event_id=2, revision=5)))
    assert hub.remember("game", bytes(document(event_id=1, revision=4).body)).mark == (5, 0)
    assert hub.remember("game", bytes(document(event_id=3, revision=6).body)).mark == (6, 0)


def test_a_document_that_is_gone_is_not_the_newest() -> None:
    hub = new_hub()
    hub.write(batch(document(event_id=2, revision=5)))
    hub.write(batch(Gone("game", 6, 0, 1, event_id=9)))
    assert hub.newest("game") is not None
    hub.write(batch(Gone("game", 6, 1, 1, event_id=2)))
    assert hub.newest("game") is None
