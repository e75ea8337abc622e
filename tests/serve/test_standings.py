import pytest

from pressbox.errors import Unavailable
from pressbox.model.reference import PlayerRow, ReferenceData, TeamRow
from pressbox.model.standings import StandingsRows
from pressbox.serve.standings_view import SHOTS_MIN, games_behind_text, pct_text, standings_of
from tests.serve.conftest import Serve
from tests.serve.stand import Memory, services

TEAMS = (
    TeamRow(1, "Ashes", "West", 5, 2),
    TeamRow(2, "Birches", "West", 6, 1),
    TeamRow(3, "Cedars", "East", 0, 0),
    TeamRow(4, "Elms", "West", 3, 5),
)
PLAYERS = (
    PlayerRow(1, "ann", "1", 40, 20, 1),
    PlayerRow(2, "bob", "00", 50, 18, 2),
    PlayerRow(3, "cy", "9", SHOTS_MIN - 1, SHOTS_MIN - 1, 3),
    PlayerRow(4, "dot", "7", 0, 0, 4),
)
ROWS = StandingsRows(ReferenceData(TEAMS, PLAYERS), settled=True)


def test_teams_stand_by_conference_the_best_first_with_games_behind_it() -> None:
    found = [(one.conference, one.name, one.pct, one.games_behind) for one in standings_of(ROWS, "goals").teams]
    assert found == [
        ("East", "Cedars", None, None),
        ("West", "Birches", 0.857, 0.0),
        ("West", "Ashes", 0.714, 1.0),
        ("West", "Elms", 0.375, 3.5),
    ]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("goals", "ann bob cy dot"),
        ("shots", "bob ann cy dot"),
        ("pct", "ann bob cy dot"),
        ("name", "ann bob cy dot"),
        ("team", "ann bob cy dot"),
    ],
)
def test_players_stand_in_the_order_asked_for(serve: Serve, sort: str, names: str) -> None:
    client = serve(services(Memory(), standings=lambda: ROWS))
    found = client.get(f"/api/standings?sort={sort}").json()
    assert " ".join(one["name"] for one in found["players"]) == names
    html = client.get(f"/standings?sort={sort}").text
    places = [html.index(f"</span> {name}</th>") for name in names.split()]
    assert places == sorted(places)
    assert html.count("aria-sort") == 1


def test_numbers_are_printed_as_newspapers_do() -> None:
    assert [pct_text(one) for one in (0.714, 1.0, 0.0, None)] == [".714", "1.000", ".000", "–"]
    assert [games_behind_text(one) for one in (0.0, 0.5, 1.0, 3.5, None)] == ["–", "½", "1", "3½", "–"]


def test_the_page_says_what_is_counted(serve: Serve) -> None:
    assert "every final game" in serve(services(Memory(), standings=lambda: ROWS)).get("/standings").text
    base = StandingsRows(ROWS.data, settled=False)
    answer = serve(services(Memory(), standings=lambda: base))
    assert "no game is final yet" in answer.get("/standings").text
    assert answer.get("/api/standings").json()["settled"] is False


@pytest.mark.parametrize("address", ["/standings", "/api/standings"])
def test_who_has_the_standings_is_not_sent_them_again(serve: Serve, address: str) -> None:
    client = serve(services(Memory(), standings=lambda: ROWS))
    known = client.get(address).headers["etag"]
    answer = client.get(address, headers={"If-None-Match": known})
    assert (answer.status_code, answer.content) == (304, b"")


def test_without_rosters_the_page_tells_the_command_that_brings_them(serve: Serve) -> None:
    nothing = StandingsRows(ReferenceData((), ()), settled=False)
    html = serve(services(Memory(), standings=lambda: nothing)).get("/standings").text
    assert "pressbox reference load teams.csv players.csv" in html


def test_a_long_list_of_players_is_cut_and_says_where_the_rest_is(serve: Serve) -> None:
    many = ReferenceData(TEAMS, tuple(PlayerRow(one, f"p{one}", "1", 1, 1, 1) for one in range(120)))
    client = serve(services(Memory(), standings=lambda: StandingsRows(many, settled=True)))
    assert "All 120 players" in client.get("/standings").text
    assert client.get("/standings?all=true").text.count("<tr>") > 120


def test_while_the_database_is_away_the_reason_is_said(serve: Serve) -> None:
    def away() -> StandingsRows:
        raise Unavailable("the reference tables are away", retry_after_s=3)

    client = serve(services(Memory(), standings=away))
    for address in ("/standings", "/api/standings"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
        assert "the reference tables are away" in answer.text
