from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressbox.errors import Unavailable
from pressbox.model.box_score import PlayLine
from pressbox.model.story import Change, Correction, Story
from pressbox.model.summary import GameSummary
from tests.serve.conftest import Serve
from tests.serve.stand import Memory, Past, document, services

NAMES = [
    "two words",
    "Fußball Köln",
    "quo\"te's",
    "a/b",
    "100%",
    "a%2Fb",
    "q?x=1&y",
    "#1",
    "<script>alert(1)</script>",
    "試合",
]


class Away(Memory):
    def newest(self, game: str) -> bytes | None:
        raise Unavailable(f"gone fishing with {game}", retry_after_s=2)


@pytest.fixture
def unbroken(serve: Serve) -> httpx.Client:
    return serve(services(filled(1)))


def filled(*events: int) -> Memory:
    memory = Memory()
    for event_id in events:
        memory.put(document(event_id=event_id, revision=event_id * 10, index=1))
    return memory


def test_the_newest_document_is_answered_as_it_is_stored(serve: Serve) -> None:
    memory = filled(1, 5)
    answer = serve(services(memory)).get("/api/games/game/boxscore")
    assert answer.content == memory.bodies["game"][5]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["etag"] == 'W/"50.1"'  # weak: httpx takes gzip


def test_a_moment_is_the_document_of_the_highest_event_up_to_it_and_names_its_permalink(serve: Serve) -> None:
    answer = serve(services(filled(1, 5, 9))).get("/api/games/game/boxscore?at=7")
    assert answer.json()["_id"] == 5
    assert answer.headers["link"] == '</api/games/game/boxscore?at=5&revision=50>; rel="permalink"'
    assert answer.headers["cache-control"] == "no-cache"


def test_a_permalink_gives_the_stored_bytes_for_ever(serve: Serve) -> None:
    body = bytes(document(event_id=5, revision=48).body)
    past = Past()
    past.bodies["game", 5, 48] = body
    client = serve(services(filled(5), past=past))
    answer = client.get("/api/games/game/boxscore?at=5&revision=48")
    assert answer.content == body
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/api/games/game/boxscore?at=5&revision=49").status_code == 404


@pytest.mark.parametrize("known", ['"50.1"', 'W/"50.1"', '"1.0", "50.1"', "*"])
def test_a_reader_who_has_it_is_not_sent_it_again(serve: Serve, known: str) -> None:
    answer = serve(services(filled(5))).get("/api/games/game/boxscore", headers={"If-None-Match": known})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", 'W/"50.1"')


def test_a_reader_who_has_another_is_sent_it(serve: Serve) -> None:
    answer = serve(services(filled(5))).get("/api/games/game/boxscore", headers={"If-None-Match": '"50.0"'})
    assert (answer.status_code, answer.json()["_id"]) == (200, 5)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("at=-1", "at"),
        ("at=two", "at"),
        ("at=1.5", "at"),
        ("at=9007199254740992", "at"),
        ("at=99999999999999999999999", "at"),
        ("at=1&revision=-1", "revision"),
        ("at=1&revision=x", "revision"),
        ("revision=3", "revision"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(serve: Serve, query: str, named: str) -> None:
    answer = serve(services(filled(1))).get(f"/api/games/game/boxscore?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{named}: ")


def test_what_is_not_there_is_said(serve: Serve) -> None:
    client = serve(services(filled(5), waiting=(GameSummary(game="to come", state="waiting"),)))
    missing = {
        "/api/games/nobody/boxscore": "there is no game 'nobody'",
        "/api/games/nobody/stream": "there is no game 'nobody'",
        "/api/games/to%20come/boxscore": "game 'to come' has no document yet",
        "/api/games/game/boxscore?at=4": "game 'game' has no document at or before event 4",
        "/api/games/game/boxscore?at=5&revision=3": "game 'game' has no document of event 5 and revision 3",
    }
    for address, detail in missing.items():
        answer = client.get(address)
        assert (answer.status_code, answer.json()["detail"]) == (404, detail)


@pytest.mark.parametrize("name", NAMES)
def test_a_game_may_be_called_anything(serve: Serve, name: str) -> None:
    memory = Memory()
    memory.put(document(name))
    client = serve(services(memory))
    quoted = quote(name, safe="")
    answer = client.get(f"/api/games/{quoted}/boxscore")
    assert answer.json()["game"] == name
    assert f"</api/games/{quoted}/boxscore?at=1&revision=1>" in answer.headers["link"]
    assert client.get(f"/games/{quoted}").status_code == 200


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(path=st.text(st.characters(exclude_categories=["Cs"]), max_size=30), query=st.text(max_size=20))
def test_nothing_that_is_asked_is_a_bug(unbroken: httpx.Client, path: str, query: str) -> None:
    address = f"/api/games/{quote(path, safe='')}/boxscore?at={quote(query)}"
    assert unbroken.get(address).status_code in (400, 404)


def test_a_store_that_is_away_is_said_with_when_to_ask_again(serve: Serve) -> None:
    memory = Away()
    answer = serve(services(memory)).get("/api/games/game/boxscore")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json() == {"error": "Unavailable", "detail": "gone fishing with game"}


def test_the_schema_names_every_address_of_programs(serve: Serve) -> None:
    paths = serve(services(Memory())).get("/api/schema/openapi.json").json()["paths"]
    assert set(paths) >= {"/api/games", "/api/games/{name}/boxscore", "/api/games/{name}/stream"}


def told(event_id: int, revision: int) -> Past:
    past = Past()
    play = PlayLine(event_id, 1, "07:31", "goal", 101, 1, "goal by sam", (1, 0))
    correction = Correction(revision, 1000, "corrected", (Change(event_id, None, play),))
    past.stories["game", event_id, revision] = Story("game", 1, event_id, revision, 1000, 990, (play,), (correction,))
    past.bodies["game", event_id, revision] = bytes(document(event_id=event_id, revision=revision).body)
    return past


def test_the_plays_of_a_moment_are_told_with_what_was_corrected(serve: Serve) -> None:
    client = serve(services(filled(5), past=told(5, 50)))
    answer = client.get("/api/games/game/plays")
    assert [play["text"] for play in answer.json()["plays"]] == ["goal by sam"]
    assert answer.json()["corrections"][0]["changes"][0]["before"] is None
    assert answer.headers["cache-control"] == "no-cache"
    tag = answer.headers["etag"]
    assert client.get("/api/games/game/plays", headers={"If-None-Match": tag}).status_code == 304


def test_the_plays_of_a_permalink_are_the_same_for_ever(serve: Serve) -> None:
    answer = serve(services(filled(5), past=told(3, 30))).get("/api/games/game/plays?at=3&revision=30")
    assert (answer.status_code, answer.json()["event_id"]) == (200, 3)
    assert "immutable" in answer.headers["cache-control"]


def test_plays_the_log_no_longer_holds_are_said_to_be_gone(serve: Serve) -> None:
    answer = serve(services(filled(5))).get("/api/games/game/plays")
    assert (answer.status_code, "retention" in answer.json()["detail"]) == (404, True)


def test_the_api_describes_its_plays(serve: Serve) -> None:
    schema = serve(services(filled())).get("/api/schema/openapi.json").json()
    described = schema["paths"]["/api/games/{name}/plays"]["get"]["responses"]["200"]
    assert "Story" in str(described)
    assert {"plays", "corrections"} <= set(schema["components"]["schemas"]["Story"]["properties"])
