"""The feed's scoring and penalty summaries, told from the plays."""

from collections.abc import Sequence
from typing import TypeAlias

from pressbox.model.clock import parse_clock
from pressbox.simulate.feed_count import penalty_minutes
from pressbox.simulate.feed_format import FeedPlay, FeedPlayer, PenaltyLine, ScoringLine

People: TypeAlias = dict[tuple[str, str | None], FeedPlayer]
"""Players by their team's short name and their own."""

_TECHNICAL_FOUL_S = 30


def scoring_summary(plays: Sequence[FeedPlay], people: People) -> list[ScoringLine]:
    """Return a line a goal, in the order of *plays*."""
    goals = [play for play in plays if play.type == "Goal"]
    return [_scoring_line(index, goal, plays, people) for index, goal in enumerate(goals, start=1)]


def penalty_summary(plays: Sequence[FeedPlay], people: People) -> list[PenaltyLine]:
    """Return a line a penalty, in the order of *plays*."""
    penalties = [play for play in plays if play.type == "Penalty"]
    return [_penalty_line(index, penalty, people) for index, penalty in enumerate(penalties, start=1)]


def _scoring_line(index: int, goal: FeedPlay, plays: Sequence[FeedPlay], people: People) -> ScoringLine:
    scorer = people[goal.shortname, goal.playername]
    return ScoringLine(
        type=_kind(goal, plays),
        period=goal.period,
        time=goal.time,
        playername=goal.playername,
        playerlinkid=scorer.playerlinkid,
        jersey=scorer.jersey,
        asst1=goal.a1,
        asst2=goal.a2,
        index=index,
        shortname=goal.shortname,
    )


def _penalty_line(index: int, penalty: FeedPlay, people: People) -> PenaltyLine:
    return PenaltyLine(
        period=penalty.period,
        time=penalty.time,
        playername=penalty.playername,
        jersey=people[penalty.shortname, penalty.playername].jersey,
        severity=penalty.severity,
        infraction=penalty.infraction,
        shortname=penalty.shortname,
        index=index,
    )


def _kind(goal: FeedPlay, plays: Sequence[FeedPlay]) -> str:
    if goal.typetext == "GOAL (2pt)":
        return "2pt"
    short_handed = {play.shortname for play in plays if _is_served_at(play, goal)}
    match goal.shortname in short_handed, len(short_handed):
        case False, 1:
            return "Power Play"
        case True, 1:
            return "Short Handed"
        case _:
            return "Goal"


def _is_served_at(play: FeedPlay, goal: FeedPlay) -> bool:
    if play.type != "Penalty" or play.period != goal.period or play.index > goal.index:
        return False
    served_s = 60 * penalty_minutes(play.severity) or _TECHNICAL_FOUL_S
    return parse_clock(play.time) - parse_clock(goal.time) <= served_s
