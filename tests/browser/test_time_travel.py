"""The time slider, its permalinks, corrections while one watches, and the spoiler delay."""

import re
import time
from itertools import islice

import pytest
from playwright.sync_api import Page, expect

from pressbox.cli.running import ask
from pressbox.codec.playbyplay import read_playbyplay
from pressbox.simulate.playbyplay import simulate_playbyplay
from tests.browser import axe
from tests.browser.conftest import NewPage
from tests.browser.running import Running

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
LINES = ["0 59:51 101 6 1", "1 57:06 205 1 0", "2 56:13 205 9 1", "3 50:00 101 6 1"]
RICH = [moment.body for moment in islice(simulate_playbyplay(11).moments(), 60)]


def shows_event(page: Page, event_id: int) -> None:
    expect(page.locator(".data")).to_contain_text(f"As of event {event_id},")


def is_connected(page: Page) -> None:
    expect(page.locator("[data-connection]")).to_have_text("connected")


def events_listed(page: Page) -> list[str]:
    found: list[str] = page.locator("[data-all-plays] li").evaluate_all("(all) => all.map((one) => one.dataset.key)")
    return found


def points(page: Page) -> list[str]:
    return page.locator(".points").all_inner_texts()


def test_any_event_of_a_game_has_an_address_that_shows_the_same_bytes_in_another_browser(
    pressbox: Running, new_page: NewPage
) -> None:
    pressbox.write_body("permalinks", RICH[-1], ".json")
    page = new_page(pressbox.address, "permalinks")
    newest = int(page.locator("[data-event]").get_attribute("data-event") or "")
    seen = {}
    for event_id in range(newest + 1):
        answer = page.context.request.get(f"{pressbox.address}/games/permalinks?at={event_id}")
        assert "revision=" in answer.url
        seen[answer.url] = answer.body()
    assert len(seen) == len(read_playbyplay(RICH[-1]).entries)
    pressbox.write("permalinks-other", LINES)
    ask(pressbox.data, None, "games_void", game="permalinks", event_id=newest)
    other = new_page(pressbox.address)
    for address, body in seen.items():
        assert other.context.request.get(address).body() == body


def test_the_slider_travels_through_the_game_and_back_to_live(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("slides", LINES)
    page = new_page(pressbox.address, "slides")
    is_connected(page)
    page.evaluate("window.before = 'the same page'")
    page.get_by_label("Event").fill("1")
    shows_event(page, 1)
    assert points(page) == ["1", "0"]
    assert events_listed(page) == ["0", "1"]
    expect(page.locator("[data-connection]")).to_have_text("event 1")
    expect(page).to_have_url(re.compile(r"/games/slides\?at=1&revision=\d+$"))
    assert page.title() == "syracuse 1–0 johns hopkins · Q1 12:06 – pressbox"
    assert page.evaluate("window.before") == "the same page"
    pressbox.write("slides", [*LINES, "4 49:00 205 9 1"])
    page.get_by_role("link", name="Live").click()
    shows_event(page, 4)
    is_connected(page)


def test_the_game_going_on_moves_no_moment_somebody_looks_at(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("stands", LINES)
    page = new_page(pressbox.address, "stands")
    watcher = new_page(pressbox.address, "stands")
    is_connected(page)
    page.get_by_label("Event").fill("1")
    shows_event(page, 1)
    pressbox.write("stands", [*LINES, "4 49:00 205 9 1"])
    shows_event(watcher, 4)
    shows_event(page, 1)


def test_the_keys_step_through_time(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("steps", LINES)
    page = new_page(pressbox.address, "steps")
    is_connected(page)
    for key, event_id in (("ArrowLeft", 2), ("ArrowLeft", 1), ("ArrowRight", 2), ("Home", 0)):
        page.keyboard.press(key)
        shows_event(page, event_id)
    page.keyboard.press("End")
    shows_event(page, 3)
    is_connected(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("one event earlier, later")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_time_travel_needs_no_javascript(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("scriptless", LINES)
    page = new_page(pressbox.address, "scriptless", java_script_enabled=False)
    page.get_by_role("link", name="earlier").click()
    shows_event(page, 2)
    page.get_by_role("link", name="earlier").click()
    shows_event(page, 1)
    page.get_by_role("link", name="later").click()
    shows_event(page, 2)
    page.get_by_role("link", name="later").click()
    page.get_by_role("link", name="later").click()
    shows_event(page, 3)
    assert "?" not in page.url
    page.get_by_role("link", name="Q1 14:51").first.click()
    shows_event(page, 0)


def test_a_correction_made_while_one_watches_is_seen_and_named(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("corrected", LINES)
    page = new_page(pressbox.address, "corrected")
    is_connected(page)
    ask(pressbox.data, None, "games_void", game="corrected", event_id=0)
    named = "Voided by the scorer: event 0, goal by sam, is voided"
    expect(page.locator("[data-announced]")).to_have_text(named)
    expect(page.locator(".word")).to_have_text(named)
    expect(page.locator("[data-all-plays] [data-key='0']")).to_contain_text("voided")
    assert points(page) == ["1", "1"]
    pressbox.write("corrected", [*LINES[:2], "2 56:13 205 9 0", LINES[3]])
    named = "Corrected by the feed: event 2 is shot on goal by julia at Q1 11:13, it was goal by julia at Q1 11:13"
    expect(page.locator(".corrections li").first).to_contain_text(named)
    expect(page.locator(".corrections li")).to_have_count(2)
    expect(page.locator("[data-all-plays] [data-key='2']")).to_contain_text("shot on goal by julia")
    assert points(page) == ["1", "0"]
    assert events_listed(page) == ["0", "1", "2", "3"]


def test_an_event_that_is_taken_back_leaves_the_page(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("taken-back", LINES)
    page = new_page(pressbox.address, "taken-back")
    is_connected(page)
    pressbox.write("taken-back", LINES[:3])
    shows_event(page, 2)
    expect(page.locator(".word")).to_have_text(
        "Corrected by the feed: event 3 taken back, it was goal by sam at Q1 05:00"
    )
    expect(page.locator("[data-all-plays] li")).to_have_count(3)


def test_a_moment_that_was_corrected_since_says_so(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("superseded", LINES)
    page = new_page(pressbox.address, "superseded")
    page.get_by_role("link", name="This moment").click()
    expect(page.locator(".superseded")).to_be_hidden()
    ask(pressbox.data, None, "games_void", game="superseded", event_id=0)
    page.reload()
    page.get_by_role("link", name="As it is told now").click()
    expect(page.locator(".word")).to_contain_text("Voided by the scorer")
    assert points(page) == ["1", "1"]


def test_many_plays_at_once_are_all_there_and_each_once(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write_body("leaps", RICH[5], ".json")
    page = new_page(pressbox.address, "leaps")
    is_connected(page)
    for body in RICH[25:60:17]:
        pressbox.write_body("leaps", body, ".json")
        plays = len(read_playbyplay(body).entries)
        expect(page.locator("[data-event]")).to_have_attribute("data-plays", str(plays))
        expect(page.locator("[data-all-plays] li")).to_have_count(plays)
        listed = events_listed(page)
        assert listed == sorted(set(listed), key=int)


def test_a_delayed_viewer_sees_the_game_as_it_was_and_then_as_it_went_on(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("delayed", LINES[:1])
    page = new_page(pressbox.address, "delayed")
    shows_event(page, 0)
    begun_s = time.monotonic()
    page.goto(f"{pressbox.address}/games/delayed?delay=4")
    expect(page.locator("[data-connection]")).to_have_text("delayed by 4 s")
    shows_event(page, 0)
    pressbox.write("delayed", LINES[:2])
    shows_event(page, 1)
    assert time.monotonic() - begun_s > 4
    page.get_by_label("Spoiler delay").select_option("30 s")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"\?delay=30$"))
    expect(page.get_by_text("appears here by itself")).to_be_visible()


def test_the_page_says_how_many_milliseconds_each_stage_took(pressbox: Running, new_page: NewPage) -> None:
    pressbox.write("traced", LINES[:1])
    page = new_page(pressbox.address, "traced")
    is_connected(page)
    pressbox.write("traced", LINES[:2])
    shows_event(page, 1)
    expect(page.locator(".trace")).to_have_text(
        re.compile(r"^file to log \d+ ms → log to document \d+ ms → document to page \d+ ms$")
    )
    expect(page.locator("[data-age]")).to_have_text(re.compile(r"^(just now|\d+ s ago)$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_moment(pressbox: Running, new_page: NewPage, scheme: str) -> None:
    pressbox.write("axe-moment", LINES)
    page = new_page(pressbox.address, "axe-moment", viewport=PHONE, color_scheme=scheme, bypass_csp=True)
    page.get_by_role("link", name="This moment").click()
    page.evaluate(axe.script())
    violations = page.evaluate("axe.run().then((found) => found.violations)")
    assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
