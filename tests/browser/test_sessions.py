"""The live page of a session: a simulated field, watched by somebody who signed in."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pressbox.access.access import demo_link
from tests.browser import axe
from tests.browser.conftest import NewPage
from tests.cli.process import COMMAND, Up, start

pytestmark = pytest.mark.browser

TABLET = {"width": 820, "height": 1180}
PHONE = {"width": 360, "height": 740}
FRAMES_A_SECOND_MIN = 10


class Match:
    """A pressbox with eight made-up athletes who run for as long as it is up."""

    def __init__(self, data: Path) -> None:
        data.mkdir()
        settings = data.parent / "pressbox.toml"
        settings.write_text("mqtt.port = 0\n")
        demo_link(data)  # there is an admin
        self.up: Up = start(data, "--settings", str(settings))
        assert self.up.process.stdout is not None
        self.broker = self.up.process.stdout.readline().rpartition(" ")[2].strip()
        run = [*COMMAND, "simulate", "field", "--register", "--athletes", "8", "--minutes", "30", "--session", "game"]
        self._field = subprocess.Popen([*run, "--to", self.broker, "--data", str(data)], stdout=subprocess.DEVNULL)
        self._data = data

    def link(self) -> str:
        """Return a link that signs somebody in, once, and leads to the session."""
        return f"{self.up.url}{demo_link(self._data)}&next=/sessions/home/game"

    def stop(self) -> None:
        """End the athletes, and pressbox."""
        self._field.terminate()
        self._field.wait()
        self.up.stop()


@pytest.fixture(scope="module")
def match(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Match]:
    one = Match(tmp_path_factory.mktemp("match") / "data")
    yield one
    one.stop()


def open_session(match: Match, new_page: NewPage, **context: object) -> Page:
    page = new_page(match.link(), expected=("404",), **context)
    expect(page.locator("main")).to_be_visible()
    while not page.locator(".athlete").count():  # the athletes are still on their way
        page.goto(f"{match.up.url}/sessions/home/game")
    expect(page.locator("[data-connection]")).to_have_text("connected")
    return page


def test_athletes_move_and_every_number_tells_its_age(match: Match, new_page: NewPage) -> None:
    page = open_session(match, new_page, viewport=TABLET)
    expect(page.locator(".athlete")).to_have_count(8)
    for seen in page.locator(".athlete [data-seen]").all():
        expect(seen).to_have_text(re.compile(r"seen (now|\d+ s ago)"))
    card = page.locator(".athlete").first
    expect(card.locator("[data-now=speed_kmh]")).to_have_text(re.compile(r"\d+\.\d"))
    expect(card.locator("[data-aged]")).to_have_text(re.compile(r"figures \d+ s old"))
    expect(card.locator("[data-battery]")).to_have_text(re.compile(r"battery \d+ %"))
    expect(page.locator("[data-delay-middle]")).to_have_text(re.compile(r"\d+"))
    distance = page.locator("tbody [data-figure=distance_m]").first
    before = distance.inner_text()
    expect(distance).not_to_have_text(before, timeout=20_000)
    frames = page.evaluate(
        """() => new Promise((done) => {
          let [count, begun] = [0, performance.now()];
          const source = new EventSource(`${location.pathname}/stream`);
          source.addEventListener("places", () => {
            count += 1;
            if (count < 30) return;
            source.close();
            done((1000 * count) / (performance.now() - begun));
          });
        })"""
    )
    assert frames >= FRAMES_A_SECOND_MIN


def test_a_period_begins_and_ends_by_a_tap(match: Match, new_page: NewPage) -> None:
    page = open_session(match, new_page, viewport=TABLET, has_touch=True)
    page.evaluate("window.before = 'the same page'")
    page.get_by_label("Period").fill("Q1")
    page.get_by_role("button", name="Start").tap()
    expect(page.locator(".standing .state")).to_have_text("Q1")
    expect(page.get_by_label("Period")).to_have_value("Q2")
    expect(page.locator("[data-announced]")).to_have_text("Q1 has begun")
    next_s = int(time.time()) + 1
    while time.time() < next_s:  # a period lasts a second at least
        pass
    page.get_by_role("button", name="End Q1").tap()
    expect(page.locator(".standing .state")).to_have_text("open")
    assert page.evaluate("window.before") == "the same page"


def test_a_threshold_alerts_with_its_reason_and_is_kept(match: Match, new_page: NewPage) -> None:
    page = open_session(match, new_page)
    page.get_by_text("Thresholds", exact=True).click()
    page.get_by_label("Figure", exact=True).select_option("heart_rate_bpm")
    page.get_by_label("over bpm").fill("20")
    page.get_by_label("over bpm").press("Enter")
    alert = page.locator("[data-alerts] li").first
    expect(alert).to_have_text(re.compile(r".+: heart rate now \d+ bpm, over 20 since .+"))
    expect(page.locator(".athlete[data-alert]").first).to_be_visible()
    page.reload()
    expect(alert).to_be_visible()
    page.get_by_text("Thresholds", exact=True).click()
    page.get_by_role("button", name="Remove: Heart rate now over 20 bpm").click()
    expect(alert).to_have_count(0)


def test_the_order_is_part_of_the_address_and_set_by_keyboard(match: Match, new_page: NewPage) -> None:
    page = open_session(match, new_page)
    head = page.get_by_role("link", name="Distance, km")
    head.focus()
    head.press("Enter")
    expect(page.locator("th", has=head)).to_have_attribute("aria-sort", "descending")
    assert page.url.endswith("?sort=distance_m")


@pytest.mark.parametrize("viewport", [PHONE, TABLET])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_people_out_and_nothing_lies_beside_the_screen(
    match: Match, new_page: NewPage, viewport: dict[str, int], scheme: str
) -> None:
    program = axe.script()
    page = open_session(match, new_page, viewport=viewport, color_scheme=scheme)
    page.evaluate(program)
    violations = page.evaluate("axe.run().then((found) => found.violations)")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
