"""The story of a game as its page shows it: goals for the chart, corrections in words, and where the time went."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

from markupsafe import Markup
from msgspec import Struct

from pressbox.model.box_score import PlayLine
from pressbox.model.clock import PERIOD_S, REGULATION_PERIODS, parse_clock
from pressbox.model.story import Change, Correction, CorrectionKind, Story
from pressbox.serve import box_view
from pressbox.serve.box_view import Box
from pressbox.serve.chart import GoalMark, Side, period_bars, score_margin

STALE_S: Final = 300
"""A live game nothing was heard of for so long is called stale."""

_CHANGES_NAMED: Final = 3
_SAID: Final[dict[CorrectionKind, str]] = {
    "corrected": "Corrected by the feed",
    "amended": "Amended by the scorer",
    "voided": "Voided by the scorer",
    "confirmed": "Confirmed by the scorer",
    "mended": "Mended by the scorer",
    "roster amended": "Roster amended",
    "finished": "Ended by the scorer",
}


class CorrectionView(Struct, frozen=True):
    """A correction in words."""

    revision: int
    time: str
    text: str


class MomentView(Struct, frozen=True):
    """
    What a page says of a moment beside its document.

    *corrections* are the newest first. *trace* tells how many milliseconds each stage took that is over; *shown_ms* is
    when the last of them was, and the page itself adds how long it took from there.
    """

    permalink: str
    announcement: str
    plays: Sequence[Any]
    corrections: Sequence[CorrectionView]
    margin: Markup
    shots: Markup
    logged_ms: int | None
    logged: str
    trace: Sequence[tuple[str, int]]
    shown_ms: int | None
    state: Literal["live", "stale", "paused", "final"]


def moment_view(
    box: Box,
    story: Story | None,
    permalink: str,
    *,
    seen_ms: int | None,
    now_ms: int | None = None,
    is_live: bool = True,
) -> MomentView:
    """
    Return what is said of the document *box*.

    *seen_ms* is when live pages got it and *now_ms* when it is looked at, where that is to be told. One that is not
    *is_live* is looked at for its own sake: the game may have gone on since.
    """
    corrections = [] if story is None else [_correction(one) for one in reversed(story.corrections)]
    corrected_now = bool(corrections) and corrections[0].revision == box["revision"]
    logged_ms = None if story is None else story.logged_ms
    return MomentView(
        permalink=permalink,
        announcement=corrections[0].text if corrected_now and not box["final"] else box_view.announcement(box),
        plays=box["plays"][::-1] if story is None else story.plays,
        corrections=corrections,
        margin=Markup() if story is None else _margin(box, story.plays),
        shots=_shots(box),
        logged_ms=logged_ms,
        logged="" if logged_ms is None else _iso(logged_ms),
        trace=() if story is None else _trace(story, seen_ms),
        shown_ms=seen_ms,
        state=_state(box, logged_ms, now_ms) if is_live or box["final"] else "paused",
    )


def _state(box: Box, logged_ms: int | None, now_ms: int | None) -> Literal["live", "stale", "final"]:
    if box["final"]:
        return "final"
    is_stale = now_ms is not None and logged_ms is not None and now_ms - logged_ms > STALE_S * 1000
    return "stale" if is_stale else "live"


def goal_marks(box: Box, plays: Sequence[PlayLine]) -> list[GoalMark]:
    """Return the goals that count, in the order of the clock, with the score as it was then."""
    overtimes_s = overtime_lengths_s(plays)
    goals, before = [], (0, 0)
    for play in plays:
        points = (play.score[0] - before[0], play.score[1] - before[1])
        before = play.score
        if any(points):
            goals.append((_elapsed_s(play, overtimes_s), points, play))
    marks, home, away = [], 0, 0
    for elapsed_s, points, play in sorted(goals, key=lambda one: one[0]):
        home, away = home + points[0], away + points[1]
        side: Side = "home" if play.teamid == box["home"]["teamid"] else "away"
        marks.append(GoalMark(elapsed_s, play.period, home, away, side, play.text, play.event_id))
    return marks


def overtime_lengths_s(plays: Sequence[PlayLine]) -> list[int]:
    """Return how long each overtime begun is: its first play, the faceoff, shows the full clock."""
    lengths_s: dict[int, int] = {}
    for play in plays:
        if play.period > REGULATION_PERIODS:
            lengths_s.setdefault(play.period, parse_clock(play.clock))
    return [lengths_s[period] for period in sorted(lengths_s)]


def _margin(box: Box, plays: Sequence[PlayLine]) -> Markup:
    overtimes_s = overtime_lengths_s(plays)
    now_s = None if box["final"] else _game_s(box["period"], parse_clock(box["period_clock"]), overtimes_s)
    marks = goal_marks(box, plays)
    return score_margin(marks, box["period"], box["home"]["name"], box["away"]["name"], now_s, overtimes_s)


def _shots(box: Box) -> Markup:
    home, away = box_view.sides(box)
    return period_bars("Shots", home["name"], home["shots_by_period"], away["name"], away["shots_by_period"])


def _elapsed_s(play: PlayLine, overtimes_s: Sequence[int]) -> int:
    return _game_s(play.period, parse_clock(play.clock), overtimes_s)


def _game_s(period: int, clock_s: int, overtimes_s: Sequence[int]) -> int:
    lengths_s = [PERIOD_S] * REGULATION_PERIODS + list(overtimes_s)
    return max(0, sum(lengths_s[:period]) - clock_s)


def _correction(one: Correction) -> CorrectionView:
    named = "; ".join(_change(change) for change in one.changes[:_CHANGES_NAMED])
    if len(one.changes) > _CHANGES_NAMED:
        named += f"; and {len(one.changes) - _CHANGES_NAMED} more"
    return CorrectionView(one.revision, _iso(one.time_ms), f"{_SAID[one.kind]}{': ' if named else ''}{named}")


def _change(change: Change) -> str:
    before, after = change.before, change.after
    if before is None:
        return f"event {change.event_id} put in, {_play(after)}"
    if after is None:
        return f"event {change.event_id} taken back, it was {_play(before)}"
    if before.text == after.text and after.status != before.status:
        return f"event {change.event_id}, {after.text}, is {after.status or 'as it was'}"
    return f"event {change.event_id} is {_play(after)}, it was {_play(before)}"


def _play(play: PlayLine | None) -> str:
    return "" if play is None else f"{play.text} at {box_view.period_name(play.period)} {play.clock}"


def _trace(story: Story, seen_ms: int | None) -> list[tuple[str, int]]:
    stages = []
    if story.changed_ms is not None:
        stages.append(("file to log", max(0, story.logged_ms - story.changed_ms)))
    if seen_ms is not None:
        stages.append(("log to document", max(0, seen_ms - story.logged_ms)))
    return stages


def _iso(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds")
