"""
Milliseconds from a document's arrival at the pages until every fast reader of its game has it, a third being slow.

A pressbox runs in a process of its own, the readers in another; this process appends to the game's file at moments
fixed beforehand. Beside it, in the same run: a bare server that sends as many bytes to as many readers.
"""

import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from msgspec import Struct

from bench.pages_pressbox import BARE_NUMBER, Usage, run_bare, run_pages
from bench.process import LATE_S, asked, process, stamps
from bench.report import RESULTS
from bench.rounds import tell
from bench.stream_readers import Heard, run_readers
from bench.workload import gamestream_lines

_GAME: Final = "game-0"
_WARM: Final = 3
_REST_S: Final = 1.0


class Crowd(Struct, frozen=True):
    """So many *readers*, and documents that come *per_s* a second."""

    readers: int
    per_s: float


CROWDS: Final = (Crowd(1, 10), Crowd(100, 10), Crowd(1_000, 5), Crowd(5_000, 2))
PARTS: Final = {"page": f"/games/{_GAME}/stream", "API": f"/api/games/{_GAME}/stream"}


class Delivered(Struct, frozen=True):
    """
    How one crowd was served: milliseconds from where the document reached the pages and from the append, by delivery.

    *missed* events were overtaken by a newer one before they could be sent to a reader that is not slow.
    """

    from_hub_ms: list[float]
    from_append_ms: list[float]
    missed: int
    event_bytes: int
    kib_a_reader: float
    cpu_us_a_delivery: float


class _Moments(Struct):
    """When each event set out, by its place among them, and what the server had used before, at rest and after."""

    sent_ns: list[int]
    appended_ns: list[int]
    usage: list[Usage]


def fan_out(crowd: Crowd, part: str, events: int, *, gzip: bool) -> Delivered:
    """Append *events* events to the file of a game whose stream *crowd* reads, and return how it was served."""
    tell(f"pages, fan-out: {crowd.readers} readers of the {part}{', gzip' if gzip else ''}, {events} events")
    RESULTS.mkdir(parents=True, exist_ok=True)
    lines = gamestream_lines(0, events + _WARM)
    with tempfile.TemporaryDirectory(dir=RESULTS) as folder, process(run_pages, Path(folder)) as server:
        port = server.recv()
        with (Path(folder) / "gamestreams" / f"{_GAME}.txt").open("ab", buffering=0) as feed:
            for event_id in range(_WARM):
                feed.write(lines[event_id])
                stamps(server, _GAME, event_id)
            moments = _Moments([], [], [asked(server, "usage")])

            def send(number: int) -> None:
                feed.write(lines[_WARM + number])
                moments.appended_ns.append(time.monotonic_ns())

            with process(run_readers, port, PARTS[part], crowd.readers, gzip=gzip) as readers:
                _send_all(server, readers, crowd, events, moments, send)
                came_ns = stamps(server, _GAME, _WARM + events - 1)
                heard = _heard(server, readers, moments)
    moments.sent_ns = [came_ns[_GAME, _WARM + number] for number in range(events)]
    return _delivered(crowd, moments, heard)


def bare_fan_out(crowd: Crowd, event_bytes: int, events: int) -> Delivered:
    """Let a bare server send *events* times *event_bytes* bytes to *crowd*."""
    tell(f"pages, fan-out: {crowd.readers} readers of a bare server, {events} events")
    body = b"event: document\nid: " + BARE_NUMBER + b".0\ndata: " + b"x" * max(0, event_bytes - 44) + b"\n\n"
    with process(run_bare, b"%x\r\n%s\r\n" % (len(body), body)) as server:
        port = server.recv()
        moments = _Moments([], [], [asked(server, "usage")])

        def send(_: int) -> None:
            moments.sent_ns.append(asked(server, "send"))

        with process(run_readers, port, "/", crowd.readers, gzip=False) as readers:
            _send_all(server, readers, crowd, events, moments, send)
            heard = _heard(server, readers, moments)
    moments.appended_ns = moments.sent_ns
    return _delivered(crowd, moments, heard)


def _send_all(
    server: Connection,
    readers: Connection,
    crowd: Crowd,
    events: int,
    moments: _Moments,
    send: Callable[[int], None],
) -> None:
    assert readers.poll(LATE_S), "readers are not ready"
    assert readers.recv() == "ready"
    time.sleep(_REST_S)  # each has got what it lacked, and memory is at rest
    moments.usage.append(asked(server, "usage"))
    begun_s = time.monotonic()
    for number in range(events):
        time.sleep(max(0.0, begun_s + number / crowd.per_s - time.monotonic()))
        send(number)


def _heard(server: Connection, readers: Connection, moments: _Moments) -> Heard:
    time.sleep(_REST_S)
    moments.usage.append(asked(server, "usage"))
    readers.send("stop")
    heard: Heard = readers.recv()
    return heard


def _delivered(crowd: Crowd, moments: _Moments, heard: Heard) -> Delivered:
    events = len(moments.sent_ns)
    in_order = sorted(heard.arrivals_ns, key=lambda identity: [int(part) for part in identity.split(".")])[-events:]
    pairs = [
        (number, arrival)
        for number, identity in enumerate(in_order, start=events - len(in_order))
        for arrival in heard.arrivals_ns[identity]
    ]
    empty, begun, ended = moments.usage
    wanted = events * (crowd.readers - crowd.readers // 3)
    return Delivered(
        from_hub_ms=[(arrival - moments.sent_ns[number]) / 1e6 for number, arrival in pairs],
        from_append_ms=[(arrival - moments.appended_ns[number]) / 1e6 for number, arrival in pairs],
        missed=wanted - len(pairs),
        event_bytes=heard.event_bytes,
        kib_a_reader=(ended.resident_bytes - empty.resident_bytes) / crowd.readers / 1024,
        cpu_us_a_delivery=(ended.cpu_s - begun.cpu_s) * 1e6 / wanted,
    )
