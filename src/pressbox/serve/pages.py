"""The pages of games as HTML: complete without JavaScript; live updates replace one part of them."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from pressbox.model.story import Story
from pressbox.serve.address import page_address
from pressbox.serve.events import QUIET_S, event, identity_of
from pressbox.serve.hub import Newest
from pressbox.serve.rendering import render
from pressbox.serve.story_view import moment_view
from pressbox.stream.history import GameHistory

_GAMES_SHAPED: Final = 256


class Shown(Struct, frozen=True):
    """A document of *game*, and the story up to it as far as the log still tells it."""

    game: str
    newest: Newest
    story: Story | None


def shown(history: GameHistory, game: str, newest: Newest) -> Shown:
    """Return what there is to show of the document *newest*."""
    return Shown(game, newest, history.story(game, newest.event_id, newest.mark[0]))


def live_page(game: str, live: Shown | None, *, now_ms: int, delay_s: int = 0, problem: str = "") -> str:
    """Return the page of a game that moves, saying what is missing where it has no document yet."""
    has = {} if live is None else {"after": identity_of(live.newest.mark)}
    return render(
        "game.html",
        game=game,
        stream=_with(f"{page_address(game)}/stream", delay_s, has),
        quiet_s=QUIET_S,
        now_ms=now_ms,
        delay=delay_s,
        live=live_address(game, delay_s),
        problem=problem,
        **_values(live, now_ms=now_ms),
    )


def moment_page(moment: Shown, *, delay_s: int = 0) -> str:
    """Return the page of one moment of a game: the same for ever, whatever comes later."""
    live = live_address(moment.game, delay_s)
    return render("game.html", game=moment.game, stream="", delay=delay_s, live=live, **_values(moment, is_live=False))


def all_plays(live: Shown) -> str:
    """Return the list of all plays, as the page has it."""
    return render("all_plays.html", game=live.game, **_values(live))


def problem_page(status: int, detail: str) -> str:
    """Return the page that says why there is no other."""
    return render("problem.html", title=HTTPStatus(status).phrase, detail=detail)


def live_address(game: str, delay_s: int = 0) -> str:
    """Return the address of the page of *game* as it is, or was *delay_s* seconds ago."""
    return _with(page_address(game), delay_s, {})


def moment_address(game: str, newest: Newest, delay_s: int = 0) -> str:
    """Return the permalink of the page of a moment; a viewer keeps the delay for the way back."""
    return _with(page_address(game), delay_s, {"at": str(newest.event_id), "revision": str(newest.mark[0])})


def _with(address: str, delay_s: int, queries: Mapping[str, str]) -> str:
    asked = {**queries, "delay": str(delay_s)} if delay_s else queries
    return f"{address}?{urlencode(asked)}" if asked else address


def part_event(history: GameHistory) -> Callable[[Newest], bytes]:
    """Return what shapes a document into the event that carries the live part of its page, once for all readers."""

    @lru_cache(maxsize=_GAMES_SHAPED)
    def shaped(newest: Newest) -> bytes:
        game = _decode_game(newest.body).game
        html = render("box.html", **_values(shown(history, game, newest)))
        return event("document", html.encode(), identity_of(newest.mark))

    return shaped


class _Game(Struct):
    game: str


_decode_game = msgspec.json.Decoder(_Game).decode


def _values(of: Shown | None, *, now_ms: int | None = None, is_live: bool = True) -> dict[str, Any]:
    if of is None:
        return {"box": None, "moment": None}
    box = msgspec.json.decode(of.newest.body)
    permalink = moment_address(of.game, of.newest)
    seen_ms = of.newest.seen_ms
    moment = moment_view(box, of.story, permalink, seen_ms=seen_ms, now_ms=now_ms, is_live=is_live)
    return {"box": box, "moment": moment}
