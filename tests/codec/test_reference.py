"""The reference tables as CSV."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.codec.reference import decode_reference, encode_players, encode_teams
from pressbox.errors import BadInput
from pressbox.model.reference import PlayerRow, ReferenceData, TeamRow

TEAMS = b"id,name,conference,wins,losses\n101,syracuse,ACC,5,2\n205,johns hopkins,Big 10,4,3\n"
PLAYERS = b"id,name,number,shots,goals,teamid\n1,sam,6,56,22,101\n2,sarah,00,41,15,101\n11,jack,6,51,18,205\n"

names = st.text(
    st.characters(codec="utf-8", exclude_characters=[*map(chr, range(32)), "\x7f"]),
    min_size=1,
    max_size=50,
).filter(str.strip)
jerseys = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=3)
numbers = st.integers(0, 2**31 - 1)


@st.composite
def reference_data(draw: st.DrawFn) -> ReferenceData:
    team_ids = draw(st.lists(numbers, min_size=1, max_size=4, unique=True))
    teams = tuple(TeamRow(one, draw(names), draw(names), draw(numbers), draw(numbers)) for one in team_ids)
    shirts = draw(st.lists(st.tuples(st.sampled_from(team_ids), jerseys), max_size=8, unique=True))
    ids = draw(st.lists(numbers, min_size=len(shirts), max_size=len(shirts), unique=True))
    players = tuple(
        PlayerRow(one, draw(names), jersey, draw(numbers), draw(numbers), teamid)
        for one, (teamid, jersey) in zip(ids, shirts, strict=True)
    )
    return ReferenceData(teams, players)


@given(reference_data())
def test_what_was_written_is_read_back(data: ReferenceData) -> None:
    assert decode_reference(encode_teams(data.teams), encode_players(data.players)) == data


def test_the_rows_are_read_in_their_order_and_a_jersey_as_it_is_written() -> None:
    data = decode_reference(TEAMS, PLAYERS)
    assert data.teams == (TeamRow(101, "syracuse", "ACC", 5, 2), TeamRow(205, "johns hopkins", "Big 10", 4, 3))
    assert [(row.id, row.number, row.teamid) for row in data.players] == [(1, "6", 101), (2, "00", 101), (11, "6", 205)]


def test_the_files_written_have_the_columns_of_the_tables_in_their_order() -> None:
    data = decode_reference(TEAMS, PLAYERS)
    assert (encode_teams(data.teams), encode_players(data.players)) == (TEAMS, PLAYERS)


@pytest.mark.parametrize(
    "teams",
    [
        b"\xef\xbb\xbf" + TEAMS,
        TEAMS.replace(b"\n", b"\r\n"),
        TEAMS.replace(b"\n", b"\n\n"),
        TEAMS.removesuffix(b"\n"),
        b"losses, wins ,id,conference,name\n2,5,101,ACC,syracuse\n3,4,205,Big 10,johns hopkins\n",
        TEAMS.replace(b"johns hopkins", b'"johns hopkins"'),
        TEAMS.replace(b"101,", b" 101 ,"),
    ],
    ids=["byte order mark", "CRLF", "blank lines", "no last newline", "other order", "quotes", "spaces at numbers"],
)
def test_files_as_spreadsheets_write_them_say_the_same(teams: bytes) -> None:
    assert decode_reference(teams, PLAYERS) == decode_reference(TEAMS, PLAYERS)


@pytest.mark.parametrize(
    ("teams", "said"),
    [
        (b"", "teams.csv, line 1: column 'id' is missing"),
        (b"id,name,conference,wins,losses\n", "teams.csv: it holds no team"),
        (b"id,name,conference,wins\n", "line 1: column 'losses' is missing"),
        (b"id,name,conferrence,wins,losses\n", "line 1: there is no column 'conferrence': did you mean 'conference'?"),
        (b"ID,name,conference,wins,losses\n", "line 1: there is no column 'ID': did you mean 'id'?"),
        (b"id,name,conference,wins,losses,mascot\n", "line 1: there is no column 'mascot': the first line names"),
        (b"101,syracuse,ACC,5,2\n", "line 1: there is no column '101'"),
        (b"id,name,conference,wins,losses,id\n", "line 1: column 'id' is there twice"),
        (TEAMS + b"300,navy,Patriot,1\n", "line 4: 4 fields where the first line names 5 columns"),
        (TEAMS + b"101,navy,Patriot,1,2\n", "line 4: id 101 is on line 2 already"),
        (TEAMS + b"300,navy,Patriot,1.0,2\n", "line 4: wins '1.0' is not a whole number"),
        (TEAMS + b"300,navy,Patriot,-1,2\n", "line 4: wins '-1' is not a whole number"),
        (TEAMS + b"2147483648,navy,Patriot,1,2\n", "line 4: id '2147483648' is not a whole number"),
        (TEAMS + "٣,navy,Patriot,1,2\n".encode(), "line 4: id '٣' is not a whole number"),
        (TEAMS + b"300, ,Patriot,1,2\n", "line 4: name is empty"),
        (TEAMS + b"300,navy," + b"P" * 51 + b",1,2\n", "has 51 characters; the table holds 50"),
        (TEAMS + b"300,na\0vy,Patriot,1,2\n", "line 4: name 'na\\x00vy' holds a control character"),
        (TEAMS + b"300,nav\xe9,Patriot,1,2\n", "line 4: not UTF-8"),
        (TEAMS + b'300,"navy"x,Patriot,1,2\n', "line 4: not CSV"),
        (TEAMS + b'300,"navy,Patriot,1,2\n', "line 4: not CSV"),
    ],
)
def test_what_cannot_be_a_team_is_refused_with_file_line_and_reason(teams: bytes, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        decode_reference(teams, PLAYERS)
    assert str(caught.value).startswith("teams.csv")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"1,sue,7,0,0,101", "line 5: id 1 is on line 2 already"),
        (b"3,sue,7,0,0,300", "line 5: teamid 300 is not among the ids of t.csv"),
        (b"3,sue,00,0,0,101", "line 5: number '00' of team 101 is on line 3 already"),
        (b"3,sue,1234,0,0,101", "line 5: number '1234' is not 1 to 3 characters"),
        (b"3,sue,,0,0,101", "line 5: number '' is not 1 to 3 characters"),
        (b"3,sue, 7,0,0,101", "line 5: number ' 7' is not 1 to 3 characters without a space"),
        (b"3,sue,7,0,x,101", "line 5: goals 'x' is not a whole number"),
    ],
)
def test_what_cannot_be_a_player_is_refused_with_file_line_and_reason(line: bytes, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        decode_reference(TEAMS, PLAYERS + line, teams_file="t.csv", players_file="p.csv")
    assert str(caught.value).startswith("p.csv, ")
    assert said in str(caught.value)


def test_a_jersey_may_be_another_shirt_than_the_equal_number_and_the_same_as_in_another_team() -> None:
    data = decode_reference(TEAMS, PLAYERS + b"3,sue,0,0,0,101\n12,julia,00,0,0,205\n")
    assert [row.number for row in data.players] == ["6", "00", "6", "0", "00"]


def test_a_quoted_field_over_two_lines_does_not_shift_the_line_numbers() -> None:
    with pytest.raises(BadInput, match="line 3: name 'na\\\\nvy' holds a control character"):
        decode_reference(TEAMS.splitlines(keepends=True)[0] + b'1,a,b,1,1\n300,"na\nvy",Patriot,1,2\n', PLAYERS)
