import re
from itertools import islice

import pytest
from playwright.sync_api import Page, expect

from pressbox.simulate.playbyplay import simulate_playbyplay
from tests.browser import axe
from tests.browser.conftest import NewPage
from tests.browser.running import Running

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
TABLET = {"width": 820, "height": 1180}
WALL = {"width": 1920, "height": 1080}
SCORED = ["0 59:51 101 6 1", "1 57:06 205 1 0"]
RICH = [moment.body for moment in islice(simulate_playbyplay(7).moments(), 110)]

IN_ORDER = [
    "Skip to the numbers",
    "pressbox",
    "Standings",
    "Sessions",
    "Operations",
    "earlier",
    "Event",
    "later",
    "Live",
    "Q1 12:06",
    "Q1 14:51",
    "As a table",
    "Numbers by period",
    "As a table",
    "Players of syracuse",
    "Players of johns hopkins",
    "This moment",
    "as JSON",
]

TOP = "(one) => one.getBoundingClientRect().top"
SHIFTS = """() => { window.shifted = 0; new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true }); }"""


def shows_event(page: Page, event_id: int) -> None:
    expect(page.locator(".data")).to_contain_text(f"As of event {event_id},")


def points(page: Page) -> list[str]:
    return page.locator(".points").all_inner_texts()


def test_the_page_moves_without_reload_when_a_line_is_appended(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("moves", SCORED)
    page = new_page(pressbox.address, "moves")
    expect(page.locator("[data-connection]")).to_have_text("connected")
    shows_event(page, 1)
    page.evaluate("window.before = 'the same page'")
    pressbox.write("moves", [*SCORED, "2 56:13 205 9 1"])
    expect(page.locator("[data-announced]")).to_have_text("goal by julia, 1-1")
    expect(page.locator(".when + .side .points")).to_have_attribute("data-changed", "")
    expect(page.locator(".plays li").first).to_have_attribute("data-changed", "")
    assert points(page) == ["1", "1"]
    assert page.title() == "syracuse 1–1 johns hopkins · Q1 11:13 – pressbox"
    assert page.evaluate("window.before") == "the same page"
    expect(page.locator("[data-changed]")).to_have_count(0)


def test_the_end_of_the_game_is_seen_and_said(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("ends", SCORED)
    page = new_page(pressbox.address, "ends")
    expect(page.locator(".when .state")).to_have_text("live")
    expect(page.locator("[data-connection]")).to_have_text("connected")
    pressbox.write("ends", [*SCORED, "-1 00:00 0 0 0"])
    expect(page.locator(".when .state")).to_have_text("final")
    expect(page.locator("[data-announced]")).to_have_text("final: syracuse 1, johns hopkins 0")


def test_without_javascript_the_page_shows_the_numbers(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("plain", SCORED)
    page = new_page(pressbox.address, "plain", java_script_enabled=False)
    assert points(page) == ["1", "0"]
    expect(page.locator(".box tbody tr", has_text="sam").first).to_contain_text("1 1 1.00", use_inner_text=True)
    expect(page.locator(".connection:visible")).to_have_text("reload to see more")
    page.get_by_role("link", name="pressbox").click()
    expect(page.locator(".games a", has_text="plain")).to_contain_text("live")


def test_a_page_opened_before_the_first_event_fills_by_itself(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("early", ["0 59:51 999 6 1"])
    page = new_page(pressbox.address, "early")
    expect(page.get_by_text("appears here by itself")).to_be_visible()
    pressbox.write("early", ["0 59:51 999 6 1", "1 59:40 101 6 1"])
    shows_event(page, 1)
    assert points(page) == ["1", "0"]


def test_a_network_cut_is_said_and_nothing_is_missing_when_it_is_back(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("cut", SCORED)
    page = new_page(pressbox.address, "cut", expected=("ERR_INTERNET_DISCONNECTED",))
    word = page.locator("[data-connection]")
    expect(word).to_have_text("connected")
    page.context.set_offline(True)
    expect(word).to_have_text("reconnecting")
    pressbox.write("cut", [*SCORED, "2 56:13 205 9 1", "3 56:00 205 9 1"])
    assert points(page) == ["1", "0"]
    page.context.set_offline(False)
    expect(word).to_have_text("connected")
    shows_event(page, 3)
    assert points(page) == ["1", "2"]
    assert page.locator(".game .plays li").count() == 4
    expect(page.locator("[data-all-plays] li")).to_have_count(4)


def test_what_a_game_is_called_is_shown_and_never_run(pressbox: Running, new_page: NewPage) -> None:
    name = "Köln \"1\" & 100% <img src=x onerror=alert('1')>"
    pressbox.write(name, SCORED)
    page = new_page(pressbox.address, name)
    page.get_by_role("link", name="pressbox").click()
    page.get_by_role("link", name=name).click()
    expect(page.locator(".crumb")).to_have_text(name)
    expect(page.locator("[data-connection]")).to_have_text("connected")
    pressbox.write(name, [*SCORED, "2 56:13 205 9 1"])
    shows_event(page, 2)
    page.get_by_role("link", name="as JSON").click()
    assert '"_id":2' in page.inner_text("body")


def test_on_a_phone_tables_scroll_by_themselves_and_keep_the_name_column(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write_body("phone", RICH[-1], ".json")
    page = new_page(pressbox.address, "phone", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    region = page.get_by_role("region", name=re.compile("Players of")).first
    name = region.locator("tbody th").first
    before = name.bounding_box()
    region.evaluate("(one) => { one.scrollLeft = one.scrollWidth; }")
    assert region.evaluate("(one) => one.scrollLeft") > 100
    assert name.bounding_box() == before
    last = region.locator("thead th").last.bounding_box()
    assert last is not None
    assert last["x"] + last["width"] <= PHONE["width"]


def test_what_somebody_looks_at_stays_while_the_page_moves(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write_body("stays", RICH[100], ".json")
    page = new_page(pressbox.address, "stays", viewport=PHONE)
    expect(page.locator("[data-connection]")).to_have_text("connected")
    region = page.get_by_role("region", name=re.compile("Players of")).last
    page.locator(".scoring summary").click()
    region.focus()
    region.evaluate(
        "(one) => { one.scrollLeft = 90; getSelection().selectAllChildren(one.querySelector('tbody th')); }"
    )
    selected, top = page.evaluate("getSelection().toString()"), region.evaluate(TOP)
    before = page.locator(".data p").first.inner_text()
    pressbox.write_body("stays", RICH[109], ".json")
    expect(page.locator(".data p").first).not_to_have_text(before)
    assert region.evaluate("(one) => [one.scrollLeft, document.activeElement === one]") == [90, True]
    assert page.evaluate("getSelection().toString()") == selected
    assert region.evaluate(TOP) == pytest.approx(top, abs=1)
    expect(page.locator(".scoring details")).to_have_attribute("open", "")


@pytest.mark.parametrize("viewport", [PHONE, WALL], ids=["phone", "wall"])
def test_nothing_jumps_while_a_game_is_played(pressbox: Running, new_page: NewPage, viewport: dict[str, int]) -> None:
    game = f"calm-{viewport['width']}"
    pressbox.write_body(game, RICH[2], ".json")
    page = new_page(pressbox.address, game, viewport=viewport)
    expect(page.locator("[data-connection]")).to_have_text("connected")
    page.evaluate(SHIFTS)
    for body in RICH[3:100:4]:
        shown = page.locator(".data p").first.inner_text()
        pressbox.write_body(game, body, ".json")
        expect(page.locator(".data p").first).not_to_have_text(shown)
    assert page.evaluate("window.shifted") < 0.01


def test_the_keyboard_reaches_everything_in_order(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("keys", SCORED)
    page = new_page(pressbox.address, "keys")
    reached = []
    for _ in range(len(IN_ORDER)):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.innerText"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached == IN_ORDER
    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(pressbox: Running, new_page: NewPage, scheme: str) -> None:
    program = axe.script()
    pressbox.write_body("axe", RICH[-1], ".json")
    pressbox.write("axe-ends", [*SCORED, "-1 00:00 0 0 0"])
    for game, viewport in ((None, PHONE), ("axe", PHONE), ("axe", TABLET), ("axe-ends", WALL)):
        page = new_page(pressbox.address, game, viewport=viewport, color_scheme=scheme, bypass_csp=True)
        page.evaluate(program)
        violations = page.evaluate("axe.run().then((found) => found.violations)")
        assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
