"""The pages as HTML: complete without JavaScript; live updates replace one part of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Final

import msgspec

from pressbox.model.summary import GameSummary
from pressbox.serve.address import page_address
from pressbox.serve.events import QUIET_S, event, identity_of
from pressbox.serve.hub import Newest
from pressbox.serve.rendering import render

_GAMES_SHAPED: Final = 256


def games_page(games: Sequence[GameSummary]) -> str:
    """Return the page of all *games*, live ones first."""
    return render("games.html", games=games)


def game_page(summary: GameSummary, newest: Newest | None) -> str:
    """Return the page of a game, saying what is missing where it has no document yet."""
    has = "" if newest is None else f"?after={identity_of(newest.mark)}"
    return render(
        "game.html",
        summary=summary,
        stream=f"{page_address(summary.game)}/stream{has}",
        quiet_s=QUIET_S,
        **_box(newest),
    )


def problem_page(status: int, detail: str) -> str:
    """Return the page that says why there is no other."""
    return render("problem.html", title=HTTPStatus(status).phrase, detail=detail)


@lru_cache(maxsize=_GAMES_SHAPED)
def box_event(newest: Newest) -> bytes:
    """Return the event that carries the live part of a game's page; made once for all its readers."""
    html = render("box.html", **_box(newest))
    return event("document", html.encode(), identity_of(newest.mark))


def _box(newest: Newest | None) -> dict[str, object]:
    if newest is None:
        return {"box": None, "seen": None}
    seen = None if newest.seen_ms is None else datetime.fromtimestamp(newest.seen_ms / 1000, UTC)
    return {"box": msgspec.json.decode(newest.body), "seen": seen}
