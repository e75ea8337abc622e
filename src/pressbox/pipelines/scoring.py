"""
What each kind of play adds to the score sheet: one small function a kind, and the table that finds it.

A scorer looks everything up before it adds anything, so a play that is rejected leaves no trace. A voided play is
looked up, so that it can be shown, and adds nothing. Columns follow the NCAA lacrosse statisticians' manual; penalty
minutes and goals against follow the feed's own box score, with which they were compared.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from msgspec import Struct

from pressbox.errors import RejectedRecord
from pressbox.model.box_score import PlayerLine
from pressbox.model.event import (
    Faceoff,
    Goal,
    GoalkeeperIn,
    GroundBall,
    OtherPlay,
    Penalty,
    Shot,
    ShotOff,
    ShotOnGoal,
    Timeout,
)
from pressbox.pipelines.side_sheet import SideSheet, percentage

_MISCONDUCT_MINUTES: Final = 5
_PERSONAL_FOUL: Final = re.compile(r"Personal Foul (\d+)", re.ASCII | re.IGNORECASE)


class Scored(Struct, frozen=True):
    """How a play reads: its kind, whose it was, and a sentence without the clock."""

    kind: str
    side: SideSheet | None
    line: PlayerLine | None
    text: str


class Moment(NamedTuple):
    """When a play was: its period, and the seconds of game time gone."""

    period: int
    elapsed_s: int


Sides = Mapping[int | str, SideSheet]


def side_of(sides: Sides, team: int | str) -> SideSheet:
    """
    Return the side *team* plays on.

    Raises:
        RejectedRecord: it plays on neither.
    """
    side = sides.get(team)
    if side is None:
        home, away = sides
        raise RejectedRecord(f"team {team} plays in neither side of this game: home is {home}, away is {away}")
    return side


def score_shot(sides: Sides, event: Shot, period: int, *, counts: bool) -> Scored:
    """Score a shot on goal of the seed's feed, which reports nothing else: every shot is on goal."""
    side = side_of(sides, event.team_id)
    line = side.wearing(event.jersey)
    if counts:
        line.shots += 1
        side.box.shots_by_period[period - 1] += 1
        if event.scored:
            line.goals += 1
            side.score(period, 1)
        line.pct = percentage(line.goals, line.shots)
    if event.scored:
        return Scored("goal", side, line, f"goal by {line.name}")
    return Scored("shot_on_goal", side, line, f"shot on goal by {line.name}")


def penalty_minutes(severity: str) -> int:
    """
    Return the minutes a penalty of *severity* counts in the box score.

    n for "Personal Foul n", 5 for a misconduct, none for technical fouls (half a minute each, which the feed's own
    totals leave out) and ejections: so the sums equal the feed's own column `pim` in every recorded game.
    """
    personal = _PERSONAL_FOUL.search(severity)
    if personal is not None:
        return int(personal[1])
    return _MISCONDUCT_MINUTES if "misconduct" in severity.lower() else 0


def _goal(sides: Sides, event: Goal, moment: Moment, counts: bool) -> Scored:
    side = side_of(sides, event.team)
    line = side.named(event.player)
    assists = [side.must_be_named(name) for name in event.assists]
    if counts:
        if line is not None:
            line.goals += 1
            side.add("points", line, event.points)
            side.add("two_point_goals", line, int(event.points > 1))
        side.attempt(moment.period, line, on_goal=True)
        side.score(moment.period, event.points)
        for assist in assists:
            side.add("assists", assist)
            side.add("points", assist)
        if side.opponent.in_goal is not None:
            side.opponent.in_goal.goals_against += 1
    text = ("two-point goal" if event.points > 1 else "goal") + _by(line)
    if assists:
        text += ", assisted by " + " and ".join(assist.name for assist in assists)
    return Scored("goal", side, line, text)


def _shot_on_goal(sides: Sides, event: ShotOnGoal, moment: Moment, counts: bool) -> Scored:
    side = side_of(sides, event.team)
    line = side.named(event.player)
    if counts:
        side.attempt(moment.period, line, on_goal=True)
        if side.opponent.in_goal is not None:
            side.opponent.in_goal.saves += 1
    return Scored("shot_on_goal", side, line, "shot on goal" + _by(line))


def _shot_off(sides: Sides, event: ShotOff, moment: Moment, counts: bool) -> Scored:
    side = side_of(sides, event.team)
    line = side.named(event.player)
    if counts:
        side.attempt(moment.period, line, on_goal=False)
    return Scored("shot_off", side, line, "shot off goal" + _by(line))


def _ground_ball(sides: Sides, event: GroundBall, _moment: Moment, counts: bool) -> Scored:
    side = side_of(sides, event.team)
    line = side.named(event.player)
    if counts:
        side.add("ground_balls", line)
    return Scored("ground_ball", side, line, "ground ball" + _by(line))


def _faceoff(sides: Sides, event: Faceoff, _moment: Moment, counts: bool) -> Scored:
    side = side_of(sides, event.team)
    winner = side.named(event.winner)
    loser = side.opponent.named(event.loser)
    if counts:
        side.add("faceoffs_won", winner)
        side.add("faceoffs_taken", winner)
        side.opponent.add("faceoffs_taken", loser)
    against = f" against {loser.name}" if loser is not None else ""
    return Scored("faceoff", side, winner, f"faceoff won{_by(winner)}{against}")


def _penalty(sides: Sides, event: Penalty, _moment: Moment, counts: bool) -> Scored:
    side = side_of(sides, event.team)
    line = side.named(event.player)
    if counts:
        side.add("penalties", line)
        side.add("penalty_minutes", line, penalty_minutes(event.severity))
    what = ", ".join(part for part in (event.infraction, event.severity) if part)
    return Scored(
        "penalty", side, line, "penalty" + (f" on {line.name}" if line else "") + (f": {what}" if what else "")
    )


def _timeout(sides: Sides, event: Timeout, _moment: Moment, counts: bool) -> Scored:
    side = side_of(sides, event.team)
    if counts:
        side.add("timeouts", None)
    return Scored("timeout", side, None, f"time-out {side.team.name}")


def _goalkeeper_in(sides: Sides, event: GoalkeeperIn, moment: Moment, counts: bool) -> Scored:
    side = side_of(sides, event.team)
    line = side.must_be_named(event.player)
    if counts:
        side.enter_goal(line, moment.elapsed_s)
    return Scored("goalkeeper_in", side, line, f"{line.name} in goal")


def _other_play(sides: Sides, event: OtherPlay, _moment: Moment, _counts: bool) -> Scored:
    side = side_of(sides, event.team)
    line = side.named(event.player)
    return Scored("other_play", side, line, event.text + _by(line))


def _by(line: PlayerLine | None) -> str:
    return "" if line is None else f" by {line.name}"


SCORERS: Final[Mapping[type, Callable[[Sides, Any, Moment, bool], Scored]]] = MappingProxyType(
    {
        Goal: _goal,
        ShotOnGoal: _shot_on_goal,
        ShotOff: _shot_off,
        GroundBall: _ground_ball,
        Faceoff: _faceoff,
        Penalty: _penalty,
        Timeout: _timeout,
        GoalkeeperIn: _goalkeeper_in,
        OtherPlay: _other_play,
    }
)
