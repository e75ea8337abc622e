"""The widget: one game's score in a frame on somebody else's page."""

from functools import lru_cache
from typing import Final, Literal, TypeAlias
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from pressbox.serve.address import page_address
from pressbox.serve.events import QUIET_S, event, identity_of
from pressbox.serve.hub import Newest
from pressbox.serve.rendering import render

Theme: TypeAlias = Literal["", "light", "dark"]

WIDTH_PX_MIN: Final = 240
HEIGHT_PX: Final = 160
"""What `/embed/v1` promises to fit into, at the reader's ordinary size of text."""

_EVENTS_REMEMBERED: Final = 1024


class _Side(Struct):
    name: str
    score: int


class _Play(Struct):
    text: str
    status: str


class _Score(Struct):
    """What the widget shows of a document."""

    home: _Side
    away: _Side
    period: int
    period_clock: str
    final: bool
    plays: list[_Play]


_decode = msgspec.json.Decoder(_Score).decode


def embed_address(game: str, **parameters: str | int) -> str:
    """Return the address of the widget of *game*; parameters that are empty are left out."""
    return f"/embed/v1/games/{quote(game, safe='')}{_query(parameters)}"


def widget_page(game: str, newest: Newest | None, theme: Theme, delay_s: int) -> str:
    """Return the widget of *game*, complete without JavaScript; *newest* is None before its first event."""
    after = "" if newest is None else identity_of(newest.mark)
    stream = f"/embed/v1/games/{quote(game, safe='')}/stream{_query({'after': after, 'delay': delay_s})}"
    return _widget(theme, title=game, stream=stream, part=_part(game, newest, delay_s))


def missing_widget(game: str, theme: Theme) -> str:
    """Return the widget that says there is no such *game*."""
    return _widget(theme, title=game, stream="", part=render("widget_missing.html", game=game))


@lru_cache(maxsize=_EVENTS_REMEMBERED)
def widget_event(newest: Newest, game: str, delay_s: int) -> bytes:
    """Return the event that carries what the widget shows of a document; made once for all its readers."""
    return event("document", _part(game, newest, delay_s).encode(), identity_of(newest.mark))


def help_page(host: str, games: list[str], game: str, theme: Theme, delay_s: int) -> str:
    """Return the page that gives the markup to copy for *game*, served from *host*, and shows it at work."""
    address = embed_address(game, theme=theme, delay=delay_s) if game else ""
    return render(
        "embed.html",
        games=games,
        game=game,
        theme=theme,
        delay=delay_s,
        address=address,
        host=host,
        width=WIDTH_PX_MIN,
        height=HEIGHT_PX,
    )


def _widget(theme: Theme, **values: str) -> str:
    return render("widget.html", theme=theme, quiet_s=QUIET_S, **values)


def _part(game: str, newest: Newest | None, delay_s: int) -> str:
    score = None if newest is None else _decode(newest.body)
    return render(
        "widget_part.html", game=game, page=page_address(game) + _query({"delay": delay_s}), score=score, delay=delay_s
    )


def _query(parameters: dict[str, str | int]) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"?{urlencode(given)}" if given else ""
