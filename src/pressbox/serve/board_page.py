"""The scoreboard as HTML: a page of cards, and the cards alone as they change."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from pressbox.model.summary import GameSummary
from pressbox.serve.address import page_address
from pressbox.serve.board_view import STATES, Asked, Selection
from pressbox.serve.box_view import period_name
from pressbox.serve.events import QUIET_S
from pressbox.serve.rendering import render
from pressbox.serve.story_view import STALE_S

STALE_MS: Final = STALE_S * 1000
"""A live game that says nothing for so long is told to be without news."""

_DELAYS_S: Final = (0, 10, 30, 60, 120, 300)
_CARDS_SHAPED: Final = 4096
_MINUTE_MS: Final = 60_000


class Side(NamedTuple):
    """One side of a card; *leads* marks who is ahead."""

    name: str
    score: int
    leads: bool


class Card(NamedTuple):
    """A game as its card shows it; *said* is what is worth saying aloud once it differs."""

    game: str
    address: str
    state: str
    when: str
    sides: tuple[Side, Side] | None
    said: str
    last_play: str
    updated: datetime | None
    problem: str


def card_of(summary: GameSummary, delay_s: int) -> Card:
    """Return *summary* as its card shows it."""
    home, away = summary.home_score, summary.away_score
    sides = (Side(summary.home, home, home > away), Side(summary.away, away, away > home)) if summary.home else None
    address = page_address(summary.game)
    return Card(
        game=summary.game,
        address=f"{address}?delay={delay_s}" if delay_s else address,
        state=summary.state,
        when=_when(summary),
        sides=sides,
        said=_said(summary),
        last_play=summary.last_play,
        updated=None if summary.updated_ms is None else datetime.fromtimestamp(summary.updated_ms / 1000, UTC),
        problem=summary.problem,
    )


def scoreboard_page(selection: Selection, asked: Asked, *, identity: str, now_ms: int) -> str:
    """Return the page *asked* for as it is at *now_ms*; its stream goes on behind the event *identity*."""
    shown = [state for state in STATES if asked.state in (None, state)]
    return render(
        "scoreboard.html",
        asked=asked,
        groups=[
            (state, [_card(one, asked.delay_s, _quiet_min(one, now_ms)) for one in selection.of(state)])
            for state in shown
        ],
        older=asked.address("/", after=selection.following) if selection.following else "",
        newest=asked.address("/", after=None),
        json=asked.address("/api/games"),
        delays=sorted({*_DELAYS_S, asked.delay_s}),
        stream=asked.address("/stream", after=identity, page=asked.after, state=None),
        states=[(state, asked.in_state(state).address("/")) for state in (None, *STATES)],
        quiet_s=QUIET_S,
        stale_ms=STALE_MS,
    )


def cards(summaries: Iterable[GameSummary], asked: Asked) -> str:
    """Return the cards of *summaries* alone."""
    return "\n".join(_card(one, asked.delay_s) for one in summaries)


@lru_cache(maxsize=_CARDS_SHAPED)
def _card(summary: GameSummary, delay_s: int, quiet_min: int = 0) -> str:
    return render("card.html", card=card_of(summary, delay_s), quiet_min=quiet_min)


def _when(summary: GameSummary) -> str:
    if summary.state == "live" and summary.event_id >= 0:
        return f"{period_name(summary.period)} {summary.clock}"
    overtime = summary.state == "final" and summary.period > 4  # noqa: PLR2004 - a final score says that it took longer
    return period_name(summary.period) if overtime else ""


def _said(summary: GameSummary) -> str:
    if not summary.home or summary.event_id < 0:
        return ""
    score = f"{summary.home} {summary.home_score}, {summary.away} {summary.away_score}"
    return f"final: {score}" if summary.state == "final" else score


def _quiet_min(summary: GameSummary, now_ms: int) -> int:
    """Return for how many minutes a live game has said nothing, once that is worth saying."""
    if summary.state != "live" or summary.updated_ms is None or now_ms - summary.updated_ms < STALE_MS:
        return 0
    return (now_ms - summary.updated_ms) // _MINUTE_MS
