"""The columns of box score tables: their short heads, their whole names, and what a cell shows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

Line: TypeAlias = Mapping[str, Any]

UNREPORTED: Final = "–"


class Column(NamedTuple):
    """A column of a table: *fields* are shown joined by *joint*, *form* is how a number is written."""

    head: str
    name: str
    fields: tuple[str, ...]
    joint: str = ""
    form: str = "{}"
    width: str = "narrow"

    def known_to(self, lines: Sequence[Line]) -> bool:
        """Return whether the feed's format has this column: what a line leaves out is unknown to the format."""
        return any(field in line for line in lines for field in self.fields)

    def cell(self, line: Line) -> str:
        """Return what the cell of *line* shows; a dash for what is not reported."""
        values = [line.get(field) for field in self.fields]
        if None in values:
            return UNREPORTED
        return self.joint.join(self.form.format(value) for value in values)


PLAYER_COLUMNS: Final = (
    Column("G", "goals", ("goals",)),
    Column("2G", "two-point goals", ("two_point_goals",)),
    Column("A", "assists", ("assists",)),
    Column("Pts", "points", ("points",)),
    Column("Sh", "shots", ("shots",)),
    Column("SOG", "shots on goal", ("shots_on_goal",), width="middle"),
    Column("Pct", "goals per shot", ("pct",), form="{:.2f}", width="middle"),
    Column("GB", "ground balls", ("ground_balls",)),
    Column("TO", "turnovers", ("turnovers",)),
    Column("CT", "caused turnovers", ("caused_turnovers",)),
    Column("FO", "faceoffs won–taken", ("faceoffs_won", "faceoffs_taken"), joint="–", width="wide"),
    Column("Pen", "penalties", ("penalties",)),
    Column("PM", "penalty minutes", ("penalty_minutes",)),
)

GOALKEEPER_COLUMNS: Final = (
    Column("GA", "goals against", ("goals_against",)),
    Column("Sv", "saves", ("saves",)),
    Column("Min", "minutes in goal", ("minutes",), width="wide"),
)

TEAM_ROWS: Final = (
    Column("Shots", "shots", ("shots",)),
    Column("Shots on goal", "shots on goal", ("shots_on_goal",)),
    Column("Ground balls", "ground balls", ("ground_balls",)),
    Column("Faceoffs won–taken", "faceoffs won–taken", ("faceoffs_won", "faceoffs_taken"), joint="–"),
    Column("Turnovers", "turnovers", ("turnovers",)),
    Column("Clears", "clears", ("clears",)),
    Column("Extra-man goals", "extra-man goals", ("extra_man",)),
    Column("Penalties", "penalties", ("penalties",)),
    Column("Penalty minutes", "penalty minutes", ("penalty_minutes",)),
    Column("Time-outs", "time-outs", ("timeouts",)),
)
