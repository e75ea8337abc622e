"""From the sensor to the coach's screen: a page of the live session in a real browser, while devices publish."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Page, sync_playwright

from bench.sensor_load import SensorLoad
from pressbox.access.access import demo_link
from servers import chromium

_SETTLED_S: Final = 5.0
"""The first seconds of a page, and of a session, are not those that are measured."""

_WATCH: Final = """(spanMs) => new Promise((done) => {
  const took = [];
  const source = new EventSource(`${location.pathname}/stream`);
  source.addEventListener("places", (message) => {
    const measured = JSON.parse(message.data).places.map(([, timeMs]) => timeMs);
    requestAnimationFrame(() => {
      const nowMs = Date.now();
      for (const timeMs of measured) took.push(nowMs - timeMs);
    });
  });
  setTimeout(() => { source.close(); done(took); }, spanMs);
})"""


def screen_ms(load: SensorLoad, url: str) -> list[float]:
    """
    Return for each athlete and frame how long it took from the sample to the frame that painted it, in milliseconds.

    Only the first of the sessions is looked at; devices and browser have the clock of this machine.
    """
    playing = load.begin()
    try:
        with _page() as page:
            page.goto(f"{url}{demo_link(load.data)}&next=/sessions")
            address = _session_of(page, url)
            page.goto(f"{url}{address}")
            page.wait_for_selector("[data-now=speed_kmh]:not(:empty)")
            page.evaluate("(ms) => new Promise((done) => setTimeout(done, ms))", _SETTLED_S * 1000)
            took: list[float] = page.evaluate(_WATCH, max(load.span_s - 2 * _SETTLED_S, 1) * 1000)
    finally:
        load.tally(playing)
    return took


def _session_of(page: Page, url: str) -> str:
    """Return the address of the first session, once there is one."""
    while True:
        page.goto(f"{url}/sessions")
        card = page.locator(".card a").first
        if card.count():
            address = card.get_attribute("href")
            assert address is not None
            return address


@contextmanager
def _page() -> Iterator[Page]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium.PROGRAM, args=list(chromium.FLAGS))
        yield browser.new_page(viewport={"width": 1180, "height": 820})
        browser.close()
