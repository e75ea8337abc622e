"""One side of the score sheet: a team's rows, how its players are found, and what is added to them."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from msgspec import UNSET

from pressbox.errors import RejectedRecord
from pressbox.model.box_score import GoalkeeperLine, PlayerLine, TeamBox
from pressbox.model.clock import REGULATION_PERIODS, format_clock
from pressbox.model.roster import Player, Team

_COUNTED: Final = (
    "shots_on_goal",
    "two_point_goals",
    "assists",
    "points",
    "ground_balls",
    "faceoffs_won",
    "faceoffs_taken",
    "penalties",
    "penalty_minutes",
)
_COUNTED_BY_TEAM: Final = (
    "shots",
    "shots_on_goal",
    "ground_balls",
    "faceoffs_won",
    "faceoffs_taken",
    "penalties",
    "penalty_minutes",
    "timeouts",
)
_UNREPORTED: Final = ("turnovers", "caused_turnovers")
_UNREPORTED_BY_TEAM: Final = ("turnovers", "clears", "extra_man")


class SideSheet:
    """
    The mutable rows of one team.

    A *rich* side has every column of a lacrosse box score; the seed's has shots on goal and goals only.
    """

    __slots__ = (
        "_by_jersey",
        "_by_name",
        "_goal_since_s",
        "_goalkeepers",
        "_seconds",
        "box",
        "in_goal",
        "opponent",
        "team",
    )

    opponent: "SideSheet"

    def __init__(self, team: Team, *, rich: bool) -> None:
        self.team = team
        self.box = TeamBox(
            teamid=team.id,
            conference=team.conference,
            wins=team.wins,
            losses=team.losses,
            score=0,
            status="tied",
            players=[PlayerLine(player.id, player.name, player.number) for player in team.players],
            name=team.name,
            shots_by_period=[0] * REGULATION_PERIODS,
            goals_by_period=[0] * REGULATION_PERIODS,
        )
        worn = Counter(line.number for line in self.box.players)
        self._by_jersey = {line.number: line for line in self.box.players if worn[line.number] == 1}
        self._by_name: dict[str, list[PlayerLine]] = {}
        for line in self.box.players:
            self._by_name.setdefault(line.name, []).append(line)
        self._goalkeepers: dict[int | str, GoalkeeperLine] = {}
        self._seconds: dict[int | str, int] = {}
        self.in_goal: GoalkeeperLine | None = None
        self._goal_since_s = 0
        if rich:
            self._add_columns(team.players)

    def wearing(self, jersey: str) -> PlayerLine:
        """
        Return the row of the player with *jersey*: the exact text first, then a unique equal number.

        Raises:
            RejectedRecord: nobody wears it, or several do once leading zeros are dropped.
        """
        line = self._by_jersey.get(jersey)
        if line is not None:
            return line
        equal = [line for line in self.box.players if _same_number(line.number, jersey)]
        if len(equal) == 1:
            return equal[0]
        worn = f"{len(equal)} players with a number equal to" if equal else "no player with number"
        raise RejectedRecord(f"team {self.team.id} has {worn} {jersey}")

    def named(self, name: str | None) -> PlayerLine | None:
        """
        Return the row of the player called exactly *name*, or None where the feed names nobody.

        Raises:
            RejectedRecord: nobody in this team is called so, or more than one is.
        """
        return None if name is None else self.must_be_named(name)

    def must_be_named(self, name: str) -> PlayerLine:
        """Return the row of the player called exactly *name*; raise `RejectedRecord` unless there is exactly one."""
        lines = self._by_name.get(name, [])
        if len(lines) != 1:
            how_many = f"{len(lines)} players named" if lines else "no player named"
            raise RejectedRecord(f"team {self.team.short or self.team.id} has {how_many} {name}")
        return lines[0]

    def score(self, period: int, points: int) -> None:
        """Add a goal worth *points* and tell both sides how they stand."""
        box, other = self.box, self.opponent.box
        box.score += points
        box.goals_by_period[period - 1] += 1
        if box.score_by_period is not UNSET:
            box.score_by_period[period - 1] += points
        if box.score > other.score:
            box.status, other.status = "winning", "losing"
        elif box.score == other.score:
            box.status = other.status = "tied"

    def attempt(self, period: int, line: PlayerLine | None, *, on_goal: bool) -> None:
        """Add a shot to the team and to *line*, where the feed names the player."""
        self.begin_period(period)
        self.box.shots_by_period[period - 1] += 1
        self.add("shots", line)
        if on_goal:
            self.add("shots_on_goal", line)
        if line is not None:
            line.pct = percentage(line.goals, line.shots)

    def add(self, column: str, line: PlayerLine | None, amount: int = 1) -> None:
        """Add *amount* to *column* of the team and of *line*, where the feed names the player."""
        if column in _COUNTED_BY_TEAM:
            setattr(self.box, column, getattr(self.box, column) + amount)
        if line is not None:
            setattr(line, column, getattr(line, column) + amount)

    def begin_period(self, period: int) -> None:
        """Make room for overtime periods in the lists by period."""
        for by_period in (self.box.shots_by_period, self.box.goals_by_period, self.box.score_by_period):
            if by_period is not UNSET:
                by_period.extend([0] * (period - len(by_period)))

    def enter_goal(self, line: PlayerLine, elapsed_s: int) -> None:
        """Put *line* in goal, *elapsed_s* seconds into the game."""
        self.play_on(elapsed_s)
        if line.id not in self._goalkeepers:
            self._goalkeepers[line.id] = GoalkeeperLine(line.id, line.name, line.number)
            self.box.goalkeepers = list(self._goalkeepers.values())
        self.in_goal = self._goalkeepers[line.id]
        self._goal_since_s = max(self._goal_since_s, elapsed_s)

    def play_on(self, elapsed_s: int) -> None:
        """Give the time until *elapsed_s* to whoever is in goal; a play written down late takes none back."""
        if self.in_goal is None or elapsed_s <= self._goal_since_s:
            return
        seconds = self._seconds.get(self.in_goal.id, 0) + elapsed_s - self._goal_since_s
        self._seconds[self.in_goal.id] = seconds
        self.in_goal.minutes = format_clock(seconds)
        self._goal_since_s = elapsed_s

    def _add_columns(self, players: Iterable[Player]) -> None:
        for column in _COUNTED_BY_TEAM:
            setattr(self.box, column, 0)
        for column in _UNREPORTED_BY_TEAM:
            setattr(self.box, column, None)
        self.box.score_by_period = [0] * REGULATION_PERIODS
        for line in self.box.players:
            for column in _COUNTED:
                setattr(line, column, 0)
            for column in _UNREPORTED:
                setattr(line, column, None)
        keepers = [player for player in players if player.goalkeeper]
        self._goalkeepers = {one.id: GoalkeeperLine(one.id, one.name, one.number) for one in keepers}
        self.box.goalkeepers = list(self._goalkeepers.values())
        starters = [player for player in keepers if player.starter] or keepers
        if len(starters) == 1:
            self.in_goal = self._goalkeepers[starters[0].id]


def percentage(goals: int, shots: int) -> float:
    """Return goals / shots to two decimal places, half up, by integers so that 1/8 is 0.13; 0.0 without a shot."""
    return (200 * goals + shots) // (2 * shots) / 100 if shots else 0.0


def _same_number(number: str, jersey: str) -> bool:
    return number.isdecimal() and jersey.isdecimal() and number.lstrip("0") == jersey.lstrip("0")
