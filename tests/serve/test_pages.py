import re
from html.parser import HTMLParser

import msgspec
import pytest

from pressbox.model.box_score import GoalkeeperLine, PlayerLine, PlayLine
from pressbox.model.story import Change, Correction, Story
from pressbox.serve.hub import Hub, Newest
from pressbox.serve.pages import Shown, live_page, moment_page, part_event
from pressbox.serve.rendering import STATIC, STATIC_ROOT
from tests.serve.conftest import Serve
from tests.serve.stand import Memory, Past, batch, document, new_hub, services, team

EVIL = "<script>alert('\"1\"')</script>"
NOW_MS = 1_700_000_000_000


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
    return live(hub.newest("game"))


def live(newest: Newest | None, story: Story | None = None) -> str:
    return live_page("game", None if newest is None else Shown("game", newest, story), now_ms=NOW_MS)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def test_whatever_a_feed_says_stays_text() -> None:
    side = team(101, EVIL, conference=EVIL, players=[PlayerLine(1, EVIL, EVIL)])
    play = PlayLine(1, 1, EVIL, "goal", 101, 1, EVIL, (1, 0), "voided")
    html = rendered(home=side, plays=[play], period_clock=EVIL)
    html += live_page(EVIL, None, now_ms=NOW_MS, problem=EVIL)
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
    assert len(addresses) == 4
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
    assert f'data-announce="goal by sam, {status}, 3-2"' in html


def test_a_goal_is_announced_and_an_ordinary_shot_is_not() -> None:
    goal = PlayLine(7, 2, "05:00", "goal", 101, 1, "goal by sam", (3, 2))
    assert 'data-announce="goal by sam, 3-2"' in rendered(plays=[goal])
    assert 'data-announce=""' in rendered()


def test_the_end_is_announced_with_the_score() -> None:
    assert 'data-announce="final: syracuse 3, johns hopkins 2"' in rendered(
        final=True, home=team(101, "syracuse", 3), away=team(205, "johns hopkins", 2)
    )


def test_the_page_tells_how_old_its_data_is_and_where_the_time_went() -> None:
    story = Story("game", 1, 1, 1, NOW_MS - 2000, NOW_MS - 2010, (), ())
    html = live(Newest(1, (1, 0), bytes(document().body), seen_ms=NOW_MS - 1996), story)
    assert "As of event 1, Q1 07:31, in the log since 22:13:18 UTC" in text_of(html)
    assert "file to log 10 ms → log to document 4 ms" in text_of(html)
    assert f'data-logged-ms="{NOW_MS - 2000}"' in html
    assert "As of event 1, Q1 07:31." in text_of(live(Newest(1, (1, 0), bytes(document().body))))


def test_a_game_nothing_was_heard_of_for_long_is_called_stale() -> None:
    newest = Newest(1, (1, 0), bytes(document().body))
    assert "stale Q1 07:31" in text_of(live(newest, Story("game", 1, 1, 1, NOW_MS - 301_000, None, (), ())))
    assert "live Q1 07:31" in text_of(live(newest, Story("game", 1, 1, 1, NOW_MS - 299_000, None, (), ())))


def test_a_moment_says_nothing_that_time_changes() -> None:
    newest = Newest(1, (1, 0), bytes(document().body))
    html = moment_page(Shown("game", newest, Story("game", 1, 1, 1, NOW_MS, None, (), ())))
    assert "data-now-ms" not in html
    assert "data-stream" not in html
    assert "event 1" in text_of(html)
    assert 'href="/games/game?at=1&amp;revision=1"' in html


def test_corrections_are_shown_with_their_plays() -> None:
    goal = PlayLine(7, 2, "05:00", "goal", 101, 1, "goal by sam", (3, 2))
    voided = msgspec.structs.replace(goal, status="voided")
    correction = Correction(1, NOW_MS, "voided", (Change(7, goal, voided),))
    text = text_of(
        live(Newest(1, (1, 0), bytes(document().body)), Story("game", 1, 1, 1, NOW_MS, None, (), (correction,)))
    )
    assert "Corrections 22:13:20 UTC Voided by the scorer: event 7, goal by sam, is voided" in text
    assert "None so far." in text_of(rendered())


def test_who_leads_is_told_for_both_sides() -> None:
    side = team(101, "Home", players=[PlayerLine(1, "Ann Ash", "1", goals=2), PlayerLine(2, "Bea Bay", "2", goals=3)])
    assert "Goals Bea Bay 3 –" in text_of(rendered(home=side))


def test_every_table_has_a_caption_and_every_head_a_scope() -> None:
    found = Elements(
        rendered(home=team(1, "A", turnovers=None, shots=1), away=team(2, "B", turnovers=None, shots=1))
    ).found
    tags = [tag for tag, _ in found]
    assert tags.count("table") == tags.count("caption") == 6
    assert all("scope" in attributes for tag, attributes in found if tag == "th")


def test_the_moved_part_is_the_part_of_the_page_node_for_node() -> None:
    hub = new_hub()
    page = rendered(hub, event_id=3)
    newest = hub.newest("game")
    assert newest is not None
    part = part_event(Past())
    lines = [line.removeprefix("data: ") for line in part(newest).decode().splitlines() if line.startswith("data:")]
    moved = "\n".join(lines)
    assert f'">{moved}</div>' in page
    assert part(newest) is part(newest)


def test_a_game_without_a_document_says_what_will_be_here_and_what_is_missing() -> None:
    text = text_of(live_page("opener", None, now_ms=NOW_MS, problem="no rosters yet"))
    assert "opener no rosters yet The box score appears here by itself" in text
