"""The pages as HTML: complete without JavaScript; live updates replace one part of them."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pressbox.model.summary import GameSummary
from pressbox.serve import box_view
from pressbox.serve.address import boxscore_address, page_address
from pressbox.serve.events import QUIET_S, event, identity_of
from pressbox.serve.hub import Newest

STATIC: Final = Path(__file__).parent / "static"
_GAMES_SHAPED: Final = 256
_VERSION_DIGITS: Final = 12


def games_page(games: Sequence[GameSummary]) -> str:
    """Return the page of all *games*, live ones first."""
    return _TEMPLATES.get_template("games.html").render(games=games)


def game_page(summary: GameSummary, newest: Newest | None) -> str:
    """Return the page of a game, saying what is missing where it has no document yet."""
    has = "" if newest is None else f"?after={identity_of(newest.mark)}"
    return _TEMPLATES.get_template("game.html").render(
        summary=summary, stream=f"{page_address(summary.game)}/stream{has}", quiet_s=QUIET_S, **_box(newest)
    )


def problem_page(status: int, detail: str) -> str:
    """Return the page that says why there is no other."""
    return _TEMPLATES.get_template("problem.html").render(title=HTTPStatus(status).phrase, detail=detail)


@lru_cache(maxsize=_GAMES_SHAPED)
def box_event(newest: Newest) -> bytes:
    """Return the event that carries the live part of a game's page; made once for all its readers."""
    html = _TEMPLATES.get_template("box.html").render(**_box(newest))
    return event("document", html.encode(), identity_of(newest.mark))


def _box(newest: Newest | None) -> dict[str, object]:
    if newest is None:
        return {"box": None, "seen": None}
    seen = None if newest.seen_ms is None else datetime.fromtimestamp(newest.seen_ms / 1000, UTC)
    return {"box": msgspec.json.decode(newest.body), "seen": seen}


@lru_cache
def _static_address(name: str) -> str:
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:_VERSION_DIGITS]
    return f"/static/{name}?v={version}"


def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(
        view=box_view, page_address=page_address, boxscore_address=boxscore_address, static_address=_static_address
    )
    return templates


_TEMPLATES: Final = _templates()
