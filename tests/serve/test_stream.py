import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count, dropwhile, islice, takewhile
from urllib.parse import urlsplit

import httpx

from pressbox.model.summary import GameSummary
from pressbox.serve.events import identity_of
from pressbox.serve.hub import Hub, ReaderLimits
from pressbox.serve.services import Services
from pressbox.stream.store import Cursor
from tests.serve.conftest import Serve
from tests.serve.stand import Memory, batch, document, services, serving

STREAM = "/api/games/game/stream"


def until(condition: Callable[[], bool], within_s: float = 10) -> None:
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.005)


@contextmanager
def reading(client: httpx.Client, address: str, last: str | None = None) -> Iterator[Iterator[str]]:
    headers = {} if last is None else {"Last-Event-ID": last}
    with client.stream("GET", address, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield (line.removeprefix("id: ") for line in answer.iter_lines() if line.startswith("id: "))


def filled(revision: int) -> tuple[Services, Memory]:
    memory = Memory()
    memory.put(document(event_id=revision, revision=revision))
    return services(memory), memory


def test_a_reader_with_an_older_document_gets_the_stored_one_after_a_restart(serve: Serve) -> None:
    stand, memory = filled(5)
    client = serve(stand)
    for address in (STREAM, "/games/game/stream"):
        with reading(client, address, last="4.0") as ids:
            assert next(ids) == "5.0"
        with reading(client, f"{address}?after=4.7") as ids:
            assert next(ids) == "5.0"
    assert memory.asked == 1


def test_a_reader_who_has_the_stored_document_gets_the_next_one_only(serve: Serve) -> None:
    stand, _ = filled(5)
    with reading(serve(stand), STREAM, last="5.0") as ids:
        until(lambda: stand.hub.waiting() == 1)
        stand.hub.write(batch(document(event_id=6, revision=6)))
        assert next(ids) == "6.0"


def test_what_a_browser_had_last_counts_more_than_what_its_page_had(serve: Serve) -> None:
    stand, _ = filled(5)
    with reading(serve(stand), f"{STREAM}?after=1.0", last="5.0") as ids:
        until(lambda: stand.hub.waiting() == 1)
        stand.hub.write(batch(document(event_id=6, revision=6)))
        assert next(ids) == "6.0"


def test_a_game_without_a_document_can_be_waited_for(serve: Serve) -> None:
    stand = services(Memory(), waiting=(GameSummary(game="game", state="waiting"),))
    with reading(serve(stand), STREAM) as ids:
        until(lambda: stand.hub.waiting() == 1)
        stand.hub.write(batch(document(revision=1)))
        assert next(ids) == "1.0"


def test_a_reader_who_leaves_is_forgotten(serve: Serve) -> None:
    stand, _ = filled(5)
    client = serve(stand)
    for _ in range(3):
        with reading(client, STREAM, last="5.0"):
            until(lambda: stand.hub.waiting() == 1)
        until(lambda: stand.hub.waiting() == 0)


def test_a_reader_who_reads_nothing_slows_nobody(serve: Serve) -> None:
    stand, _ = filled(1)
    client = serve(stand)
    address = urlsplit(str(client.base_url))
    with closing(socket.socket()) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((address.hostname, address.port))
        deaf.sendall(f"GET {STREAM} HTTP/1.1\r\nHost: pressbox\r\n\r\n".encode())
        with reading(client, STREAM, last="1.0") as ids:
            until(lambda: stand.hub.waiting() == 2)
            for revision in range(2, 300):
                long = document(event_id=revision, revision=revision, timestamp="x" * 50_000)
                stand.hub.write(batch(long))
                assert next(ids) == f"{revision}.0"
            assert stand.hub.late() == 1


def test_who_takes_gzip_gets_the_same_events_at_once_and_compressed(serve: Serve) -> None:
    stand, _ = filled(1)
    client = serve(stand)
    revisions = count(8)

    def last() -> str:
        newest = stand.hub.newest("game")
        return "1.0" if newest is None else identity_of(newest.mark)

    for encoding, coded in (("gzip, deflate, br", "gzip"), ("identity", None), ("gzip;q=0", None)):
        with client.stream("GET", f"{STREAM}?after={last()}", headers={"Accept-Encoding": encoding}) as answer:
            assert answer.headers.get("content-encoding") == coded
            assert answer.headers["vary"] == "Accept-Encoding"
            lines = answer.iter_lines()
            until(lambda: stand.hub.waiting() == 1)
            for revision in islice(revisions, 2):
                stand.hub.write(batch(document(event_id=revision, revision=revision, timestamp="x" * 9000)))
                assert f"id: {revision}.0" in takewhile(
                    bool, dropwhile(lambda line: not line.startswith("event"), lines)
                )
        until(lambda: stand.hub.waiting() == 0)


def test_an_answer_waits_for_no_acknowledgement(serve: Serve) -> None:
    """The head and the body of an answer are two writes; held back, the second takes 40 ms."""
    stand, _ = filled(1)
    client = serve(stand)
    took_s = []
    for _ in range(20):
        begun_s = time.monotonic()
        client.get("/healthz")
        took_s.append(time.monotonic() - begun_s)
    assert sorted(took_s)[len(took_s) // 2] < 0.03


def test_one_reader_too_many_is_told_when_to_come_again(serve: Serve) -> None:
    stand, _ = filled(5)
    stand.hub = Hub(lambda _: Cursor(0, 0), limits=ReaderLimits(readers_max=1))
    client = serve(stand)
    with reading(client, STREAM, last="5.0"):
        until(lambda: stand.hub.waiting() == 1)
        refused = client.get(STREAM)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "30"
        assert "readers" in refused.json()["detail"]


def test_the_server_stops_promptly_while_readers_read() -> None:
    stand, _ = filled(5)
    ended = threading.Event()

    def read(address: str) -> None:
        with httpx.Client(base_url=address, trust_env=False) as client, reading(client, STREAM) as ids:
            assert list(ids) == ["5.0"]
        ended.set()

    with serving(stand) as address:
        reader = threading.Thread(target=read, args=(address,))
        reader.start()
        until(lambda: stand.hub.waiting() == 1)
        began_s = time.monotonic()
    reader.join()
    assert ended.is_set(), "the stream ended in order, it was not cut"
    assert time.monotonic() - began_s < 0.9
