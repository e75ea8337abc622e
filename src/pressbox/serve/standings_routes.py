"""The addresses of the standings: the page and the same as JSON."""

import hashlib
from typing import Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.params import QueryParameter

from pressbox.serve.etag import has
from pressbox.serve.rendering import render
from pressbox.serve.services import Services
from pressbox.serve.standings_view import (
    PLAYERS_SHOWN,
    Sort,
    Standings,
    conferences,
    games_behind_text,
    pct_text,
    standings_of,
)

_NOT_MODIFIED: Final = 304
_TAG_DIGITS: Final = 16

AnyRequest = Request[Any, Any, Any]

SortedBy = Annotated[Sort, QueryParameter(name="sort", description="what players are ordered by")]
All = Annotated[bool, QueryParameter(name="all", description="all players, not the first ones only")]


def standings_routes(services: Services) -> list[Any]:
    """Return the routes of the standings."""

    @get("/standings", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
    def page(request: AnyRequest, sort: SortedBy = "goals", everyone: All = False) -> Response[str]:
        html = _page(standings_of(services.standings(), sort), sort, everyone=everyone)
        headers = _headers(html.encode())
        if has(request, headers["ETag"]):
            return Response("", status_code=_NOT_MODIFIED, headers=headers, media_type=MediaType.HTML)
        return Response(html, media_type=MediaType.HTML, headers=headers)

    @get(
        "/api/standings",
        sync_to_thread=True,
        summary="Teams and players with their season so far",
        description="The tables `teams2` and `players2`; while no game is final, the base tables.",
    )
    def standings(request: AnyRequest, sort: SortedBy = "goals") -> Response[Standings | bytes]:
        found = standings_of(services.standings(), sort)
        headers = _headers(msgspec.json.encode(found))
        if has(request, headers["ETag"]):
            return Response(b"", status_code=_NOT_MODIFIED, headers=headers, media_type=MediaType.JSON)
        return Response(found, headers=headers)

    return [page, standings]


def _page(standings: Standings, sort: Sort, *, everyone: bool) -> str:
    shown = standings.players if everyone else standings.players[:PLAYERS_SHOWN]
    return render(
        "standings.html",
        standings=standings,
        conferences=conferences(standings),
        players=shown,
        sort=sort,
        everyone=everyone,
        pct_text=pct_text,
        games_behind_text=games_behind_text,
    )


def _headers(body: bytes) -> dict[str, str]:
    return {"ETag": f'"{hashlib.sha256(body).hexdigest()[:_TAG_DIGITS]}"', "Cache-Control": "no-cache"}
