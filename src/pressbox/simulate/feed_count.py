"""
The feed's own box score, counted from its plays.

Checked against every figure of 21 recorded games: a goal counts one for its scorer and two on the scoreboard where
it is marked `(2pt)`; a goalkeeper answers for the goals and saves while standing in goal; technical fouls carry no
minutes.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from pressbox.simulate.feed_format import SidePeriods

_PERSONAL_FOUL = re.compile(r"Personal Foul (\d)", re.ASCII)
_MISCONDUCT_MINUTES = 5


class CountedPlay(Struct, frozen=True):
    """What counts of a play; whatever else the feed says of it does not matter here."""

    type: str = ""
    time: str = ""
    shortname: str | None = None
    playername: str | None = None
    a1: str | None = None
    a2: str | None = None
    severity: str | None = None
    typetext: str | None = None


class SideCount(Struct, frozen=True):
    """What one team's plays add up to: *lines* holds the feed's columns by a player's name."""

    points: int
    lines: Mapping[str, Mapping[str, int]]
    in_goal: str | None


def count_side(plays: Iterable[CountedPlay], team: str, opponent: str, starter: str | None) -> SideCount:
    """Return the box score of *team* after *plays*; *starter* stands in its goal from the beginning."""
    lines: defaultdict[str, Counter[str]] = defaultdict(Counter)
    points, in_goal = 0, starter
    for play in plays:
        if play.shortname == team:
            points += points_of(play)
            in_goal = play.playername if play.type == "GoalieEntered" else in_goal
            _add(lines, _credits(play))
        elif play.shortname == opponent:
            _add(lines, ((in_goal, column) for column in _against(play)))
    return SideCount(points, lines, in_goal)


def count_periods(playbyplay: Mapping[str, list[CountedPlay]], team: str, periods: Iterable[str]) -> SidePeriods:
    """Return the figures of *team* for each of *periods*, 0 where a period has not begun."""
    mine = {period: [play for play in playbyplay.get(period, ()) if play.shortname == team] for period in periods}
    return SidePeriods(
        g={period: sum(map(points_of, plays)) for period, plays in mine.items()},
        s={period: sum(play.type in ("Goal", "Shot") for play in plays) for period, plays in mine.items()},
        pim={period: sum(penalty_minutes(play.severity) for play in plays) for period, plays in mine.items()},
    )


def points_of(play: CountedPlay) -> int:
    """Return what *play* adds on the scoreboard."""
    if play.type != "Goal":
        return 0
    return 2 if "(2pt)" in (play.typetext or "") else 1


def penalty_minutes(severity: str | None) -> int:
    """Return the minutes a penalty of *severity* carries, 0 where there is none."""
    if severity == "Misconduct":
        return _MISCONDUCT_MINUTES
    foul = _PERSONAL_FOUL.fullmatch(severity or "")
    return int(foul[1]) if foul else 0


def _credits(play: CountedPlay) -> Iterator[tuple[str | None, str]]:
    if play.type in ("Goal", "Shot"):
        yield play.playername, "sog"
    if play.type == "Goal":
        yield play.playername, "g"
        yield play.a1, "a"
        yield play.a2, "a"
    for _ in range(penalty_minutes(play.severity)):
        yield play.playername, "pim"


def _against(play: CountedPlay) -> tuple[str, ...]:
    match play.type:
        case "Goal":
            return ("sa", "ga")
        case "Shot":
            return ("sa", "sav")
        case _:
            return ()


def _add(lines: defaultdict[str, Counter[str]], figures: Iterable[tuple[str | None, str]]) -> None:
    for name, column in figures:
        if name is not None:
            lines[name][column] += 1
