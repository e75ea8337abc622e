import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import NewPage
from tests.browser.running import Running

pytestmark = pytest.mark.browser

SCORED = ["0 59:51 101 6 1", "1 57:06 205 1 0"]
LEVEL = "2 56:13 205 9 1"

Embed = Callable[[str], str]


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def embed(tmp_path: Path) -> Iterator[Embed]:
    """Put an address into a frame of a page of another origin, and give the address of that page."""
    with elsewhere(tmp_path) as site:
        pages = count()

        def put(address: str) -> str:
            name = f"page-{next(pages)}.html"
            head = '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Elsewhere</title>'
            frame = f'<iframe src="{address}" title="Score" width="240" height="160"></iframe>'
            (tmp_path / name).write_text(head + frame)
            return f"{site}/{name}"

        yield put


@contextmanager
def elsewhere(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def embedded(pressbox: Running, new_page: NewPage, embed: Embed, game: str, **context: object) -> Page:
    pressbox.write(game, SCORED)
    page = new_page(pressbox.address, game, **context)
    page.goto(embed(f"{pressbox.address}/embed/v1/games/{game}"))
    return page


def test_it_moves_in_a_page_of_another_site_and_sets_no_cookie(
    pressbox: Running, new_page: NewPage, embed: Embed
) -> None:
    page = embedded(pressbox, new_page, embed, "framed")
    frame = page.frame_locator("iframe")
    expect(frame.locator(".part")).to_have_attribute("data-connection", "connected")
    expect(frame.locator(".points")).to_have_text(["1", "0"])
    pressbox.write("framed", [*SCORED, LEVEL])
    expect(frame.locator(".points")).to_have_text(["1", "1"])
    expect(frame.locator(".points").last).to_have_attribute("data-changed", "")
    pressbox.write("framed", [*SCORED, LEVEL, "-1 00:00 0 0 0"])
    expect(frame.locator(".state:visible")).to_have_text("final")
    assert page.context.cookies() == []


def test_the_whole_game_opens_in_a_tab_of_its_own(pressbox: Running, new_page: NewPage, embed: Embed) -> None:
    page = embedded(pressbox, new_page, embed, "opened")
    with page.context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link").click()
    assert opened.value.url == f"{pressbox.address}/games/opened"
    assert opened.value.evaluate("window.opener") is None
    assert page.url.endswith("/page-0.html")


def test_nothing_else_may_be_framed(pressbox: Running, new_page: NewPage, embed: Embed) -> None:
    pressbox.write("alone", SCORED)
    page = new_page(pressbox.address, "alone", expected=("frame-ancestors",))
    for path in ("/", "/games/alone", "/design", "/embed"):
        with page.expect_console_message(lambda said: "frame-ancestors 'self'" in said.text):
            page.goto(embed(f"{pressbox.address}{path}"))
        assert page.frames[1].url.startswith("chrome-error:")


def test_it_fits_its_frame_and_shows_the_score_without_javascript(
    pressbox: Running, new_page: NewPage, embed: Embed
) -> None:
    page = embedded(pressbox, new_page, embed, "still", java_script_enabled=False)
    frame = page.frame_locator("iframe")
    expect(frame.locator(".points")).to_have_text(["1", "0"])
    expect(frame.locator(".state:visible")).to_have_text("live")
    frame_box, score_box = page.locator("iframe").bounding_box(), frame.locator(".play").bounding_box()
    assert frame_box is not None
    assert score_box is not None
    assert score_box["y"] + score_box["height"] <= frame_box["y"] + frame_box["height"]


def test_a_cut_is_said_where_the_state_stands(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("torn", SCORED)
    page = new_page(pressbox.address, "torn", expected=("ERR_INTERNET_DISCONNECTED",))
    page.goto(f"{pressbox.address}/embed/v1/games/torn")
    state = page.locator(".state:visible")
    expect(state).to_have_text("live")
    page.context.set_offline(True)
    expect(state).to_have_text("reconnecting")
    pressbox.write("torn", [*SCORED, LEVEL])
    page.context.set_offline(False)
    expect(state).to_have_text("live")
    expect(page.locator(".points")).to_have_text(["1", "1"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_it_nor_on_the_page_that_tells_of_it(
    pressbox: Running, new_page: NewPage, theme: str
) -> None:
    program = axe.script()
    pressbox.write("shown", SCORED)
    viewport = {"width": 360, "height": 740}
    page = new_page(
        pressbox.address, "shown", viewport=viewport, color_scheme=theme, bypass_csp=True, expected=("404",)
    )
    for path in (f"/embed/v1/games/shown?theme={theme}", "/embed/v1/games/nobody", "/embed?game=shown"):
        page.goto(f"{pressbox.address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
        page.evaluate(program)
        violations = page.evaluate("axe.run().then((found) => found.violations)")
        assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
