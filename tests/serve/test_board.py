import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.model.summary import GameSummary
from pressbox.serve.board import Board
from pressbox.serve.board_page import cards
from pressbox.serve.board_stream import BoardEvents
from pressbox.serve.board_view import FINALS_A_PAGE, Asked, select, select_page
from pressbox.serve.delay import DELAY_S_MAX
from pressbox.stream.clock import SystemClock
from tests.serve.conftest import Serve
from tests.serve.stand import Memory, Past, document, services, team
from tests.sources.fake_objects import FakeClock

MINUTE_MS = 60_000


def live(game: str, score: int = 0, **more: object) -> GameSummary:
    fields = {"state": "live", "home": "syracuse", "away": "johns hopkins", "period": 1, "clock": "07:31"}
    return GameSummary(game=game, home_score=score, event_id=score, **{**fields, **more})  # type: ignore[arg-type]


def final(game: str, updated_ms: int, **more: object) -> GameSummary:
    return live(game, state="final", updated_ms=updated_ms, **more)


class Stand:
    """A board that is told by hand, at a time that is told too."""

    def __init__(self, *summaries: GameSummary, past: Past | None = None) -> None:
        self.clock = FakeClock()
        self.listed = {one.game: one for one in summaries}
        self.board = Board(lambda: list(self.listed.values()), past or Past(), self.clock)

    def tell(self, *summaries: GameSummary) -> None:
        self.listed |= {one.game: one for one in summaries}
        self.board.put(summaries)

    def shown(self, delay_s: int = 0) -> dict[str, GameSummary]:
        return {one.game: one for one in self.board.all_at(self.board.version(delay_s))}


class Reader:
    """What somebody has who takes in the events of a board."""

    def __init__(self) -> None:
        self.has: dict[str, GameSummary] = {}
        self.last: str | None = None
        self.events = 0

    def take(self, chunk: bytes) -> None:
        fields = dict(line.split(": ", 1) for line in chunk.decode().splitlines() if ": " in line)
        if fields.get("event") not in ("whole", "changed"):
            return
        self.events += 1
        self.last = fields["id"]
        summaries = msgspec.json.decode(fields["data"], type=list[GameSummary])
        if fields["event"] == "whole":
            self.has.clear()
        self.has |= {one.game: one for one in summaries}


MOVES = st.lists(
    st.tuples(st.floats(0.0, 20.0), st.sampled_from("abc"), st.sampled_from(["live", "final"])), max_size=40
)


@given(moves=MOVES, delay_s=st.sampled_from([1, 10, 30, DELAY_S_MAX]))
def test_a_delayed_reader_sees_what_was_known_then_and_nothing_younger(
    moves: list[tuple[float, str, str]], delay_s: int
) -> None:
    stand = Stand(live("a"))
    known = [(stand.clock.now_ms(), stand.shown())]
    for score, (seconds, game, state) in enumerate(moves, 1):
        stand.clock.go(seconds)
        stand.tell(live(game, score, state=state))
        known.append((stand.board.newest, stand.shown()))
        stand.board.refresh()
        then = stand.clock.now_ms() - delay_s * 1000
        expected = [shown for when_ms, shown in known if when_ms <= then]
        assert stand.shown(delay_s) == (expected[-1] if expected else {"a": live("a")})


@given(moves=MOVES, cuts=st.sets(st.integers(0, 40)), delay_s=st.sampled_from([0, 3, 30]))
def test_a_reader_cut_off_at_any_point_ends_with_what_one_has_who_never_was(
    moves: list[tuple[float, str, str]], cuts: set[int], delay_s: int
) -> None:
    stand = Stand(live("a"))
    board = stand.board
    has, since = stand.shown(delay_s), board.version(delay_s)
    for step, (seconds, game, state) in enumerate(moves, 1):
        stand.clock.go(seconds)
        stand.tell(live(game, step, state=state))
        if step not in cuts:  # a reader who is cut off reads nothing, and goes on later from what it has
            version = board.version(delay_s)
            has |= {one: seen for one, seen in board.changed(since, version).items() if seen is not None}
            since = version
    stand.clock.go(delay_s + 1)  # many changes in one moment run a little ahead of the clock
    has |= {one: seen for one, seen in board.changed(since, board.version(delay_s)).items() if seen is not None}
    assert has == stand.shown()


def test_versions_only_grow_even_where_the_clock_is_set_back() -> None:
    stand = Stand()
    versions = [stand.board.newest]
    for score in range(5):
        stand.clock.go(-10)
        stand.tell(live("a", score))
        versions.append(stand.board.newest)
    assert all(before < after for before, after in pairwise(versions))


def test_the_past_is_kept_as_long_as_somebody_may_be_behind_and_no_longer() -> None:
    stand = Stand(live("a"))
    for score in range(2000):
        stand.clock.go(1)
        stand.tell(live("a", score))
    stand.board.refresh()
    assert stand.shown(DELAY_S_MAX)["a"].home_score == 1999 - DELAY_S_MAX
    assert len(stand.board._versions["a"]) < DELAY_S_MAX + 100
    assert len(stand.board._journal) < DELAY_S_MAX + 100


def test_a_reader_who_was_away_too_long_or_is_of_another_process_is_told_all() -> None:
    stand = Stand(live("a"))
    board, first = stand.board, stand.board.newest
    assert board.since(board.began, first) == first
    assert board.since(board.began - 1, first) is None
    assert board.since(board.began, first + 1) is None
    for score in range(3):
        stand.tell(live("a", score))
        stand.clock.go(DELAY_S_MAX * 2)
    board.refresh()
    assert board.since(board.began, first) is None
    assert board.since(board.began, board.newest) == board.newest


def test_what_nobody_told_is_found_by_a_look() -> None:
    stand = Stand(live("a"))
    waits = GameSummary(game="b", state="waiting", problem="no rosters yet")
    stand.listed |= {"b": waits, "a": live("a").with_problem("the feed shrank")}
    stand.board.refresh()
    assert stand.shown() == {"a": live("a").with_problem("the feed shrank"), "b": waits}
    before = stand.board.newest
    stand.board.refresh()
    assert stand.board.newest == before
    del stand.listed["b"]
    stand.board.refresh()
    assert list(stand.shown()) == ["a"]


def test_a_problem_stays_until_a_look_finds_that_it_is_gone() -> None:
    stand = Stand(live("a").with_problem("the feed shrank"), GameSummary(game="b", state="waiting", problem="no teams"))
    stand.tell(live("a", 1), live("b", 1))
    assert (stand.shown()["a"].problem, stand.shown()["b"].problem) == ("the feed shrank", "")
    stand.board.refresh()
    assert stand.shown()["a"].problem == ""


def test_what_was_before_the_process_is_asked_from_the_history() -> None:
    now_ms = FakeClock().now_ms()
    past = Past()
    past.times["a"] = [
        (now_ms - 40_000, bytes(document("a", home=team(101, "syracuse", 1)).body)),
        (now_ms - 10_000, bytes(document("a", home=team(101, "syracuse", 2)).body)),
    ]
    past.times["new"] = [(now_ms - 5_000, bytes(document("new").body))]
    began = [live("a", 2, updated_ms=now_ms - 10_000), live("new", updated_ms=now_ms - 5_000), final("old", 1)]
    stand = Stand(*began, past=past)
    assert {game: one.home_score for game, one in stand.shown(30).items()} == {"a": 1, "old": 0}
    since = stand.board.version(30)
    stand.clock.go(22)
    assert {game: one.home_score for game, one in stand.shown(30).items()} == {"a": 2, "old": 0}
    assert list(stand.board.changed(since, stand.board.version(30))) == ["a"]
    stand.clock.go(8)
    assert stand.shown(30) == {one.game: one for one in began}
    assert set(stand.board.changed(since, stand.board.version(30))) == {"a", "new"}


class Times:
    """A board in a loop of its own, with readers in it."""

    def __init__(self, *summaries: GameSummary) -> None:
        self.listed = {one.game: one for one in summaries}
        self.board = Board(lambda: list(self.listed.values()), Past(), SystemClock())
        self.events = BoardEvents(self.board)

    def tell(self, *summaries: GameSummary) -> None:
        self.listed |= {one.game: one for one in summaries}
        self.board.put(summaries)

    async def read(self, reader: Reader, until: Callable[[], bool], delay_s: int = 0) -> None:
        chunks: AsyncIterator[bytes] = self.events.summaries(Asked(delay_s=delay_s), reader.last, quiet_s=0.05)
        async for chunk in chunks:
            reader.take(chunk)
            if until():
                return


def test_a_burst_comes_as_few_events_and_ends_with_the_newest() -> None:
    async def scene() -> Reader:
        times, reader = Times(live("a"), live("b")), Reader()
        times.board.attach(asyncio.get_running_loop())

        async def burst() -> None:
            for score in range(1, 301):
                times.tell(live("a", score), live("b", score))
                await asyncio.sleep(0.002)

        telling = asyncio.create_task(burst())
        await times.read(reader, lambda: {one.home_score for one in reader.has.values()} == {300})
        await telling
        return reader

    reader = asyncio.run(scene())
    assert 2 <= reader.events <= 12


def test_a_reader_resumes_by_the_last_event_without_a_gap_or_a_double() -> None:
    async def scene() -> tuple[Reader, int]:
        times, reader = Times(live("a"), live("b")), Reader()
        times.board.attach(asyncio.get_running_loop())
        await times.read(reader, lambda: bool(reader.has))
        times.tell(live("a", 1))
        times.tell(live("a", 2))
        before = reader.events
        await times.read(reader, lambda: reader.has["a"].home_score == 2)
        return reader, reader.events - before

    reader, more = asyncio.run(scene())
    assert more == 1
    assert reader.has == {"a": live("a", 2), "b": live("b")}


def test_a_game_that_is_gone_is_gone_for_its_readers() -> None:
    async def scene() -> Reader:
        times, reader = Times(live("a"), GameSummary(game="b", state="waiting", problem="no teams")), Reader()
        times.board.attach(asyncio.get_running_loop())
        await times.read(reader, lambda: len(reader.has) == 2)
        del times.listed["b"]
        times.board.refresh()
        await times.read(reader, lambda: len(reader.has) == 1)
        return reader

    assert list(asyncio.run(scene()).has) == ["a"]


def test_a_delayed_stream_tells_a_goal_when_its_time_has_come() -> None:
    async def scene() -> float:
        times, reader = Times(live("a")), Reader()
        times.board.attach(asyncio.get_running_loop())
        await asyncio.sleep(0.01)
        times.tell(live("a", 1))
        told_ms = times.board.now_ms()
        await times.read(reader, lambda: "a" in reader.has and reader.has["a"].home_score == 1, delay_s=1)
        return times.board.now_ms() - told_ms

    assert 1000 <= asyncio.run(scene()) < 2000


def test_readers_go_home_when_the_board_ends() -> None:
    async def scene() -> int:
        times = Times(live("a"))
        times.board.attach(asyncio.get_running_loop())
        reader = Reader()
        await times.read(reader, lambda: bool(reader.has))
        reading = asyncio.create_task(times.read(reader, lambda: False))
        asyncio.get_running_loop().call_later(0.1, times.board.end)
        await reading
        return times.board.waiting()

    assert asyncio.run(scene()) == 0


@given(
    st.lists(
        st.builds(
            live,
            st.text(min_size=1, max_size=3),
            state=st.sampled_from(["live", "waiting", "final"]),
            updated_ms=st.none() | st.integers(0, 3),
        ),
        unique_by=lambda one: one.game,
    ),
    st.integers(1, 4),
)
def test_page_by_page_every_game_comes_once_in_the_order_of_all(games: list[GameSummary], limit: int) -> None:
    asked, seen = Asked(), list[GameSummary]()
    while True:
        selection = select(games, asked, limit)
        seen += selection.games
        if not selection.following:
            break
        asked = Asked(after=selection.following)
    assert seen == list(select(games, Asked(), len(games) + 1).games)
    assert sorted(one.game for one in seen) == sorted(one.game for one in games)


def test_a_page_has_all_games_going_on_and_the_newest_of_the_final_ones() -> None:
    games = [live(f"live {one}") for one in range(150)] + [final(f"final {one}", one) for one in range(100)]
    first = select_page(games, Asked())
    assert [one.game for one in first.of("final")] == [f"final {one}" for one in range(99, 99 - FINALS_A_PAGE, -1)]
    assert len(first.of("live")) == 150
    second = select_page(games, Asked(after=first.following))
    assert [one.game for one in second.games] == [f"final {one}" for one in range(99 - FINALS_A_PAGE, -1, -1)]
    assert second.following == ""


@pytest.fixture
def client(serve: Serve) -> httpx.Client:
    waiting = (
        GameSummary(game="opener", state="waiting", problem="no rosters yet"),
        live("derby", 3, away_score=1, home="Köln", updated_ms=SystemClock().now_ms(), last_play="goal by sam"),
        live("silent", updated_ms=SystemClock().now_ms() - 7 * MINUTE_MS),
        final("old", 1, period=6),
        final("new", 2),
    )
    return serve(services(Memory(), waiting=waiting))


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    return [one["game"] for one in answer.json()]


def test_the_list_of_games_is_filtered_and_goes_on_where_its_link_says(client: httpx.Client) -> None:
    assert names(client.get("/api/games")) == ["derby", "silent", "opener", "new", "old"]
    assert names(client.get("/api/games?state=final")) == ["new", "old"]
    assert names(client.get("/api/games", params={"q": "köl hopkins"})) == ["derby"]
    answer = client.get("/api/games?limit=2&q=hopkins")
    assert names(answer) == ["derby", "silent"]
    assert names(client.get(answer.links["next"]["url"])) == ["new", "old"]
    assert "next" not in client.get("/api/games").links


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "state=over", "after=nonsense", "delay=601", "delay=-1"])
def test_what_cannot_be_asked_of_the_games_is_refused_with_its_name(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/api/games?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{query.partition('=')[0]}: ")


@pytest.mark.parametrize("address", ["/", "/api/games", "/api/games/derby"])
def test_who_has_it_is_not_sent_it_again(client: httpx.Client, address: str) -> None:
    for _ in range(2):  # a minute may end between the two
        first = client.get(address)
        second = client.get(address, headers={"If-None-Match": first.headers["etag"]})
        if second.status_code == 304:
            break
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["cache-control"] == "no-cache"


def test_one_game_is_told_alone(client: httpx.Client) -> None:
    found = client.get("/api/games/derby").json()
    assert (found["home_score"], found["last_play"], found["state"]) == (3, "goal by sam", "live")
    assert client.get("/api/games/nobody").status_code == 404


def test_the_scoreboard_has_a_card_a_game_with_all_that_is_known(client: httpx.Client) -> None:
    html = client.get("/").text
    assert html.index('data-key="derby"') < html.index('data-key="opener"') < html.index('data-key="new"')
    derby = html[html.index('data-key="derby"') : html.index('data-key="silent"')]
    assert 'class="state live"' in derby
    assert "Q1 07:31" in derby
    assert 'leads"><span class="team">Köln' in derby
    assert "goal by sam" in derby
    assert 'data-said="Köln 3, johns hopkins 1"' in derby
    assert "no news for 7 min" in html
    assert "no rosters yet" in html
    assert "2OT" in html


def test_the_address_of_the_scoreboard_says_all_of_it(client: httpx.Client) -> None:
    html = client.get("/?state=live&q=k%C3%B6ln&delay=0").text
    assert 'data-key="derby"' in html
    assert 'data-key="silent"' not in html
    assert 'value="köln"' in html
    assert "No live game with “nowhere” in its name" in client.get("/?state=live&q=nowhere").text


def test_a_delay_is_said_and_goes_along_to_the_games() -> None:
    html = cards([live("a b")], Asked(delay_s=30))
    assert 'href="/games/a%20b?delay=30"' in html
    assert 'href="/games/a%20b"' in cards([live("a b")], Asked())


def test_a_delayed_scoreboard_says_so_in_one_place(client: httpx.Client) -> None:
    html = client.get("/?delay=30").text
    assert html.count("delayed by 30 s") == 1
    assert 'value="30" selected' in html


def test_no_games_is_a_page_of_its_own(serve: Serve) -> None:
    html = serve(services(Memory())).get("/").text
    assert "No games yet." in html
    assert "pressbox simulate game" in html


def test_whatever_a_feed_says_stays_text_on_a_card() -> None:
    evil = "<script>alert('\"1\"')</script>"
    html = cards([live(evil, home=evil, away=evil, clock=evil, problem=evil, last_play=evil)], Asked())
    assert "alert" in html
    assert "<script>" not in html


def test_the_streams_begin_with_all_games_where_the_reader_has_none(client: httpx.Client) -> None:
    for address, found in (("/api/stream", '"game":"derby"'), ("/stream?q=k%C3%B6ln", 'data-key="derby"')):
        said = ""
        with client.stream("GET", address) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                said += line
                if found in said:
                    break
        assert "event: whole" in said


def test_the_schema_tells_of_games_in_words_and_examples(client: httpx.Client) -> None:
    schema = client.get("/api/schema/openapi.json").json()
    assert set(schema["paths"]) >= {"/api/games", "/api/games/{name}", "/api/stream", "/api/standings"}
    fields = schema["components"]["schemas"]["GameSummary"]["properties"]
    assert fields["home"]["examples"] == ["syracuse"]
    assert "epoch ms" in fields["updated_ms"]["description"]
