from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import axe
from tests.browser.conftest import NewPage
from tests.browser.running import Running

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
WALL = {"width": 1920, "height": 1080}
SCORED = ["0 59:51 101 6 1", "1 57:06 205 1 0"]
GOAL = "2 56:13 205 9 1"
END = "-1 00:00 0 0 0"


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("league") / "data")
    running.write("opener", [*SCORED, END])
    running.start()
    yield running
    running.stop()


def card(page: Page, game: str) -> Locator:
    return page.locator(f'.game[data-key="{game}"]')


def connected(page: Page) -> None:
    expect(page.locator("[data-connection]")).to_have_text("connected")


def opened(league: Running, new_page: NewPage, game: str, **context: object) -> Page:
    """Write a game and open the scoreboard that shows it."""
    league.write(game, SCORED)
    page = new_page(f"{league.address}/", **context)
    expect(card(page, game)).to_be_visible()
    connected(page)
    return page


def test_a_card_moves_in_place_and_what_changed_is_marked_said_and_calm_again(
    league: Running, new_page: NewPage
) -> None:
    page = opened(league, new_page, "moves")
    points = card(page, "moves").locator(".points")
    page.evaluate("window.before = 'the same page'")
    league.write("moves", [*SCORED, GOAL])
    expect(points).to_have_text(["1", "1"])
    expect(points.last).to_have_attribute("data-changed", "")
    expect(page.locator("[data-announced]")).to_have_text("syracuse 1, johns hopkins 1")
    expect(card(page, "moves").locator(".play")).to_have_text("goal by julia")
    expect(points.last).not_to_have_attribute("data-changed", "")
    assert page.evaluate("window.before") == "the same page"


def test_a_game_that_ends_keeps_its_place_until_a_reload(league: Running, new_page: NewPage) -> None:
    page = opened(league, new_page, "ends")
    league.write("ends", [*SCORED, END])
    expect(card(page, "ends").locator(".state")).to_have_text("final")
    expect(page.locator("[data-announced]")).to_have_text("final: syracuse 1, johns hopkins 0")
    expect(page.locator('[data-group="live"] [data-key="ends"]')).to_be_visible()
    page.reload()
    expect(page.locator('[data-group="final"] [data-key="ends"]')).to_be_visible()


def test_a_network_cut_is_said_and_nothing_is_missing_or_double_when_it_is_back(
    league: Running, new_page: NewPage
) -> None:
    page = opened(league, new_page, "cut", expected=("ERR_INTERNET_DISCONNECTED",))
    page.context.set_offline(True)
    expect(page.locator("[data-connection]")).to_have_text("reconnecting")
    league.write("cut", [*SCORED, GOAL])
    league.write("came-meanwhile", SCORED)
    page.context.set_offline(False)
    connected(page)
    expect(card(page, "cut").locator(".points")).to_have_text(["1", "1"])
    expect(card(page, "came-meanwhile")).to_have_count(1)
    expect(card(page, "cut")).to_have_count(1)


def test_a_restart_of_the_server_leaves_the_same_cards(league: Running, new_page: NewPage) -> None:
    page = opened(league, new_page, "restarts", expected=("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING"))
    before = page.locator(".game").count()
    league.stop()
    expect(page.locator("[data-connection]")).to_have_text("reconnecting")
    league.write("restarts", [*SCORED, GOAL])
    league.start()
    expect(card(page, "restarts").locator(".points")).to_have_text(["1", "1"])
    assert page.locator(".game").count() == before


def test_a_filter_is_in_the_address_and_works_by_keyboard_alone(league: Running, new_page: NewPage) -> None:
    page = opened(league, new_page, "derby-day")
    page.get_by_label("Team or game").focus()
    page.keyboard.type("DERBY")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=DERBY*")
    expect(page.locator(".game")).to_have_count(1)
    connected(page)
    league.write("derby-day", [*SCORED, GOAL])
    expect(card(page, "derby-day").locator(".points")).to_have_text(["1", "1"])
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('card')"):
            break
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/games/derby-day")


def test_a_delayed_scoreboard_says_so_and_shows_no_goal_before_its_time(league: Running, new_page: NewPage) -> None:
    page = opened(league, new_page, "delayed")
    league.write("delayed", [*SCORED, GOAL])
    expect(card(page, "delayed").locator(".points")).to_have_text(["1", "1"])
    page.goto(f"{league.address}/?delay=300")
    expect(page.locator("[data-connection]")).to_have_text("delayed by 300 s")
    expect(card(page, "delayed")).to_have_count(0)
    assert "1, johns hopkins 1" not in page.content()


def test_without_javascript_the_scoreboard_is_whole_and_can_be_searched(league: Running, new_page: NewPage) -> None:
    league.write("plain", SCORED)
    opened(league, new_page, "plain")
    page = new_page(f"{league.address}/", java_script_enabled=False)
    expect(card(page, "plain").locator(".points")).to_have_text(["1", "0"])
    expect(page.locator(".connection:visible")).to_have_text("reload to see more")
    page.get_by_label("Team or game").fill("plain")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".game")).to_have_count(1)


@pytest.mark.parametrize("viewport", [PHONE, WALL], ids=["phone", "wall"])
def test_nothing_scrolls_sideways_or_jumps(league: Running, new_page: NewPage, viewport: dict[str, int]) -> None:
    game = f"calm-{viewport['width']}"
    page = opened(league, new_page, game, viewport=viewport)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    page.evaluate("""() => { window.shifted = 0; new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.shifted += one.value;
    }).observe({ type: "layout-shift" }); }""")
    for count in range(1, 5):
        league.write(game, [*SCORED, *(f"{one} 4{9 - one}:13 205 9 1" for one in range(2, 2 + count))])
        expect(card(page, game).locator(".points").last).to_have_text(str(count))
    assert page.evaluate("window.shifted") < 0.01


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(league: Running, new_page: NewPage, scheme: str) -> None:
    program = axe.script()
    (league.data / "gamestreams" / "torn.json").write_text("{", encoding="utf-8")
    for path, viewport in (("/", PHONE), ("/?delay=10", WALL), ("/standings", PHONE), ("/standings?sort=pct", WALL)):
        page = new_page(f"{league.address}{path}", viewport=viewport, color_scheme=scheme, bypass_csp=True)
        page.evaluate(program)
        violations = page.evaluate("axe.run().then((found) => found.violations)")
        assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
