"""What holds for every page on a phone, a tablet and a wall: it fits, it is light, it stands still, it shows no fault."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from pressbox.cli.running import ask
from pressbox.simulate.playbyplay import simulate_playbyplay
from tests.browser import axe
from tests.browser.conftest import NewPage
from tests.browser.running import Running

pytestmark = pytest.mark.browser

SCREENS = {"phone": (360, 740), "tablet": (820, 1180), "wall": (1920, 1080)}
SCHEMES = ("light", "dark")
PAGES = {
    "scoreboard": "/",
    "game": "/games/rich",
    "plain-game": "/games/plain",
    "moment": "/games/rich?at=100",
    "waiting-game": "/games/nobody-known",
    "standings": "/standings",
    "operations": "/operations",
    "embed": "/embed?game=rich",
    "widget": "/embed/v1/games/rich",
    "design": "/design",
    "not-found": "/games/missing",
}
LONG = "a game with a name that is much longer than any phone is wide, because somebody wrote it all down"
FIRST_PAINT_BYTES_MAX = 100_000

SHIFTED = """() => new Promise((resolve) => {
    let shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((one) => { shifted += one.value; }))
        .observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(shifted)));
})"""

RECEIVED = """() => performance.getEntries().filter((one) => ["navigation", "resource"].includes(one.entryType))
    .reduce((sum, one) => sum + one.encodedBodySize, 0)"""


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A pressbox with games of both kinds, one of them final, one that waits, a correction and a dead letter."""
    running = Running(tmp_path_factory.mktemp("season") / "data")
    running.start()
    feed = [moment.body for moment in islice(simulate_playbyplay(7).moments(), 200)][-1]
    running.write_body("rich", feed, ".json")
    running.write("plain", ["0 59:51 101 6 1", "1 57:06 205 1 0", "2 56:13 205 77 1", "3 50:00 101 6 1"])
    running.write(LONG, ["0 59:51 101 6 1", "-1 00:00 0 0 0"])
    running.write_body("nobody-known", b"{", ".json")
    _wait_for(running, "rich", "plain", LONG, "nobody-known")
    ask(running.data, None, "games_void", game="plain", event_id=0)
    yield running
    running.stop()


def _wait_for(running: Running, *games: str) -> None:
    while not set(games) <= {one["game"] for one in httpx.get(f"{running.address}/api/games", trust_env=False).json()}:
        pass


def photographed(page: Page, name: str, folder: Path) -> None:
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    assert (folder / f"{name}.png").stat().st_size > 5_000


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_every_screen_and_stands_still(
    season: Running, new_page: NewPage, tmp_path: Path, name: str, screen: str
) -> None:
    width, height = SCREENS[screen]
    expected = ("404",) if name == "not-found" else ()
    for scheme in SCHEMES:
        page = new_page(
            season.address + PAGES[name],
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            bypass_csp=True,
            expected=expected,
        )
        expect(page.locator("[data-connection]:has-text('connected')").or_(page.locator("main"))).not_to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SHIFTED) < 0.01
        assert page.evaluate(RECEIVED) < FIRST_PAINT_BYTES_MAX
        photographed(page, f"{name}-{screen}-{scheme}", tmp_path)
        page.evaluate(axe.script())
        violations = page.evaluate("axe.run().then((found) => found.violations)")
        assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
        page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_readable_without_javascript(season: Running, new_page: NewPage, name: str) -> None:
    expected = ("404",) if name == "not-found" else ()
    page = new_page(season.address + PAGES[name], java_script_enabled=False, expected=expected)
    assert len(page.inner_text("body").split()) > 4
    assert page.locator("h1").count() == 1
