"""
Charts as SVG: values in, markup out.

Shapes stretch with the width of the page, text and marks keep their size, and below each chart is a table of the same
numbers. A chart is made once for the same values, however many pages show it.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape
from itertools import accumulate, pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

from markupsafe import Markup
from msgspec import Struct

from pressbox.model.clock import PERIOD_S, REGULATION_PERIODS, format_clock
from pressbox.serve.box_view import period_head, period_name

Side: TypeAlias = Literal["home", "away"]

OVERTIME_S: Final = 4 * 60
"""How long an overtime is drawn of which nobody said how long it is."""

_REMEMBERED: Final = 256
_TEXTS_REMEMBERED: Final = 4096
_MARGIN_MIN: Final = 2
_GRID_LINES_MAX: Final = 6
_GRID_STEPS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_BAR_SHARE: Final = 0.3


class GoalMark(Struct, frozen=True):
    """One goal: *elapsed_s* since the game began, the score after it, and *text* as people read the play."""

    elapsed_s: int
    period: int
    home_score: int
    away_score: int
    side: Side
    text: str
    event_id: int


class Zone(Struct, frozen=True):
    """A band of values from *low* up to the next zone's; zones are told from slow to fast, five at most."""

    low: float
    name: str


class _Span(NamedTuple):
    """What an axis shows, from *low* to *high*."""

    low: float
    high: float

    def percent(self, value: float) -> str:
        return f"{100 * (value - self.low) / (self.high - self.low):.2f}%"

    def from_top(self, value: float) -> str:
        return f"{100 * (self.high - value) / (self.high - self.low):.2f}%"


def score_margin(
    goals: Sequence[GoalMark], periods: int, home: str, away: str, now_s: int | None, overtimes_s: Sequence[int] = ()
) -> Markup:
    """
    Return the chart of who led by how much, over game time: above the line *home*, below it *away*.

    *goals* are in order. *periods* is how many have begun; the four of regulation are always drawn, so that nothing
    moves sideways while they are played. *now_s* is the moment shown, in seconds since the game began; None: the game
    is over. *overtimes_s* says how long the periods after the fourth are, as far as that is known.
    """
    return _score_margin(tuple(goals), periods, home, away, now_s, tuple(overtimes_s))


def period_bars(what: str, home: str, home_counts: Sequence[int], away: str, away_counts: Sequence[int]) -> Markup:
    """Return the chart of *what*, such as shots, by period: a bar a side, each with its number."""
    return _period_bars(what, home, tuple(home_counts), away, tuple(away_counts))


def sparkline(values: Sequence[float], name: str) -> Markup:
    """Return a line of the size of a word; *name* says what it is and how it ended, to who cannot see it."""
    return _sparkline(tuple(values), name)


def zone_line(
    values: Sequence[float | None], name: str, unit: str, zones: Sequence[Zone], *, step_s: int, high: float
) -> Markup:
    """
    Return the chart of *values*, one every *step_s* seconds, over bands of *zones* that end at *high*.

    None is a moment without a value: the line has a gap there and is never drawn across it.
    """
    return _zone_line(tuple(values), name, unit, tuple(zones), step_s, high)


@lru_cache(maxsize=_REMEMBERED)
def _score_margin(
    goals: tuple[GoalMark, ...], periods: int, home: str, away: str, now_s: int | None, overtimes_s: tuple[int, ...]
) -> Markup:
    borders = _borders(max(periods, REGULATION_PERIODS), overtimes_s)
    end_s = _end_s(goals, periods, now_s, borders[-1])
    across = _Span(0, max(borders[-1], end_s, *(goal.elapsed_s for goal in goals)))
    margins = [goal.home_score - goal.away_score for goal in goals]
    up = _Span(min(-_MARGIN_MIN, *margins, 0) - 0.5, max(_MARGIN_MIN, *margins, 0) + 0.5)
    plot = [
        *_grid(up, _margin_lines(up), across_zero=True),
        *_period_borders(across, borders),
        _margin_shapes(goals, margins, end_s, across, up),
        *(_goal_mark(goal, margin, across, up) for goal, margin in zip(goals, margins, strict=True)),
        *([] if now_s is None else [_now(now_s, margins[-1] if margins else 0, across, up)]),
    ]
    title = f"Score margin of {home} and {away} over game time"
    rows = [(_when(goal, borders), _side_name(goal, home, away), goal.text, _score(goal)) for goal in goals]
    return _figure(
        "margin",
        Markup("Lead {}{}").format(_key("home", home), _key("away", away)),
        _svg(title, _margin_story(goals, home, away), plot),
        _table("Goals in order", ("When", "Team", "Goal", "Score"), rows),
    )


def _borders(periods: int, overtimes_s: tuple[int, ...]) -> list[int]:
    """Return where periods begin and end, in seconds since the game began."""
    extra = periods - REGULATION_PERIODS
    lengths_s = [PERIOD_S] * REGULATION_PERIODS + [*overtimes_s, *[OVERTIME_S] * extra][:extra]
    return list(accumulate(lengths_s, initial=0))


def _end_s(goals: tuple[GoalMark, ...], periods: int, now_s: int | None, last_border_s: int) -> int:
    """Return how far the line goes; overtime ends with its goal."""
    if now_s is not None:
        return now_s
    return goals[-1].elapsed_s if goals and periods > REGULATION_PERIODS else last_border_s


def _margin_lines(up: _Span) -> list[int]:
    low, high = int(up.low), int(up.high)
    step = next(step for step in _GRID_STEPS if (high - low) / step <= _GRID_LINES_MAX)
    return [value for value in range(low, high + 1) if value % step == 0]


def _grid(up: _Span, values: Iterable[float], *, across_zero: bool = False) -> Iterable[str]:
    for value in values:
        y = up.from_top(value)
        zero = ' class="zero"' if across_zero and value == 0 else ""
        yield f'<line{zero} x2="100%" y1="{y}" y2="{y}"/><text class="tick" y="{y}">{abs(value):g}</text>'


def _period_borders(across: _Span, borders: Sequence[int]) -> Iterable[str]:
    for period, (begin_s, end_s) in enumerate(pairwise(borders), start=1):
        x = across.percent(end_s)
        middle = across.percent((begin_s + end_s) / 2)
        yield f'<line x1="{x}" x2="{x}" y2="100%"/><text class="under" x="{middle}" y="100%">{period_name(period)}</text>'


def _margin_shapes(goals: tuple[GoalMark, ...], margins: Sequence[int], end_s: int, across: _Span, up: _Span) -> str:
    corners = [(0, 0), *((goal.elapsed_s, margin) for goal, margin in zip(goals, margins, strict=True))]
    zero = f"{up.high:g}"

    def steps(clipped: Iterable[int]) -> str:
        return "".join(f"H{at_s}V{up.high - margin:g}" for (at_s, _), margin in zip(corners, clipped, strict=True))

    home = steps(max(margin, 0) for _, margin in corners)
    away = steps(min(margin, 0) for _, margin in corners)
    line = steps(margin for _, margin in corners)
    return _stretched(
        across.high,
        up.high - up.low,
        f'<path class="area home" d="M0 {zero}{home}H{end_s}V{zero}z"/>'
        f'<path class="area away" d="M0 {zero}{away}H{end_s}V{zero}z"/>'
        f'<path class="line" d="M0 {zero}{line}H{end_s}"/>',
    )


def _goal_mark(goal: GoalMark, margin: int, across: _Span, up: _Span) -> str:
    said = f"{period_name(goal.period)}: {goal.text}, {_score(goal)}"
    return (
        f'<circle class="mark {goal.side}" data-key="{goal.event_id}" r="4" cx="{across.percent(goal.elapsed_s)}" '
        f'cy="{up.from_top(margin)}"><title>{_text(said)}</title></circle>'
    )


def _now(now_s: int, margin: int, across: _Span, up: _Span) -> str:
    x = across.percent(now_s)
    return f'<g class="now"><line x1="{x}" x2="{x}" y2="100%"/><circle r="5" cx="{x}" cy="{up.from_top(margin)}"/></g>'


def _margin_story(goals: tuple[GoalMark, ...], home: str, away: str) -> str:
    if not goals:
        return "No goal yet."
    last = goals[-1]
    leads = [(goal.home_score - goal.away_score, goal) for goal in goals]
    story = f"{home} {last.home_score}, {away} {last.away_score} after {len(goals)} goals."
    for name, (lead, goal) in ((home, max(leads, key=_lead)), (away, min(leads, key=_lead))):
        if (lead > 0) == (name is home) and lead:
            story += f" {name} led by {abs(lead)} at most, in {period_name(goal.period)}."
    return story


def _lead(one: tuple[int, GoalMark]) -> int:
    return one[0]


def _when(goal: GoalMark, borders: Sequence[int]) -> str:
    left_s = borders[goal.period] - goal.elapsed_s if goal.period < len(borders) else 0
    return f"{period_name(goal.period)} {format_clock(max(left_s, 0))}"


def _side_name(goal: GoalMark, home: str, away: str) -> str:
    return home if goal.side == "home" else away


def _score(goal: GoalMark) -> str:
    return f"{goal.home_score}–{goal.away_score}"


@lru_cache(maxsize=_REMEMBERED)
def _period_bars(what: str, home: str, home_counts: tuple[int, ...], away: str, away_counts: tuple[int, ...]) -> Markup:
    up = _Span(0, max(*home_counts, *away_counts, 1) * 1.2)
    across = _Span(0, len(home_counts))
    plot = ['<line class="zero" x2="100%" y1="100%" y2="100%"/>']
    for period, counts in enumerate(zip(home_counts, away_counts, strict=True), start=1):
        middle = period - 0.5
        plot.append(f'<text class="under" x="{across.percent(middle)}" y="100%">{period_name(period)}</text>')
        plot += [
            _bar(side, count, middle + shift * _BAR_SHARE, across, up)
            for side, count, shift in zip(("home", "away"), counts, (-1.05, 0.05), strict=True)
        ]
    heads = ("Team", *(period_head(period) for period in range(1, len(home_counts) + 1)), "Total")
    rows: list[tuple[str | int, ...]] = [
        (name, *counts, sum(counts)) for name, counts in ((home, home_counts), (away, away_counts))
    ]
    story = f"{home} {sum(home_counts)}, {away} {sum(away_counts)}."
    return _figure(
        "bars",
        Markup("{}{}{}").format(f"{what} by period ", _key("home", home), _key("away", away)),
        _svg(f"{what} by period of {home} and {away}", story, plot),
        _table(f"{what} by period", heads, rows),
    )


def _bar(side: str, count: int, left: float, across: _Span, up: _Span) -> str:
    width = across.percent(_BAR_SHARE)
    middle = across.percent(left + _BAR_SHARE / 2)
    top = up.from_top(count)
    return (
        f'<rect class="bar {side}" x="{across.percent(left)}" y="{top}" width="{width}" height="{up.percent(count)}"/>'
        f'<text class="over" x="{middle}" y="{top}">{count}</text>'
    )


@lru_cache(maxsize=_REMEMBERED)
def _sparkline(values: tuple[float, ...], name: str) -> Markup:
    if not values:
        return Markup('<span class="nothing">–</span>')
    up = _Span(min(values), max(values) if max(values) > min(values) else min(values) + 1)
    across = _Span(0, max(len(values) - 1, 1))
    points = " ".join(f"{at} {up.high - value:g}" for at, value in enumerate(values))
    line = _stretched(across.high, up.high - up.low, f'<path class="line" d="M{points}"/>')
    last = f'<circle class="mark" r="2.5" cx="{across.percent(len(values) - 1)}" cy="{up.from_top(values[-1])}"/>'
    return Markup(  # noqa: S704 - made of numbers, and the name is escaped
        f'<svg class="spark" role="img"><title>{escape(name)}</title>{line}{last}</svg>'
    )


@lru_cache(maxsize=_REMEMBERED)
def _zone_line(
    values: tuple[float | None, ...], name: str, unit: str, zones: tuple[Zone, ...], step_s: int, high: float
) -> Markup:
    up, across = _Span(zones[0].low, high), _Span(0, max(len(values) - 1, 1) * step_s)
    tops = [*(zone.low for zone in zones[1:]), high]
    plot = []
    for number, (zone, top) in enumerate(zip(zones, tops, strict=True), start=1):
        y, height = up.from_top(top), up.percent(up.low + top - zone.low)
        plot.append(
            f'<rect class="zone-{number}" width="100%" y="{y}" height="{height}"/>'
            f'<text class="tick" y="{up.from_top(zone.low)}">{zone.low:g}</text>'
            f'<text class="beside" x="100%" y="{up.from_top((zone.low + top) / 2)}">{number} {escape(zone.name)}</text>'
        )
    plot += [
        f'<text class="under" x="{across.percent(at_s)}" y="100%">{at_s // 60}</text>' for at_s in _minutes(across.high)
    ]
    plot.append(_stretched(across.high, up.high - up.low, f'<path class="line" d="{_runs(values, step_s, up)}"/>'))
    known = [value for value in values if value is not None]
    story = f"From {min(known):g} to {max(known):g} {unit}." if known else "No value."
    return _figure(
        "zones",
        Markup("{} <small>{} over minutes</small>").format(name, unit),
        _svg(f"{name} with zones", story, plot),
        _table(f"Time by zone, {name}", ("Zone", f"from {unit}", "Time"), _times(known, zones, step_s)),
    )


def _minutes(high_s: float) -> list[int]:
    step_min = next(step for step in _GRID_STEPS if high_s / 60 / step <= _GRID_LINES_MAX)
    return list(range(step_min * 60, int(high_s) + 1, step_min * 60))


def _runs(values: tuple[float | None, ...], step_s: int, up: _Span) -> str:
    """Return the path through *values*, begun anew after each gap."""
    path, pen = [], "M"
    for at, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        path.append(f"{pen}{at * step_s} {up.high - value:g}")
        pen = "L"
    return "".join(path)


def _times(known: Sequence[float], zones: tuple[Zone, ...], step_s: int) -> list[tuple[str | int, ...]]:
    lows = [zone.low for zone in zones]
    counts = [0] * len(zones)
    for value in known:
        counts[max(0, sum(value >= low for low in lows) - 1)] += 1
    return [
        (f"{number} {zone.name}", f"{zone.low:g}", format_clock(count * step_s))
        for number, (zone, count) in enumerate(zip(zones, counts, strict=True), start=1)
    ]


def _stretched(width: float, height: float, shapes: str) -> str:
    return f'<svg viewBox="0 0 {width:g} {height:g}" preserveAspectRatio="none">{shapes}</svg>'


def _svg(title: str, story: str, plot: Iterable[str]) -> Markup:
    return Markup(  # noqa: S704 - who adds to a plot escapes what is text
        f'<svg class="plot" role="img"><title>{escape(title)}</title><desc>{escape(story)}</desc>{"".join(plot)}</svg>'
    )


def _key(side: Side, name: str) -> Markup:
    return Markup('<span class="key {}">{}</span>').format(side, name)


def _figure(kind: str, caption: Markup, svg: Markup, table: Markup) -> Markup:
    return Markup(
        '<figure class="chart {}"><figcaption>{}</figcaption>{}<details><summary>As a table</summary>{}</details></figure>'
    ).format(kind, caption, svg, table)


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Markup:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row">{_text(first)}</th>{"".join(f"<td>{_text(one)}</td>" for one in others)}</tr>'
        for first, *others in rows
    )
    return Markup(  # noqa: S704 - every cell is escaped
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f'<caption class="unseen">{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


@lru_cache(maxsize=_TEXTS_REMEMBERED)
def _text(value: str | int) -> str:
    return escape(str(value))
