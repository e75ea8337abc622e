"""The addresses of the pages."""

from typing import Any, Final

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from pressbox.serve.api import After, LastEventId
from pressbox.serve.events import stream
from pressbox.serve.pages import box_event, game_page, games_page
from pressbox.serve.services import Services

_HEADERS: Final = {"Cache-Control": "no-cache"}


def page_routes(services: Services) -> list[Any]:
    """Return the routes of people."""

    @get("/", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
    def all_games() -> Response[str]:
        return _page(games_page(services.games()))

    @get("/games/{name:str}", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
    def one_game(game: NamedDependency[str]) -> Response[str]:
        return _page(game_page(services.summary(game), services.newest(game)))

    @get("/games/{name:str}/stream", include_in_schema=False)
    async def live_part(game: NamedDependency[str], after: After = None, last_event_id: LastEventId = None) -> Stream:
        await services.acquaint(game)
        return stream(services.hub, game, last_event_id or after, box_event)

    return [all_games, one_game, live_part]


def _page(html: str) -> Response[str]:
    return Response(html, media_type=MediaType.HTML, headers=_HEADERS)
