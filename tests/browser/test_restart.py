import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.running import Running

pytestmark = pytest.mark.browser

LINES = ["0 59:51 101 6 1", "1 57:06 205 1 0", "2 56:13 205 9 1"]


@pytest.fixture
def own_pressbox(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "data")
    running.start()
    yield running
    running.stop()


def test_a_page_survives_a_restart_and_gets_what_came_meanwhile(own_pressbox: Running, new_page: NewPage) -> None:
    own_pressbox.write("game", LINES[:1])
    page = new_page(own_pressbox.address, "game", expected=("ERR_",))
    word = page.locator("[data-connection]")
    expect(word).to_have_text("connected")
    page.evaluate("window.before = 'the same page'")
    own_pressbox.stop()
    expect(word).to_have_text("reconnecting")
    own_pressbox.write("game", LINES)
    own_pressbox.start()
    expect(page.locator(".data")).to_contain_text("As of event 2,")
    expect(word).to_have_text("connected")
    assert page.locator(".points").all_inner_texts() == ["1", "1"]
    assert page.evaluate("window.before") == "the same page"


@pytest.mark.parametrize("signal", [SIGTERM, SIGINT])
def test_the_process_stops_at_once_and_in_silence_while_pages_are_open(
    own_pressbox: Running, new_page: NewPage, signal: Signals
) -> None:
    own_pressbox.write("game", LINES)
    pages = [new_page(own_pressbox.address, "game", expected=("ERR_",)) for _ in range(3)]
    for page in pages:
        expect(page.locator("[data-connection]")).to_have_text("connected")
    began_s = time.monotonic()
    assert own_pressbox.stop(signal) == ""
    assert time.monotonic() - began_s < 2
