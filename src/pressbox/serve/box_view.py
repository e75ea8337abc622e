"""A box score document as the page shows it: what to call things, which tables it has, what to announce."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from markupsafe import Markup

from pressbox.model.clock import REGULATION_PERIODS
from pressbox.pipelines.side_sheet import percentage
from pressbox.serve.column import GOALKEEPER_COLUMNS, PLAYER_COLUMNS, TEAM_ROWS, Column, Line

Box: TypeAlias = Mapping[str, Any]

NOTHING: Final = frozenset({"0", "0.00", "0–0", "00:00"})
"""Cells that say nothing happened: shown quietly, so that what did happen is seen."""

_SUMMED: Final = ("two_point_goals", "assists", "points")
CORRECTIONS_SHOWN: Final = 20
_ROWS_SHAPED: Final = 1 << 15
_LED: Final = (
    ("Points", "players", "points"),
    ("Goals", "players", "goals"),
    ("Assists", "players", "assists"),
    ("Shots", "players", "shots"),
    ("Ground balls", "players", "ground_balls"),
    ("Faceoffs won", "players", "faceoffs_won"),
    ("Saves", "goalkeepers", "saves"),
)


class PeriodTable(NamedTuple):
    """One kind of number by period: a row a side, each with its sum."""

    title: str
    rows: tuple[tuple[str, Sequence[int]], ...]


class Leader(NamedTuple):
    """Who leads in *title*: of each side a name and a count, 0 where nobody has any."""

    title: str
    of_sides: tuple[tuple[str, int], ...]


class PlayerTable(NamedTuple):
    """Rows of players below *columns*; *totals* is the row of the team, where its feed reports one."""

    kind: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    totals: Line


def period_name(period: int) -> str:
    """Return what people call *period* beside a clock: Q1 to Q4, then OT, 2OT and so on."""
    return f"Q{period}" if period <= REGULATION_PERIODS else _overtime_name(period)


def period_head(period: int) -> str:
    """Return what stands over the numbers of *period* in a table: 1 to 4, then OT, 2OT and so on."""
    return str(period) if period <= REGULATION_PERIODS else _overtime_name(period)


def sides(box: Box) -> tuple[Line, Line]:
    """Return home and away, in this order everywhere."""
    return box["home"], box["away"]


def period_tables(box: Box) -> list[PeriodTable]:
    """Return the tables by period; points have one of their own where a goal can be worth two."""
    titles = {"score_by_period": "Score", "goals_by_period": "Goals", "shots_by_period": "Shots"}
    return [
        PeriodTable(title, tuple((side["name"], side[field]) for side in sides(box)))
        for field, title in titles.items()
        if all(field in side for side in sides(box))
    ]


def player_tables(side: Line) -> list[PlayerTable]:
    """Return the tables of one side: its players, and its goalkeepers where the feed tells them apart."""
    players, goalkeepers = side["players"], side.get("goalkeepers", [])
    tables = [PlayerTable("Players", _known(PLAYER_COLUMNS, players), players, _totals(side))]
    if goalkeepers:
        tables.append(PlayerTable("Goalkeepers", _known(GOALKEEPER_COLUMNS, goalkeepers), goalkeepers, {}))
    return tables


def team_rows(box: Box) -> list[Column]:
    """Return the rows that compare the teams; none where the feed reports nothing but shots and goals."""
    return _known(TEAM_ROWS, sides(box))


def leaders(box: Box) -> list[Leader]:
    """Return who leads in what, of each side the first by its roster where several are equal."""
    return [
        Leader(title, tuple(_leader(side.get(lines, ()), field) for side in sides(box)))
        for title, lines, field in _LED
        if any(field in line for side in sides(box) for line in side.get(lines, ()))
    ]


def player_row(columns: Sequence[Column], line: Line) -> Markup:
    """Return the row of *line* as HTML; made once for the same numbers, since most stay from play to play."""
    return _player_row(tuple(columns), tuple(line), tuple(line.values()))


@lru_cache(maxsize=_ROWS_SHAPED)
def _player_row(columns: tuple[Column, ...], fields: tuple[str, ...], values: tuple[Any, ...]) -> Markup:
    line = dict(zip(fields, values, strict=True))
    cells = (column.cell(line) for column in columns)
    row = Markup('<tr><th scope="row"><span class="number">{}</span> {}</th>').format(line["number"], line["name"])
    return row + Markup().join(_cell(text) for text in cells) + Markup("</tr>")


def _cell(text: str) -> Markup:
    if text in NOTHING:
        return Markup('<td class="nothing">{}</td>').format(text)
    return Markup("<td>{}</td>").format(text)


def _leader(lines: Sequence[Line], field: str) -> tuple[str, int]:
    counts = [int(line.get(field) or 0) for line in lines]
    best = max(counts, default=0)
    return (str(lines[counts.index(best)]["name"]), best) if best else ("", 0)


def title(box: Box) -> str:
    """Return the game in one line, for a tab."""
    home, away = sides(box)
    when = "final" if box["final"] else f"{period_name(box['period'])} {box['period_clock']}"
    return f"{home['name']} {home['score']}–{away['score']} {away['name']} · {when}"


def announcement(box: Box) -> str:
    """Return what is worth saying aloud of the newest plays: the end, the last goal, a correction; or nothing."""
    if box["final"]:
        return "final: " + ", ".join(f"{side['name']} {side['score']}" for side in sides(box))
    for play in box["plays"]:
        if play["kind"] == "goal" or play["status"]:
            return ", ".join(filter(None, (play["text"], play["status"], "-".join(map(str, play["score"])))))
    return ""


def _overtime_name(period: int) -> str:
    overtime = period - REGULATION_PERIODS
    return "OT" if overtime == 1 else f"{overtime}OT"


def _known(columns: Sequence[Column], lines: Sequence[Line]) -> list[Column]:
    return [column for column in columns if column.known_to(lines)]


def _totals(side: Line) -> Line:
    """Return the row of the team: its own counts, and the sums of what only players have."""
    players: Sequence[Line] = side["players"]
    sums = {field: sum(line[field] for line in players) for field in _SUMMED if all(field in line for line in players)}
    goals, shots = sum(side["goals_by_period"]), sum(side["shots_by_period"])
    return {**sums, "goals": goals, "shots": shots, "pct": percentage(goals, shots), **side}
