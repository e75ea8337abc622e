import re
from html.parser import HTMLParser

import pytest

from pressbox.model.box_score import GoalkeeperLine, PlayerLine, PlayLine
from pressbox.model.summary import GameSummary
from pressbox.serve.hub import Hub, Newest
from pressbox.serve.pages import box_event, game_page, games_page
from pressbox.serve.rendering import STATIC, STATIC_ROOT
from tests.serve.conftest import Serve
from tests.serve.stand import Memory, batch, document, new_hub, services, team

EVIL = "<script>alert('\"1\"')</script>"
LIVE = GameSummary(game="game", state="live")


class Elements(HTMLParser):
    """All elements of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def rendered(hub: Hub | None = None, **fields: object) -> str:
    hub = hub or new_hub()
    hub.write(batch(document(**fields)))  # type: ignore[arg-type]
    return game_page(LIVE, hub.newest("game"))


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def test_whatever_a_feed_says_stays_text() -> None:
    side = team(101, EVIL, conference=EVIL, players=[PlayerLine(1, EVIL, EVIL)])
    play = PlayLine(1, 1, EVIL, "goal", 101, 1, EVIL, (1, 0), "voided")
    html = rendered(home=side, plays=[play], period_clock=EVIL)
    html += game_page(GameSummary(game=EVIL, state="waiting", problem=EVIL), None)
    html += games_page(
        [GameSummary(game=EVIL, state="live", home=EVIL, away=EVIL, clock=EVIL, problem=EVIL, event_id=1)]
    )
    scripts = [attributes for tag, attributes in Elements(html).found if tag == "script"]
    assert all((one["src"] or "").startswith(STATIC_ROOT) for one in scripts)
    assert "alert" in html
    assert "<script>" not in html


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(serve: Serve) -> None:
    memory = Memory()
    memory.put(document())
    client = serve(services(memory))
    for address in ("/", "/games/game", "/games/nobody"):
        answer = client.get(address)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        for tag, attributes in Elements(answer.text).found:
            assert tag != "style"
            assert tag != "script" or attributes["src"]
            assert not [name for name in attributes if name == "style" or name.startswith("on")]
            for name in ("src", "href"):
                assert (attributes.get(name) or "/").startswith(("/", "#"))
                assert not (attributes.get(name) or "").startswith("//")


def test_files_of_a_page_never_change_under_their_address(serve: Serve) -> None:
    client = serve(services(Memory()))
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/").text)
    assert len(addresses) == 3
    for address in addresses:
        answer = client.get(address)
        assert answer.content == (STATIC / address.removeprefix(f"{STATIC_ROOT}/")).read_bytes()
        assert "immutable" in answer.headers["cache-control"]


def test_the_first_paint_is_small() -> None:
    assert sum(file.stat().st_size for file in STATIC.iterdir()) + len(rendered()) < 100_000


@pytest.mark.parametrize(("fields", "told"), [({}, "live Q1 07:31"), ({"final": True, "period": 4}, "final")])
def test_how_the_game_stands_is_one_word(fields: dict[str, object], told: str) -> None:
    html = rendered(**fields)
    assert told in text_of(html)
    assert html.count('class="state') == 1


def test_overtimes_have_names() -> None:
    periods = {"shots_by_period": [1] * 6, "goals_by_period": [0] * 6}
    play = PlayLine(1, 6, "03:20", "faceoff", None, None, "faceoff", (0, 0))
    sides = {"home": team(101, "syracuse", **periods), "away": team(205, "johns hopkins", **periods)}
    text = text_of(rendered(period=6, period_clock="03:20", plays=[play], **sides))
    assert "Team 1 2 3 4 OT 2OT Total" in text
    assert "2OT 03:20 faceoff" in text


def test_what_is_not_reported_is_a_dash_and_never_a_zero() -> None:
    line = PlayerLine(1, "Ann Ash", "1", assists=2, turnovers=None, faceoffs_won=0, faceoffs_taken=3)
    side = team(101, "Home", players=[line], turnovers=None, goalkeepers=[GoalkeeperLine(2, "Gus Gray", "30")])
    text = text_of(rendered(home=side))
    assert "Players G A Sh Pct TO FO 1 Ann Ash 0 2 0 0.00 – 0–3 Team" in text
    assert "Goalkeepers GA Sv Min 30 Gus Gray 0 0 00:00" in text


def test_columns_the_format_does_not_know_are_left_out() -> None:
    assert "Players G Sh Pct 1 player 1 0 0 0.00" in text_of(rendered())


def test_points_have_a_row_of_their_own_where_goals_can_be_worth_two() -> None:
    sides = [team(one, name, score_by_period=[2, 0, 0, 0]) for one, name in ((101, "Home"), (205, "Away"))]
    assert "Score Home 2 0 0 0 2 Away 2 0 0 0 2 Goals Home 0" in text_of(rendered(home=sides[0], away=sides[1]))


@pytest.mark.parametrize("status", ["confirmed", "amended", "voided"])
def test_a_play_somebody_spoke_about_says_so(status: str) -> None:
    play = PlayLine(7, 2, "05:00", "goal", 101, 1, "goal by sam", (3, 2), status)  # type: ignore[arg-type]
    html = rendered(plays=[play], **{status: [7]})
    assert f"goal by sam {status} 3–2" in text_of(html)
    assert f"{status}: event 7." in text_of(html)
    assert f'data-announce="goal by sam, {status}, 3-2"' in html


def test_a_goal_is_announced_and_an_ordinary_shot_is_not() -> None:
    goal = PlayLine(7, 2, "05:00", "goal", 101, 1, "goal by sam", (3, 2))
    assert 'data-announce="goal by sam, 3-2"' in rendered(plays=[goal])
    assert 'data-announce=""' in rendered()


def test_the_end_is_announced_with_the_score() -> None:
    assert 'data-announce="final: syracuse 3, johns hopkins 2"' in rendered(
        final=True, home=team(101, "syracuse", 3), away=team(205, "johns hopkins", 2)
    )


def test_the_page_tells_how_old_its_data_is() -> None:
    seen = Newest(1, (1, 0), bytes(document().body), seen_ms=1_700_000_000_123)
    assert '<time datetime="2023-11-14T22:13:20.123+00:00">' in game_page(LIVE, seen)
    stored = Newest(1, (1, 0), bytes(document().body))
    assert "<time" not in game_page(LIVE, stored)
    assert "As of event 1, Q1 07:31" in text_of(game_page(LIVE, stored))


def test_every_table_has_a_caption_and_every_head_a_scope() -> None:
    found = Elements(
        rendered(home=team(1, "A", turnovers=None, shots=1), away=team(2, "B", turnovers=None, shots=1))
    ).found
    tags = [tag for tag, _ in found]
    assert tags.count("table") == tags.count("caption") == 4
    assert all("scope" in attributes for tag, attributes in found if tag == "th")


def test_the_moved_part_is_the_part_of_the_page_node_for_node() -> None:
    hub = new_hub()
    page = rendered(hub, event_id=3)
    newest = hub.newest("game")
    assert newest is not None
    lines = [
        line.removeprefix("data: ") for line in box_event(newest).decode().splitlines() if line.startswith("data:")
    ]
    moved = "\n".join(lines)
    assert f'">{moved}</div>' in page
    assert box_event(newest) is box_event(newest)


def test_a_game_without_a_document_says_what_will_be_here_and_what_is_missing() -> None:
    text = text_of(game_page(GameSummary(game="opener", state="waiting", problem="no rosters yet"), None))
    assert "opener no rosters yet The box score appears here by itself" in text


def test_no_games_is_a_page_of_its_own() -> None:
    assert "No games yet." in text_of(games_page([]))
    assert "pressbox simulate game" in text_of(games_page([]))


def test_the_list_shows_each_game_with_its_state() -> None:
    games = [
        GameSummary(
            game="a/b",
            state="live",
            home="syracuse",
            away="johns hopkins",
            home_score=3,
            period=5,
            clock="02:00",
            event_id=4,
        ),
        GameSummary(game="c", state="waiting", problem="no rosters yet"),
    ]
    html = games_page(games)
    assert "live OT 02:00 syracuse 3 johns hopkins 0 a/b waiting c no rosters yet" in text_of(html)
    assert 'href="/games/a%2Fb"' in html
