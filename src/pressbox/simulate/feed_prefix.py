"""
A play-by-play document as it stood after its first plays.

The box score, the score, the summaries and the figures by period are counted anew from those plays; what only the
end of the game knows is left out; everything else stays as it is.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from pressbox.model.clock import REGULATION_PERIODS
from pressbox.simulate.feed_count import CountedPlay, SideCount, count_periods, count_side
from pressbox.simulate.feed_format import ByPeriod

Json: TypeAlias = dict[str, Any]
_PlaysByPeriod: TypeAlias = dict[str, list[CountedPlay]]

REGULATION = tuple(str(period) for period in range(1, REGULATION_PERIODS + 1))

_COLUMNS = ("g", "a", "sog", "pim", "sa", "ga", "sav")
_PENALTY_BOX_KEYS = ("infraction", "severity", "timeleft")
_EVEN = "Even Strength"


class _Roster(Struct):
    players: list[Json]
    goalies: dict[str, Json] | list[Json] = []


class _GameState(Struct):
    period: int | str
    time: str


class _Clock(Struct):
    gamestate: _GameState


class _Known(Struct):
    shorthometeam: str
    shortawayteam: str
    homeroster: _Roster
    awayroster: _Roster
    playbyplay: _PlaysByPeriod
    scoringsummary: list[Any]
    penaltysummary: list[Any]
    byperiodinformation: ByPeriod
    clockinformation: _Clock
    matchup: Json


class FeedPrefix:
    """
    A document after any number of its plays.

    Raises:
        msgspec.ValidationError: it lacks what a play-by-play document has, or has it in another way.
    """

    def __init__(self, document: Json) -> None:
        """Read *document*, which stays as it is."""
        self._document = document
        self._known = msgspec.convert(document, _Known)
        self.plays = [(period, play) for period, plays in self._known.playbyplay.items() for play in plays]
        self.end = self._known.clockinformation.gamestate

    def after(self, count: int) -> Json:
        """Return the document after its first *count* plays, one at least, with the game in progress."""
        known = self._known
        period, last = self.plays[count - 1]
        begun = self._begun(count)
        played = [play for plays in begun.values() for play in plays]
        home = count_side(played, known.shorthometeam, known.shortawayteam, _starter(known.homeroster))
        away = count_side(played, known.shortawayteam, known.shorthometeam, _starter(known.awayroster))
        clock = {"gamestate": {"status": "In Progress", "period": period, "time": last.time}, "currentstate": _EVEN}
        changes = {
            "homescore": home.points,
            "awayscore": away.points,
            "homeroster": _roster_after(self._document["homeroster"], home),
            "awayroster": _roster_after(self._document["awayroster"], away),
            "playbyplay": {key: self._document["playbyplay"][key][: len(plays)] for key, plays in begun.items()},
            "scoringsummary": known.scoringsummary[: sum(play.type == "Goal" for play in played)],
            "penaltysummary": known.penaltysummary[: sum(play.type == "Penalty" for play in played)],
            "matchup": _replaced(known.matchup, {"topscorers": []}),
            "byperiodinformation": self._periods_after(begun),
            "clockinformation": _replaced(self._document["clockinformation"], clock),
            "lastevent": [],
            "penaltybox": {"home": [], "away": []},
            "currentstate": _EVEN,
        }
        return _replaced(self._document, changes)

    def _begun(self, count: int) -> _PlaysByPeriod:
        begun: _PlaysByPeriod = {}
        for period, play in self.plays[:count]:
            begun.setdefault(period, []).append(play)
        return begun

    def _periods_after(self, begun: _PlaysByPeriod) -> Json:
        # overtime that has not begun must not show: nobody can know of it
        periods = [key for key in self._known.byperiodinformation.home.g if key in REGULATION or key in begun]
        return {
            "numperiods": len(periods),
            "home": count_periods(begun, self._known.shorthometeam, periods),
            "away": count_periods(begun, self._known.shortawayteam, periods),
        }


def _goalkeepers(roster: _Roster) -> list[Json]:
    return list(roster.goalies.values()) if isinstance(roster.goalies, dict) else roster.goalies


def _starter(roster: _Roster) -> str | None:
    return next((keeper.get("name") for keeper in _goalkeepers(roster) if keeper.get("Type") == "Starter"), None)


def _roster_after(roster: Json, count: SideCount) -> Json:
    goalkeepers = roster.get("goalies", [])
    if isinstance(goalkeepers, dict):
        lines: Any = {place: _goalkeeper_after(keeper, count) for place, keeper in goalkeepers.items()}
    else:
        lines = [_goalkeeper_after(keeper, count) for keeper in goalkeepers]
    return _replaced(
        roster, {"players": [_line_after(player, count) for player in roster["players"]], "goalies": lines}
    )


def _goalkeeper_after(line: Json, count: SideCount) -> Json:
    in_net = "Yes" if line.get("name") == count.in_goal else "No"
    return _replaced(_line_after(line, count), {"innet": in_net})


def _line_after(line: Json, count: SideCount) -> Json:
    figures = count.lines.get(line.get("name", ""), {})
    free = {key: value for key, value in line.items() if key not in _PENALTY_BOX_KEYS}
    return _replaced(free, {"inpenaltybox": 0, **{column: _written_like(line, column, figures) for column in _COLUMNS}})


def _written_like(line: Json, column: str, figures: Mapping[str, int]) -> int | str:
    number = figures.get(column, 0)
    return number if isinstance(line.get(column), int) else str(number)


def _replaced(document: Json, changes: Mapping[str, Any]) -> Json:
    return {key: changes.get(key, value) for key, value in document.items()}
