"""Generated games of the seed's feed: rosters with jerseys that bite, and files with everything a feed may do."""

from typing import Any

from hypothesis import strategies as st

from pressbox.model.roster import Player, Team
from tests.pipelines.reference import Row

TEAM_IDS = (101, 205)
JERSEYS = ("0", "00", "02", "2", "6", "007", "13", "A1")
NAMES = ("sam", "sarah", "steve")
MALFORMED = (
    "nonsense",
    "5 12:00 101 6",
    "5 12:00 101 6 1 9",
    "x 12:00 101 6 1",
    "5 12:60 101 6 1",
    "5 61:00 101 6 1",
    "5 12:00 one 6 1",
    "5 12:00 101 6 2",
    "5 00:00 101 6 2",
    "-2 12:00 101 6 1",
)
GAME_OVER = ("-1 00:00 0 0 0", "-1", "-1 17:20 101 6 1")


@st.composite
def rosters(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """Two teams and their players as rows of the seed's tables. Names repeat; jerseys repeat between teams only."""
    season = st.integers(0, 60)
    teams = [{"id": id_, "name": f"team {id_}", "conference": "ACC", "wins": 5, "losses": 2} for id_ in TEAM_IDS]
    players: list[Row] = []
    for team in teams:
        for number in draw(st.lists(st.sampled_from(JERSEYS), min_size=1, unique=True)):
            name, shots, goals = draw(st.sampled_from(NAMES)), draw(season), draw(season)
            players.append(
                {
                    "id": len(players) + 1,
                    "name": name,
                    "number": number,
                    "shots": shots,
                    "goals": goals,
                    "teamid": team["id"],
                }
            )
    return teams, players


def team_of(row: Row, players: list[Row]) -> Team:
    """Return the pipeline's noun for the row of a team and the rows of its players."""
    roster = tuple(
        Player(player["id"], player["name"], player["number"], player["shots"], player["goals"])
        for player in players
        if player["teamid"] == row["id"]
    )
    return Team(row["id"], row["name"], row["conference"], row["wins"], row["losses"], roster)


clocks = st.one_of(
    st.sampled_from(("60:00", "45:00", "44:59", "00:01", "9:05")),
    st.integers(1, 3600).map(lambda clock_s: f"{clock_s // 60:02}:{clock_s % 60:02}"),
)


def shot_lines(event_ids: st.SearchStrategy[int], at: st.SearchStrategy[str] = clocks) -> st.SearchStrategy[str]:
    """Shots: most by a team of the game and by a jersey somebody may wear, some by nobody."""
    fields: tuple[st.SearchStrategy[Any], ...] = (
        event_ids,
        at,
        st.sampled_from((*TEAM_IDS, *TEAM_IDS, *TEAM_IDS, 999, 0)),
        st.sampled_from((*JERSEYS, "2", "6", "13", "77")),
        st.sampled_from("01"),
    )
    return st.tuples(*fields).map(lambda values: " ".join(map(str, values)))


at_the_horn = st.just("00:00")
small_ids = st.integers(0, 9)
horns = small_ids.map(lambda event_id: f"{event_id} 00:00 0 0 0")
endings = st.one_of(shot_lines(small_ids, at_the_horn), horns, st.sampled_from(GAME_OVER))


@st.composite
def disorderly_games(draw: st.DrawFn, *, lines_max: int = 14) -> list[str]:
    """Lines in any order out of few, so that they repeat, contradict each other and go on after the end."""
    ordinary = st.one_of(shot_lines(small_ids), shot_lines(small_ids), st.sampled_from((*MALFORMED, "", "  ")))
    few = draw(st.lists(st.one_of(ordinary, ordinary, ordinary, endings), min_size=1, max_size=10))
    return draw(st.lists(st.sampled_from(few), max_size=lines_max))


@st.composite
def orderly_games(draw: st.DrawFn) -> list[str]:
    """Ids that follow each other, with gaps at most, and one of the endings, two of them, or none."""
    ids = sorted(draw(st.sets(st.integers(0, 40), max_size=25)))
    lines = [draw(shot_lines(st.just(event_id))) for event_id in ids]
    return lines + draw(st.lists(endings, max_size=2))


games = st.one_of(orderly_games(), disorderly_games())


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A game's file at some moment: with or without byte order mark and last newline, cut anywhere in its last line."""
    newline = draw(st.sampled_from(("\n", "\r\n")))
    lines = draw(games)
    text = "".join(line + newline for line in lines)
    if draw(st.booleans()) and lines:
        text = text[: len(text) - draw(st.integers(1, len(lines[-1] + newline)))]
    return draw(st.sampled_from(("", "\ufeff"))).encode() + text.encode()
