import re
import time

import httpx
import pytest

from pressbox.model.box_score import PlayLine
from pressbox.model.summary import GameSummary
from pressbox.serve.hub import Newest
from pressbox.serve.widget import embed_address, help_page, missing_widget, widget_event, widget_page
from tests.serve.conftest import Serve
from tests.serve.stand import Memory, Past, batch, document, new_hub, services, team

EVIL = "<script>alert('\"1\"')</script>"


def newest(**fields: object) -> Newest:
    hub = new_hub()
    hub.write(batch(document(**fields)))  # type: ignore[arg-type]
    found = hub.newest("game")
    assert found is not None
    return found


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition('class="part"')[2].partition(">")[2]).split())


@pytest.fixture
def client(serve: Serve) -> httpx.Client:
    memory = Memory()
    memory.put(document(home=team(101, "syracuse", 3)))
    return serve(services(memory, waiting=(GameSummary(game="early", state="waiting"),)))


def test_the_score_is_there_without_javascript(client: httpx.Client) -> None:
    answer = client.get("/embed/v1/games/game")
    assert words(answer.text).startswith("live reconnecting Q1 07:31 syracuse 3 johns hopkins 0 shot number 1")
    assert "set-cookie" not in answer.headers


def test_only_the_widget_may_be_framed_by_others(client: httpx.Client) -> None:
    for address, ancestors in (
        ("/embed/v1/games/game", "*"),
        ("/embed/v1/games/nobody", "*"),
        ("/embed", "'self'"),
        ("/", "'self'"),
        ("/games/game", "'self'"),
        ("/embedded", "'self'"),
        ("/%65mbed/v1/games/game", "'self'"),
    ):
        policy = client.get(address).headers["content-security-policy"]
        assert policy.endswith(f"frame-ancestors {ancestors}"), address
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")


def test_the_link_opens_the_game_elsewhere_and_keeps_the_delay() -> None:
    assert '<a class="score" href="/games/game?delay=30" target="_blank" rel="noopener">' in widget_page(
        "game", newest(), "", 30
    )


def test_the_scheme_is_the_reader_s_unless_the_address_says_otherwise(client: httpx.Client) -> None:
    def scheme(query: str) -> str:
        return client.get(f"/embed/v1/games/game{query}").text.partition("<html")[2].partition(">")[0]

    assert scheme("") == ' lang="en"'
    assert scheme("?theme=dark") == ' lang="en" class="dark"'
    assert client.get("/embed/v1/games/game?theme=pink").status_code == 400


def test_a_game_that_is_not_there_is_said_in_the_frame(client: httpx.Client) -> None:
    answer = client.get("/embed/v1/games/nobody")
    assert answer.status_code == 404
    assert words(answer.text) == "nobody There is no such game here."


def test_a_game_before_its_first_event_waits_in_the_frame(client: httpx.Client) -> None:
    assert "waiting reconnecting early The score appears here by itself." in words(
        client.get("/embed/v1/games/early").text
    )


def test_its_stream_sends_what_the_page_shows(client: httpx.Client) -> None:
    with client.stream("GET", "/embed/v1/games/game/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = iter(answer.iter_lines())
        sent = next(line for line in lines if line.startswith("data: <a"))
    assert sent.removeprefix("data: ") in client.get("/embed/v1/games/game").text


def test_a_delay_is_said_and_given_to_the_stream() -> None:
    html = widget_page("game", newest(), "", 30)
    assert "delayed by 30 s" in html
    assert "/embed/v1/games/game/stream?after=1.0&amp;delay=30" in html
    assert b"delayed by 30 s" in widget_event(newest(), "game", 30)
    assert (
        "delayed"
        not in widget_page("game", newest(final=True), "", 30).partition('class="line')[0].partition("head")[2]
    )


def test_a_delayed_reader_is_told_nothing_younger(serve: Serve) -> None:
    memory, past = Memory(), Past()
    then, now = document(event_id=1, home=team(101, "syracuse", 3)), document(event_id=2, revision=2)
    memory.put(now)
    now_ms = time.time_ns() // 1_000_000
    past.times["game"] = [(now_ms - 60_000, bytes(then.body)), (now_ms - 1_000, bytes(now.body))]
    client = serve(services(memory, past=past))
    assert "syracuse 3 johns hopkins 0 shot number 1" in words(client.get("/embed/v1/games/game?delay=30").text)
    with client.stream("GET", "/embed/v1/games/game/stream?delay=30") as answer:
        lines = iter(answer.iter_lines())
        assert next(line for line in lines if line.startswith("id:")) == "id: 1.0"


def test_what_readers_share_is_made_once() -> None:
    one = newest()
    assert widget_event(one, "game", 0) is widget_event(one, "game", 0)


def test_whatever_a_feed_says_stays_text() -> None:
    play = PlayLine(1, 1, EVIL, "goal", 101, 1, EVIL, (1, 0), "voided")
    html = widget_page(EVIL, newest(home=team(101, EVIL), plays=[play], period_clock=EVIL), "", 0)
    html += widget_page(EVIL, None, "", 0) + missing_widget(EVIL, "") + help_page(EVIL, [EVIL], EVIL, "", 0)
    assert "alert" in html
    assert "<script>" not in html


def test_the_markup_to_copy_is_the_address_shown(client: httpx.Client) -> None:
    html = client.get("/embed", params={"game": "game", "theme": "dark", "delay": 30}).text
    address = embed_address("game", theme="dark", delay=30).replace("&", "&amp;")
    assert address == "/embed/v1/games/game?theme=dark&amp;delay=30"
    assert f'<iframe src="{address}"' in html
    assert f'&lt;iframe src="{client.base_url}{address}"' in html.replace("&amp;amp;", "&amp;")


def test_without_a_game_the_page_says_how_to_get_one(serve: Serve) -> None:
    assert "pressbox simulate game" in serve(services(Memory())).get("/embed").text
