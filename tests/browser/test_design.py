from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import NewPage
from tests.browser.running import Running

pytestmark = pytest.mark.browser

SHIFTED = """() => new Promise((done) => new PerformanceObserver((list) => done(
    list.getEntries().reduce((sum, one) => sum + one.value, 0)
)).observe({ type: "layout-shift", buffered: true }) || setTimeout(() => done(0), 300))"""
BYTES = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, one) => sum + one.transferSize, 0)"""
SMALL = """(selector) => [...document.querySelectorAll(selector)].filter((one) => {
    const { width, height } = (one.closest("label") ?? one).getBoundingClientRect();
    return one.checkVisibility() && (width < 43.9 || height < 43.9);
}).map((one) => one.outerHTML)"""


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[(360, 740), (820, 1180), (1920, 1080)], ids=["phone", "tablet", "wall"])
def design(request: pytest.FixtureRequest, scheme: str, pressbox: Running, new_page: NewPage) -> Page:
    width, height = request.param
    viewport = {"width": width, "height": height}
    return new_page(f"{pressbox.address}/design", viewport=viewport, color_scheme=scheme, bypass_csp=True)


def test_the_design_page_holds_on_every_screen_by_day_and_by_night(design: Page, scheme: str, tmp_path: Path) -> None:
    assert design.viewport_size is not None
    width = design.viewport_size["width"]
    assert design.evaluate("document.documentElement.scrollWidth") == width
    assert design.evaluate(SHIFTED) == 0
    assert design.evaluate(BYTES) < 100_000
    assert design.evaluate(SMALL, "button, .button, select, input, textarea, summary, .pages a, .contents a") == []
    ground = design.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(251, 251, 249)", "dark": "rgb(17, 19, 20)"}[scheme]
    picture = tmp_path / f"design-{width}-{scheme}.png"
    design.screenshot(path=picture, full_page=True)
    design.locator("#charts").screenshot(path=tmp_path / f"design-charts-{width}-{scheme}.png")
    assert picture.stat().st_size > 50_000


def test_axe_finds_nothing_in_any_component(design: Page) -> None:
    for summary in design.locator(".chart summary").all():
        summary.click()
    design.evaluate(axe.script())
    violations = design.evaluate("axe.run().then((found) => found.violations)")
    assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []


def test_words_in_charts_keep_their_size_while_shapes_stretch(pressbox: Running, new_page: NewPage) -> None:
    page = new_page(f"{pressbox.address}/design", viewport={"width": 360, "height": 740})
    plot = page.locator(".margin .plot")
    word = plot.locator(".under").first

    def sizes() -> tuple[float, float]:
        shape, text = plot.bounding_box(), word.bounding_box()
        assert shape is not None
        assert text is not None
        return shape["width"], text["height"]

    narrow, small = sizes()
    page.set_viewport_size({"width": 820, "height": 740})
    wide, same = sizes()
    assert wide > narrow
    assert same == small >= 12


def test_the_keys_are_shown_and_put_away_by_keyboard_without_javascript(pressbox: Running, new_page: NewPage) -> None:
    page = new_page(f"{pressbox.address}/design", java_script_enabled=False)
    keys = page.locator("#keys")
    expect(keys).to_be_hidden()
    page.get_by_role("button", name="Keys of this page").focus()
    page.keyboard.press("Enter")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_the_name_column_stays_while_a_table_scrolls(pressbox: Running, new_page: NewPage) -> None:
    page = new_page(f"{pressbox.address}/design", viewport={"width": 240, "height": 740})
    region = page.get_by_role("region", name="Players, most points first")
    name = region.locator("tbody th").first
    before = name.bounding_box()
    region.evaluate("(one) => { one.scrollLeft = one.scrollWidth; }")
    assert region.evaluate("(one) => one.scrollLeft") > 0
    assert name.bounding_box() == before
