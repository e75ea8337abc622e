import asyncio

from pressbox.model.box_score import Gone
from pressbox.serve.hub import Hub, Newest
from pressbox.stream.revision import BEFORE_ALL, Mark
from tests.serve.stand import batch, document, new_hub


def reading(hub: Hub, than: Mark, timeout_s: float = 5) -> "asyncio.Task[Newest | None]":
    return asyncio.create_task(hub.newer("game", than, timeout_s=timeout_s))


async def attached(hub: Hub, readers: int, than: Mark = BEFORE_ALL) -> list["asyncio.Task[Newest | None]"]:
    hub.attach(asyncio.get_running_loop())
    tasks = [reading(hub, than) for _ in range(readers)]
    await asyncio.sleep(0)  # each has run once, up to where it waits
    assert hub.waiting() == readers
    return tasks


def test_all_who_wait_get_a_document_as_soon_as_it_is_written() -> None:
    async def scene() -> list[Newest | None]:
        hub = new_hub()
        tasks = await attached(hub, 3)
        await asyncio.to_thread(hub.write, batch(document(revision=7, index=2)))
        return await asyncio.gather(*tasks)

    assert [one.mark for one in asyncio.run(scene()) if one] == [(7, 2)] * 3


def test_who_comes_back_late_skips_to_the_newest() -> None:
    async def scene() -> Newest | None:
        hub = new_hub()
        hub.write(batch(*(document(event_id=one, revision=one) for one in range(1, 50))))
        return await hub.newer("game", (3, 0), timeout_s=5)

    newest = asyncio.run(scene())
    assert newest is not None
    assert newest.mark == (49, 0)


def test_other_games_wake_nobody() -> None:
    async def scene() -> Newest | None:
        hub = new_hub()
        hub.attach(asyncio.get_running_loop())
        hub.write(batch(document("another")))
        return await hub.newer("game", BEFORE_ALL, timeout_s=0.01)

    assert asyncio.run(scene()) is None


def test_who_has_left_is_forgotten() -> None:
    async def scene() -> tuple[int, dict[str, object]]:
        hub = new_hub()
        tasks = await attached(hub, 20)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return hub.waiting(), dict(hub._waiting)

    assert asyncio.run(scene()) == (0, {})


def test_all_are_sent_home_at_the_end() -> None:
    async def scene() -> list[Newest | None]:
        hub = new_hub()
        tasks = await attached(hub, 3)
        hub.end()
        return await asyncio.wait_for(asyncio.gather(*tasks), 5)

    assert asyncio.run(scene()) == [None] * 3


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
