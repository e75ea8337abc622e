"""The pages of games as HTML: complete without JavaScript; live updates replace one part of them."""

from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

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
    queries = {"delay": str(delay_s)} if delay_s else {}
    if live is not None:
        queries["after"] = identity_of(live.newest.mark)
    stream = f"{page_address(game)}/stream?{'&'.join(f'{name}={value}' for name, value in queries.items())}"
    return render(
        "game.html",
        game=game,
        stream=stream.rstrip("?"),
        quiet_s=QUIET_S,
        now_ms=now_ms,
        delay=delay_s,
        problem=problem,
        **_values(live, now_ms),
    )


def moment_page(moment: Shown) -> str:
    """Return the page of one moment of a game: the same for ever, whatever comes later."""
    return render("game.html", game=moment.game, stream="", delay=0, **_values(moment, None))


def all_plays(live: Shown) -> str:
    """Return the list of all plays, as the page has it."""
    return render("all_plays.html", game=live.game, **_values(live, None))


def problem_page(status: int, detail: str) -> str:
    """Return the page that says why there is no other."""
    return render("problem.html", title=HTTPStatus(status).phrase, detail=detail)


def moment_address(game: str, newest: Newest) -> str:
    """Return the permalink of the page of a moment."""
    return f"{page_address(game)}?at={newest.event_id}&revision={newest.mark[0]}"


def part_event(history: GameHistory) -> Callable[[Newest], bytes]:
    """Return what shapes a document into the event that carries the live part of its page, once for all readers."""

    @lru_cache(maxsize=_GAMES_SHAPED)
    def shaped(newest: Newest) -> bytes:
        game = _decode_game(newest.body).game
        html = render("box.html", **_values(shown(history, game, newest), None))
        return event("document", html.encode(), identity_of(newest.mark))

    return shaped


class _Game(Struct):
    game: str


_decode_game = msgspec.json.Decoder(_Game).decode


def _values(of: Shown | None, now_ms: int | None) -> dict[str, Any]:
    if of is None:
        return {"box": None, "moment": None}
    box = msgspec.json.decode(of.newest.body)
    permalink = moment_address(of.game, of.newest)
    return {"box": box, "moment": moment_view(box, of.story, permalink, of.newest.seen_ms, now_ms)}
