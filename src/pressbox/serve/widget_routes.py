"""The addresses of the widget, `/embed/v1`, which other sites put into their pages; docs/design.md has its promises."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Annotated, Any, Final

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import QueryParameter
from litestar.response import Stream

from pressbox.serve.api import After, LastEventId
from pressbox.serve.delay import Delay
from pressbox.serve.delayed import delayed_newest, followed
from pressbox.serve.hub import Newest
from pressbox.serve.services import Services
from pressbox.serve.widget import Theme, help_page, missing_widget, widget_event, widget_page

_HEADERS: Final = {"Cache-Control": "no-cache"}
_MISSING: Final = 404
_SHAPES: Final = 1024

AnyTheme = Annotated[Theme, QueryParameter(description="light or dark; without it, as the reader prefers")]


def widget_routes(services: Services) -> list[Any]:
    """Return the routes of the widget, and of the page that tells how to use it."""

    @get("/embed", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
    def how(
        request: Request[Any, Any, Any],
        game_chosen: Annotated[str, QueryParameter(name="game")] = "",
        theme: AnyTheme = "",
        delay: Delay = 0,
    ) -> Response[str]:
        games = sorted(one.game for one in services.board.all_at(services.board.version()))
        game = game_chosen or next(iter(games), "")
        host = str(request.base_url).rstrip("/")
        return _page(help_page(host, games, game, theme, delay))

    @get("/embed/v1/games/{name:str}", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
    def widget(game: NamedDependency[str], theme: AnyTheme = "", delay: Delay = 0) -> Response[str]:
        try:
            services.summary(game)
        except NotFoundException:
            return _page(missing_widget(game, theme), status=_MISSING)
        newest = delayed_newest(services, game, delay) if delay else services.newest(game)
        return _page(widget_page(game, newest, theme, delay))

    @get("/embed/v1/games/{name:str}/stream", include_in_schema=False)
    async def widget_stream(
        game: NamedDependency[str], after: After = None, last_event_id: LastEventId = None, delay: Delay = 0
    ) -> Stream:
        await services.acquaint(game)
        return followed(services, game, last_event_id or after, _shape(game, delay), delay)

    return [how, widget, widget_stream]


def _page(html: str, status: int = 200) -> Response[str]:
    return Response(html, media_type=MediaType.HTML, status_code=status, headers=_HEADERS)


@lru_cache(maxsize=_SHAPES)
def _shape(game: str, delay_s: int) -> Callable[[Newest], bytes]:
    """Return the one shape all readers of a game share: what it makes is then made, and packed, once for them."""
    return partial(widget_event, game=game, delay_s=delay_s)
