"""
Milliseconds from the append to a game's file until a browser has painted the event on the page of that game.

Headless Chromium watches one game, with 0 or 199 other live games at one event a second each. In the page an observer
notes each change of the document and takes the time when the frame with it has been painted; both clocks are the
system's. Beside it, in the same browser: a page as small as can be, fed by a bare server that writes the line at once.
"""

import asyncio
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from bench.pages_pressbox import run_pages
from bench.process import process, stamps
from bench.report import RESULTS
from bench.rounds import tell
from bench.workload import gamestream_lines
from servers import chromium

_PER_S: Final = 4.0
_OTHERS_PER_S: Final = 1.0
_WARM: Final = 3

_OBSERVE: Final = """
window.painted = [];
const afterPaint = new MessageChannel();
let seen = -1;
afterPaint.port1.onmessage = ({data}) => painted.push([data, performance.timeOrigin + performance.now()]);
new MutationObserver(() => {
  const link = document.querySelector('a[href*="&revision="]');
  const event = link === null ? -1 : Number(/at=(\\d+)/.exec(link.href)[1]);
  if (event === seen) return;
  seen = event;
  requestAnimationFrame(() => afterPaint.port2.postMessage(event));
}).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
"""
_BARE_PAGE: Final = b"""<!doctype html><title>bare</title><a href="?at=0&revision=0">0</a><script>
new EventSource("/stream").onmessage = (message) => {
  const link = document.querySelector("a");
  link.href = `?at=${message.data}&revision=0`;
  link.textContent = message.data;
};</script>"""


def painted_ms(games: int, events: int) -> list[float]:
    """Return for each of *events* events of the game that is watched how long it took."""
    tell(f"pages, append to painted: {games} games, {events} events")
    RESULTS.mkdir(parents=True, exist_ok=True)
    with ExitStack() as open_ones:
        folder = Path(open_ones.enter_context(tempfile.TemporaryDirectory(dir=RESULTS)))
        server = open_ones.enter_context(process(run_pages, folder))
        port = server.recv()
        feeds = [_feed(folder, game) for game in range(games)]
        for feed in feeds:
            open_ones.callback(os.close, feed)
        lines = [gamestream_lines(game, int(events / _PER_S * _OTHERS_PER_S) + 60) for game in range(games)]
        lines[0] = gamestream_lines(0, events + _WARM)
        for game, feed in enumerate(feeds):
            os.write(feed, b"".join(lines[game][:_WARM]))
        for game in range(games):
            stamps(server, f"game-{game}", _WARM - 1)
        page = open_ones.enter_context(_browser())
        page.goto(f"http://127.0.0.1:{port}/games/game-0")
        time.sleep(1.0)
        with _others(feeds[1:], lines[1:]):
            appended = _append(lambda number: os.write(feeds[0], lines[0][_WARM + number]), events)
        return _took_ms(page, {_WARM + number: one for number, one in appended.items()})


def bare_painted_ms(events: int) -> list[float]:
    """Return how long a bare server and page take for *events* events."""
    tell(f"pages, append to painted: bare, {events} events")
    with process(run_bare_page) as server, _browser() as page:
        page.goto(f"http://127.0.0.1:{server.recv()}/")
        time.sleep(1.0)
        return _took_ms(page, _append(server.send, events))


def run_bare_page(pipe: Connection) -> None:
    """Say the port, then tell each number that comes to whoever reads; end at None."""
    asyncio.run(_bare_page(pipe))


async def _bare_page(pipe: Connection) -> None:
    readers: list[asyncio.StreamWriter] = []
    ended = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if b"/stream" in request.partition(b"\r\n")[0]:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1000\n\n")
            readers.append(writer)
            return
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        writer.write(head % len(_BARE_PAGE) + _BARE_PAGE)
        writer.close()

    def tell_all() -> None:
        number = pipe.recv()
        if number is None:
            ended.set()
            return
        for writer in readers:
            writer.write(b"data: %d\n\n" % number)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    asyncio.get_running_loop().add_reader(pipe.fileno(), tell_all)
    pipe.send(server.sockets[0].getsockname()[1])
    await ended.wait()
    os._exit(0)


@contextmanager
def _browser() -> Iterator[Page]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium.PROGRAM, args=list(chromium.FLAGS))
        page = browser.new_page()
        page.add_init_script(_OBSERVE)
        yield page
        browser.close()


def _feed(folder: Path, game: int) -> int:
    return os.open(folder / "gamestreams" / f"game-{game}.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


@contextmanager
def _others(feeds: list[int], lines: list[list[bytes]]) -> Iterator[None]:
    """Append to the other games, one after the other, each once a second, as long as the block lasts."""
    stop = threading.Event()

    def append() -> None:
        begun_s, appended = time.monotonic(), 0
        while feeds and not stop.is_set():
            game, event = appended % len(feeds), _WARM + appended // len(feeds)
            os.write(feeds[game], lines[game][event])
            appended += 1
            stop.wait(max(0.0, begun_s + appended / len(feeds) / _OTHERS_PER_S - time.monotonic()))

    thread = threading.Thread(target=append)
    thread.start()
    yield
    stop.set()
    thread.join()


def _append(write: Callable[[int], object], events: int) -> dict[int, float]:
    """Write each event at its moment, and return when that was, in milliseconds of the system's clock."""
    begun_s, appended_ms = time.monotonic(), {}
    for number in range(events):
        time.sleep(max(0.0, begun_s + number / _PER_S - time.monotonic()))
        write(number)
        appended_ms[number] = time.time_ns() / 1e6
    time.sleep(1.0)
    return appended_ms


def _took_ms(page: Page, appended_ms: dict[int, float]) -> list[float]:
    """Return how long each event took; one that a newer overtook was seen with that."""
    painted: list[tuple[int, float]] = json.loads(page.evaluate("JSON.stringify(painted)"))
    took = []
    for event, at_ms in appended_ms.items():
        seen = [when for number, when in painted if number >= event]
        assert seen, f"event {event} was not painted"
        took.append(min(seen) - at_ms)
    return took
