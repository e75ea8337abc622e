import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from servers import chromium
from tests.browser.running import Running

NewPage = Callable[..., Page]

_SEEN_S_MAX = 10


@pytest.fixture(scope="session")
def browser(chromium_path: Path) -> Iterator[Browser]:
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium_path, args=list(chromium.FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def pressbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("pressbox") / "data")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Open pages that may ask their own server only, and may complain of nothing but what the test names."""
    pages: list[Page] = []
    complaints: list[str] = []
    hosts: set[str | None] = set()

    def open_page(address: str, game: str | None = None, *, expected: tuple[str, ...] = (), **context: object) -> Page:
        page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(10_000)
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: _complain(complaints, said.type, said.text, expected))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
        page.goto(address if game is None else _known(page, f"{address}/games/{quote(game, safe='')}"))
        return page

    yield open_page
    for page in pages:
        page.context.close()
    assert complaints == []
    assert hosts <= {"127.0.0.1"}


def _known(page: Page, address: str) -> str:
    """Return *address* once the source has seen the feed just written."""
    deadline_s = time.monotonic() + _SEEN_S_MAX
    while not page.context.request.get(address).ok:
        assert time.monotonic() < deadline_s, f"{address} is not known"
    return address


def _complain(complaints: list[str], kind: str, text: str, expected: tuple[str, ...]) -> None:
    if kind in ("error", "warning") and not any(one in text for one in expected):
        complaints.append(text)
