"""The page of the design system: every token and component with its rule, as the other pages use them."""

from functools import cache
from math import sin
from typing import Any, Final

from litestar import MediaType, Response, get

from pressbox.serve.chart import GoalMark, Side, Zone, period_bars, score_margin, sparkline, zone_line
from pressbox.serve.palette import COLOURS, weakest
from pressbox.serve.rendering import render

_HOME: Final = "syracuse"
_AWAY: Final = "johns hopkins"
_NOW_S: Final = 3050
_GOALS_AT: Final[tuple[tuple[int, Side], ...]] = (
    (95, "home"), (310, "away"), (420, "away"), (760, "away"), (1010, "away"), (1190, "home"), (1275, "home"),
    (1620, "home"), (1840, "home"), (2075, "home"), (2250, "away"), (2410, "home"), (2660, "home"), (2990, "away"),
)  # fmt: skip
_SPEED_ZONES: Final = (Zone(0, "walk"), Zone(2, "jog"), Zone(4, "run"), Zone(5.5, "fast"), Zone(7, "sprint"))
_SPEED_HIGH: Final = 9.0
_STEP_S: Final = 5
_SAMPLES: Final = 240
_GAP: Final = range(96, 108)


def design_routes() -> list[Any]:
    """Return the route of the page of the design system."""

    @get("/design", media_type=MediaType.HTML, sync_to_thread=False, include_in_schema=False)
    def design() -> Response[str]:
        return Response(design_page(), media_type=MediaType.HTML, headers={"Cache-Control": "no-cache"})

    return [design]


@cache
def design_page() -> str:
    """Return the page of the design system; what its charts and tables show is made up."""
    return render(
        "design.html",
        colours=COLOURS.values(),
        weakest=weakest,
        margin=score_margin(_goals(), 4, _HOME, _AWAY, _NOW_S),
        bars=period_bars("Shots", _HOME, (11, 9, 12, 4), _AWAY, (8, 10, 6, 3)),
        spark=sparkline((3, 4, 4, 6, 5, 7, 9, 8, 8, 6), "Player load a minute, ten minutes, now 6"),
        speed=zone_line(_speeds(), "Speed", "m/s", _SPEED_ZONES, step_s=_STEP_S, high=_SPEED_HIGH),
    )


def _goals() -> list[GoalMark]:
    goals: list[GoalMark] = []
    scores = {"home": 0, "away": 0}
    for elapsed_s, side in _GOALS_AT:
        scores[side] += 1
        text = f"goal by {'sam' if side == 'home' else 'julia'}"
        goals.append(GoalMark(elapsed_s, 1 + elapsed_s // 900, scores["home"], scores["away"], side, text, len(goals)))
    return goals


def _speeds() -> list[float | None]:
    """Return a session by formula: waves of effort, bursts between them, and a gap where the sensor was silent."""
    return [None if at in _GAP else _speed(at) for at in range(_SAMPLES)]


def _speed(at: int) -> float:
    effort = 2.6 + 1.7 * sin(at / 19) + 1.2 * sin(at / 5) + 0.7 * sin(at * 1.7)
    burst = 4.2 if at % 41 in (20, 21, 22) else 0.0
    return round(min(max(effort + burst, 0.1), _SPEED_HIGH - 0.4), 1)
