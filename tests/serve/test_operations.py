import asyncio
import re
from typing import Any

import httpx
import msgspec
import pytest

from pressbox.model.overview import (
    DeadLettersOverview,
    Flow,
    GameProblem,
    GamesOverview,
    Latency,
    OpenDeadLetter,
    Overview,
    PartitionOverview,
    RestartOverview,
    SensorsOverview,
)
from pressbox.serve.app import create_app
from pressbox.serve.operations_routes import parts
from pressbox.serve.operations_view import operations_page, operations_part, pieces, size
from tests.serve.conftest import Serve
from tests.serve.stand import Memory, overview, part, services

EVIL = "<script>alert('1')</script>"
LETTER = OpenDeadLetter(
    "3f9a", "game", 41, f"no player {EVIL}", EVIL, "pressbox deadletters replay 3f9a", 1_800_000_000_000
)
BUSY = overview(
    parts=(
        part("source", flow=Flow(1234, 56, (0, 3, 1, 9), 1_800_000_000_500)),
        part("fold", lag_records=31, lag_s=1.54, standing="moving", latency=Latency((99, 0, 1, *[0] * 9), 1.0)),
        part("documents", standing="broken", problem="no disk", lag_records=2048, lag_s=77.7, cursors={0: 4096}),
    ),
    partitions=(
        PartitionOverview("boxscores", 3, 2, 5, 6144, 24 << 20),
        PartitionOverview("games", 0, 0, 0, 8, 1 << 30),
    ),
    games=GamesOverview({"live": 3, "waiting": 1, "final": 9876}, 2, (), 1, (GameProblem(EVIL, EVIL),)),
    dead_letters=DeadLettersOverview(70, (LETTER,)),
    restart=RestartOverview(
        is_first=False,
        was_clean=False,
        recovery_s=0.75,
        records_folded_again=9_123,
        results_appended=14,
        groups_cut=("an unfinished group of 12 bytes",),
        results_offered={"documents": 2055},
    ),
)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2] or html).split())


def row(html: str, key: str) -> str:
    found = re.search(rf'<tr data-key="{key}">.*?</tr>', html, re.DOTALL)
    assert found is not None
    return text_of(found[0])


def test_every_number_of_the_page_is_that_of_the_overview() -> None:
    html = operations_part(BUSY)
    assert row(html, "source").startswith("source embedded watching – – 1,234 56 source: 4 in five minutes, at most 3")
    assert row(html, "source").endswith("– 2027-01-15 08:00:00")
    assert row(html, "fold") == "fold embedded moving 31 1.5 0 0 – 0.005 –"
    assert row(html, "documents") == "documents embedded broken 2,048 77.7 0 0 – – –"
    assert row(html, "boxscores 3") == "boxscores 3 2 5 6,144 24.0 MB documents –"
    assert row(html, "games 0") == "games 0 0 0 8 1.0 GB fold 7"
    assert row(html, "3f9a").startswith("game 41 no player")
    assert row(html, "3f9a").endswith("pressbox deadletters replay 3f9a 2027-01-15 08:00:00")
    text = text_of(html)
    assert "Refused 70 open, the newest 1 here; all: pressbox deadletters list" in text
    assert "Records folded again 9,123 in 750 ms" in text
    assert "Results appended that a crash had kept back 14 Unfinished groups cut 1" in text
    assert "Results offered again to documents 2,055 an unfinished group of 12 bytes" in text
    assert "live 3 waiting 1 final 9,876" in text
    assert "live, nothing new for 15 min 2 held up 1 readers of live pages 3" in text
    assert "The log 5.0 GB free of 9.0 GB" in text


def test_the_verdict_is_said_first_with_its_reasons_and_what_to_do() -> None:
    assert text_of(operations_part(overview())).startswith("Everything moves Nothing is behind, nothing was refused.")
    html = operations_part(BUSY)
    assert text_of(html).startswith("Something is refused or broken store documents: no disk it is tried again")
    assert "<code>pressbox games list</code>" in html
    assert "<title>Something is refused or broken – pressbox</title>" in operations_page(BUSY, 10)


@pytest.mark.parametrize(
    ("restart", "told"),
    [
        ({"is_first": True, "was_clean": True}, "nothing: the log was empty"),
        ({"is_first": False, "was_clean": True}, "clean: the log had been closed"),
        ({"is_first": False, "was_clean": False}, "not clean : the process ended without closing the log"),
    ],
)
def test_how_the_last_end_was_is_told(restart: dict[str, bool], told: str) -> None:
    seen = RestartOverview(recovery_s=0, records_folded_again=0, results_appended=0, **restart)
    assert f"Before that {told} Records" in text_of(operations_part(overview(restart=seen)))


def test_whatever_was_refused_stays_text() -> None:
    html = operations_page(BUSY, 10)
    assert "alert" in html
    assert EVIL not in html


def test_the_moved_part_is_the_part_of_the_page_node_for_node() -> None:
    assert f'">{operations_part(BUSY)}</div>' in operations_page(BUSY, 10)


def test_an_empty_pressbox_says_what_will_be_here_and_how_to_begin() -> None:
    html = operations_part(overview(games=GamesOverview({"live": 0, "waiting": 0, "final": 0})))
    assert "No games yet. To see one now: pressbox simulate game" in text_of(html)
    assert "Nothing was refused." in text_of(html)


def test_dead_letters_nobody_can_read_are_not_none() -> None:
    html = operations_part(overview(dead_letters=DeadLettersOverview(problem="away")))
    assert "Nothing was refused. An entry" not in text_of(html)


def test_every_table_and_head_is_named() -> None:
    html = operations_part(BUSY)
    assert html.count("<table>") == html.count('role="region" aria-label=') == 3
    assert len(re.findall(r"<th [^>]*scope=", html)) == len(re.findall(r"<th[ >]", html))
    assert "style=" not in html


def test_commands_stand_between_backticks() -> None:
    assert list(pieces("look; `a b` or `c`")) == [("look; ", False), ("a b", True), (" or ", False), ("c", True)]


def test_sizes_are_in_units_people_think_in() -> None:
    assert [size(one) for one in (0, 8 << 20, 3 << 29)] == ["0.0 MB", "8.0 MB", "1.5 GB"]


def test_the_page_and_its_json_are_of_one_overview(serve: Serve) -> None:
    client = serve(services(Memory(), seen=lambda: BUSY))
    page, told = client.get("/operations"), client.get("/api/operations")
    assert operations_part(BUSY) in page.text
    assert msgspec.json.decode(told.content, type=Overview) == BUSY
    assert page.headers["cache-control"] == told.headers["cache-control"] == "no-store"


def asked(host: str, path: str, operators: tuple[str, ...]) -> httpx.Response:
    async def scene() -> httpx.Response:
        app = create_app(services(Memory(), operators=operators))
        transport = httpx.ASGITransport(app, client=(host, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://pressbox") as client:
            return await client.get(path)

    return asyncio.run(scene())


@pytest.mark.parametrize("path", ["/operations", "/api/operations", "/metrics"])
@pytest.mark.parametrize(
    ("host", "operators", "status"),
    [
        ("127.0.0.1", ("127.0.0.0/8", "::1/128"), 200),
        ("::1", ("127.0.0.0/8", "::1/128"), 200),
        ("::ffff:127.0.0.1", ("127.0.0.0/8",), 200),
        ("10.1.2.3", ("10.1.0.0/16",), 200),
        ("10.2.2.3", ("10.1.0.0/16",), 403),
        ("127.0.0.1", (), 403),
        ("unix", ("0.0.0.0/0",), 403),
    ],
)
def test_only_operators_are_answered(path: str, host: str, operators: tuple[str, ...], status: int) -> None:
    assert asked(host, path, operators).status_code == status


def test_nobody_else_follows_either() -> None:
    assert asked("203.0.113.9", "/operations/stream", ()).status_code == 403


def test_who_is_refused_is_told_which_setting_lets_them_in() -> None:
    people, programs = (asked("203.0.113.9", path, ()) for path in ("/operations", "/api/operations"))
    for told in (people.text, programs.json()["detail"], asked("203.0.113.9", "/metrics", ()).json()["detail"]):
        assert "203.0.113.9 is in none of their networks" in told
        assert "web.operators" in told
    assert people.headers["content-type"].startswith("text/html")


def test_a_reader_is_told_what_differs_and_ends_with_the_server() -> None:
    seen = [overview(), overview(), BUSY]

    async def scene() -> list[bytes]:
        stand = services(Memory(), seen=lambda: seen.pop(0) if len(seen) > 1 else seen[0])
        told: list[bytes] = []
        async for event in parts(stand):
            told.append(event)
            if len(told) == 3:
                stand.hub.end()
        return told

    _, first, second = asyncio.run(scene())
    assert b"Everything moves" in first
    assert b"Something is refused or broken" in second


def test_operations_stand_beside_the_other_apis(serve: Serve) -> None:
    schema: dict[str, Any] = serve(services(Memory())).get("/api/schema/openapi.json").json()
    assert "/api/operations" in schema["paths"]
    assert "/metrics" not in schema["paths"]


SENSORS = SensorsOverview(
    kind="listener",
    connections=46,
    messages=Flow(2300, 1200),
    samples=Flow(11_500, 6_000),
    rejected=Flow(3, 1),
    refusals={"bad_password": 2},
    dead_letters_total=4,
)


def test_sensors_are_told_in_numbers_and_their_dead_letters_by_their_number_only() -> None:
    html = operations_part(overview(sensors=SENSORS))
    text = text_of(html)
    assert "Sensors listener devices connected 46 Messages in the last minute 1,200 of 2,300" in text
    assert "Samples in the last minute 6,000 of 11,500 Messages that could not be read 3 Dead letters open 4" in text
    assert "Refused: bad password 2" in text
    assert text.startswith("Something is refused or broken 4 messages of sensors were refused")
    assert "Sensors" not in text_of(operations_part(overview()))


def test_of_a_broker_it_is_told_whether_it_is_connected() -> None:
    told = SENSORS.__class__(**{**msgspec.structs.asdict(SENSORS), "kind": "broker", "connections": 0})
    assert "connected to the broker no" in text_of(operations_part(overview(sensors=told)))
