import asyncio

from hypothesis import given
from hypothesis import strategies as st

from pressbox.serve.events import body_event, documents, event, identity_of, mark_of
from pressbox.serve.hub import Hub
from pressbox.stream.revision import BEFORE_ALL, Mark
from tests.serve.stand import batch, document, new_hub

marks = st.tuples(st.integers(0, 2**53 - 1), st.integers(0, 10**6))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))


def parsed(wire: bytes) -> tuple[str, str, str]:
    fields: dict[str, list[str]] = {}
    head, end = wire.decode().split("\n\n", 1)
    assert end == ""
    for line in head.split("\n"):
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.removeprefix(" "))
    return fields["event"][0], "\n".join(fields["data"]), fields["id"][0]


def heard(hub: Hub, last: Mark, chunks: int) -> list[bytes]:
    async def scene() -> list[bytes]:
        hub.attach(asyncio.get_running_loop())
        stream = documents(hub, "game", last, body_event, quiet_s=0.02)
        return [await anext(stream) for _ in range(chunks)]

    return asyncio.run(scene())


@given(texts.filter(lambda text: "\n\n" not in text))
def test_what_is_sent_is_what_is_heard(data: str) -> None:
    assert parsed(event("document", data.encode(), "7.1")) == ("document", data, "7.1")


@given(marks)
def test_the_id_of_an_event_is_its_mark(mark: Mark) -> None:
    assert mark_of(identity_of(mark)) == mark


@given(st.text() | st.sampled_from(["", ".", "1.", ".1", "-1.0", "1.0.0", "1e3.0", "١.٢", "9" * 40 + ".0"]))
def test_an_id_that_is_no_mark_means_none(identity: str) -> None:
    mark = mark_of(identity)
    assert mark == BEFORE_ALL or identity.partition(".")[::2] == tuple(identity.split("."))


def test_a_reader_who_has_the_newest_is_told_nothing_twice() -> None:
    hub = new_hub()
    hub.write(batch(document(revision=5)))
    assert [b"event: quiet" in chunk for chunk in heard(hub, (5, 0), 3)] == [False, True, True]


def test_a_reader_who_has_less_is_told_at_once() -> None:
    hub = new_hub()
    hub.write(batch(document(revision=5)))
    assert parsed(heard(hub, (4, 9), 2)[1])[2] == "5.0"


def test_a_reader_from_a_history_that_was_deleted_gets_the_newest_after_a_quiet_span() -> None:
    hub = new_hub()
    hub.write(batch(document(revision=5)))
    _, quiet, newest = heard(hub, (900, 0), 3)
    assert b"event: quiet" in quiet
    assert parsed(newest)[2] == "5.0"


def test_the_stream_ends_with_the_hub() -> None:
    async def scene() -> list[bytes]:
        hub = new_hub()
        hub.end()
        return [chunk async for chunk in documents(hub, "game", BEFORE_ALL, body_event)]

    assert len(asyncio.run(scene())) == 1
