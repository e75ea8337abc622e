"""The operations page: the overview as operators read it, every time in UTC as logs have it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup

from pressbox.model.overview import BEHIND_S, STALE_S, Overview, PartitionOverview, PartOverview, Standing
from pressbox.serve.chart import sparkline
from pressbox.serve.rendering import render

_STANDINGS: Final[dict[Standing, str]] = {
    "idle": "up to date",
    "moving": "moving",
    "behind": "behind",
    "broken": "broken",
}
_UNKNOWN: Final = "–"
_SHARE: Final = 0.99
_MEGABYTE: Final = 1 << 20
_GIGABYTE: Final = 1 << 30
_SECOND_MS: Final = 1000


def operations_page(overview: Overview, quiet_s: float) -> str:
    """Return the page of *overview*; its stream says something every *quiet_s* at least."""
    return render("operations.html", here="/operations", quiet_s=quiet_s, **_values(overview))


def operations_part(overview: Overview) -> str:
    """Return the part of the page that moves."""
    return render("operations_part.html", **_values(overview))


def moment(time_ms: int | None) -> str:
    """Return the date and time of day at *time_ms*, to the second."""
    return _UNKNOWN if time_ms is None else f"{datetime.fromtimestamp(time_ms // _SECOND_MS, UTC):%Y-%m-%d %H:%M:%S}"


def size(length_bytes: int) -> str:
    """Return *length_bytes* in a unit people think in."""
    if length_bytes < _GIGABYTE:
        return f"{length_bytes / _MEGABYTE:.1f} MB"
    return f"{length_bytes / _GIGABYTE:.1f} GB"


def taken_up_to(overview: Overview, one: PartitionOverview) -> list[tuple[str, str]]:
    """Return the cursor of every part that takes the partition *one*, by name; that of a store that is away is unknown."""
    takers = [part for part in overview.parts if part.topic == one.topic and part.role != "source"]
    return [(part.name, _number(part.cursors.get(one.partition))) for part in takers]


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of *text*, and whether each is a command, which stands between backticks."""
    for place, piece in enumerate(text.split("`")):
        if piece:
            yield piece, place % 2 == 1


def stands(part: PartOverview) -> str:
    """Return the word for how *part* stands; a source cannot know that it is up to date, only that it watches."""
    return "watching" if part.role == "source" and part.standing == "idle" else _STANDINGS[part.standing]


def _values(overview: Overview) -> dict[str, object]:
    shown = (moment, size, taken_up_to, pieces, stands)
    return {
        "overview": overview,
        "behind_s": BEHIND_S,
        "stale_min": round(STALE_S / 60),
        "number": _number,
        "seconds": _seconds,
        "within": _within,
        "pace": _pace,
    } | {function.__name__: function for function in shown}


def _number(value: int | None) -> str:
    return _UNKNOWN if value is None else f"{value:,}"


def _seconds(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.1f}"


def _within(part: PartOverview) -> str:
    bound = None if part.latency is None else part.latency.within_s(_SHARE)
    return _UNKNOWN if bound is None else f"{bound:g}"


def _pace(part: PartOverview) -> Markup:
    whole = part.flow.recent[:-1]  # the last count is still under way
    return sparkline(
        whole, f"{part.name}: {sum(whole)} in five minutes, at most {max(whole, default=0)} in five seconds"
    )
