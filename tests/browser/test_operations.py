from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

import pytest
from playwright.sync_api import Page, expect

from pressbox.log.frame import MAGIC
from pressbox.settings import Settings
from pressbox.wiring import Pressbox
from tests.browser import axe
from tests.browser.conftest import NewPage
from tests.browser.running import Running
from tests.log.files import groups, overwrite

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
WALL = {"width": 1920, "height": 1080}
LINES = ["0 59:51 101 6 1", "1 57:06 205 1 0", "2 56:13 205 9 1"]
NOBODY = "3 55:00 205 77 1"
HALF_A_GROUP = 20


@pytest.fixture
def own_pressbox(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "data")
    running.start()
    yield running
    running.stop()


def fact(page: Page, name: str) -> str:
    return page.locator(".facts > div", has_text=name).locator("dd").inner_text()


def verdict(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_the_page_moves_and_says_aloud_when_something_is_refused(own_pressbox: Running, new_page: NewPage) -> None:
    page = new_page(f"{own_pressbox.address}/operations")
    expect(page.locator("[data-connection]")).to_have_text("connected")
    expect(page.get_by_text("No games yet")).to_be_visible()
    assert verdict(page) == "Everything moves"
    page.evaluate("window.before = 'the same page'")
    own_pressbox.write("game", LINES)
    row = page.locator('[data-key="documents"]')
    expect(row.locator("td").nth(3)).to_have_text("3")
    expect(row.locator("td").nth(0)).to_have_text("up to date")
    own_pressbox.write("game", [*LINES, NOBODY])
    expect(page.locator("[data-announced]")).to_have_text("Something is refused or broken")
    assert page.title() == "Something is refused or broken – pressbox"
    expect(page.get_by_role("region", name="Refused")).to_contain_text("team 205 has no player with number 77")
    own_pressbox.write("game", [*LINES, "3 55:00 205 9 1"])
    expect(page.locator("[data-announced]")).to_have_text("Everything moves")
    assert page.evaluate("window.before") == "the same page"


def test_after_a_kill_the_page_tells_what_was_repeated(own_pressbox: Running, new_page: NewPage) -> None:
    own_pressbox.write("game", [*LINES, NOBODY])
    page = new_page(f"{own_pressbox.address}/operations", expected=("ERR_",))
    expect(page.get_by_role("region", name="Refused")).to_contain_text(NOBODY)
    own_pressbox.stop(SIGKILL)
    own_pressbox.start()
    page.reload()
    assert fact(page, "Before that") == "not clean: the process ended without closing the log"
    assert fact(page, "Records folded again").startswith("5 in ")
    assert fact(page, "Results appended that a crash had kept back") == "0"
    own_pressbox.stop(SIGKILL)
    own_pressbox.write("game", [*LINES, NOBODY, "4 54:00 205 9 1"])
    with Pressbox(Settings(), own_pressbox.data) as opened:
        opened.source.poll()  # the input is durable, and the process ends before its result is
    (segment,) = (own_pressbox.data / "log" / "games" / "0").glob("*.log")
    overwrite(segment, groups(segment)[-1].end_position, MAGIC.ljust(HALF_A_GROUP, b"\1"))
    own_pressbox.start()
    page.reload()
    assert fact(page, "Before that") == "not clean: the process ended without closing the log"
    assert fact(page, "Records folded again").startswith("6 in ")
    assert fact(page, "Results appended that a crash had kept back") == "1"
    assert fact(page, "Unfinished groups cut") == "1"
    expect(page.get_by_text(f"an unfinished group of {HALF_A_GROUP} bytes at offset 6")).to_be_visible()
    own_pressbox.stop()
    own_pressbox.start()
    page.reload()
    assert fact(page, "Before that") == "clean: the log had been closed"
    assert fact(page, "Results appended that a crash had kept back") == "0"
    assert fact(page, "Unfinished groups cut") == "0"


def test_without_javascript_the_page_is_whole(pressbox: Running, new_page: NewPage) -> None:
    page = new_page(f"{pressbox.address}/operations", java_script_enabled=False)
    expect(page.locator(".connection:visible")).to_contain_text("reload to see more")
    assert page.get_by_role("region", name="What moves").locator("tbody tr").count() == 6


def test_on_a_phone_only_tables_scroll_and_by_keyboard_too(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("phone-operations", [*LINES, NOBODY])
    page = new_page(f"{pressbox.address}/operations", viewport=PHONE, bypass_csp=True)
    expect(page.get_by_role("region", name="Refused")).to_contain_text(NOBODY)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    for name in ("What moves", "Refused", "The log"):
        region = page.get_by_role("region", name=name)
        region.focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowRight")
        expect(region).to_be_focused()
        page.wait_for_function("document.activeElement.scrollLeft > 0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_it(pressbox: Running, new_page: NewPage, scheme: str) -> None:
    program = axe.script()
    pressbox.write("axe-operations", [*LINES, NOBODY])
    for viewport in (PHONE, WALL):
        page = new_page(f"{pressbox.address}/operations", viewport=viewport, color_scheme=scheme, bypass_csp=True)
        expect(page.get_by_role("region", name="Refused")).to_contain_text("axe-operations")
        page.evaluate(program)
        violations = page.evaluate("axe.run().then((found) => found.violations)")
        assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
