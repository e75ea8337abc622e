"""The addresses of the pages of games."""

import hashlib
import time
from typing import Annotated, Any, Final

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import QueryParameter
from litestar.response import Redirect, Stream

from pressbox.serve.api import After, At, LastEventId, OfRevision, document_at
from pressbox.serve.delay import Delay
from pressbox.serve.delayed import delayed_newest, followed
from pressbox.serve.etag import has
from pressbox.serve.hub import newest_of
from pressbox.serve.pages import (
    Shown,
    all_plays,
    live_address,
    live_page,
    moment_address,
    moment_page,
    part_event,
    shown,
)
from pressbox.serve.services import Services

_NOT_MODIFIED: Final = 304
_TAG_DIGITS: Final = 16

LaterThan = Annotated[
    int | None, QueryParameter(name="after", ge=-1, description="an event id: the moment of the event that follows it")
]


def page_routes(services: Services) -> list[Any]:
    """Return the routes of people."""
    part = part_event(services.history)

    @get("/games/{name:str}", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
    def one_game(
        game: NamedDependency[str],
        request: Request[Any, Any, Any],
        at: At = None,
        revision: OfRevision = None,
        later_than: LaterThan = None,
        delay: Delay = 0,
    ) -> Response[Any]:
        if at is not None and revision is not None:
            return _page(request, moment_page(_moment(services, game, at, revision), delay_s=delay))
        if at is not None:
            return Redirect(_at(services, game, at, delay))
        if later_than is not None:
            return Redirect(_later(services, game, later_than, delay))
        return _page(request, _live(services, game, delay))

    @get("/games/{name:str}/plays", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
    def plays(game: NamedDependency[str], request: Request[Any, Any, Any], delay: Delay = 0) -> Response[str]:
        live = _shown_live(services, game, delay)
        if live is None:
            raise NotFoundException(f"game {game!r} has no play yet")
        return _page(request, all_plays(live))

    @get("/games/{name:str}/stream", include_in_schema=False)
    async def live_part(
        game: NamedDependency[str], after: After = None, last_event_id: LastEventId = None, delay: Delay = 0
    ) -> Stream:
        await services.acquaint(game)
        return followed(services, game, last_event_id or after, part, delay)

    return [one_game, plays, live_part]


def _moment(services: Services, game: str, at: int, revision: int) -> Shown:
    return shown(services.history, game, newest_of(document_at(services, game, at, revision)))


def _live(services: Services, game: str, delay_s: int) -> str:
    summary = services.summary(game)
    live = _shown_live(services, game, delay_s)
    return live_page(
        game, live, now_ms=time.time_ns() // 1_000_000 - delay_s * 1000, delay_s=delay_s, problem=summary.problem
    )


def _shown_live(services: Services, game: str, delay_s: int) -> Shown | None:
    newest = delayed_newest(services, game, delay_s) if delay_s else services.newest(game)
    return None if newest is None else shown(services.history, game, newest)


def _at(services: Services, game: str, at: int, delay_s: int) -> str:
    """Return the address of the moment after event *at*; before the first event, of the first."""
    told = _told_events(services, game, delay_s)
    event_id = max((one for one in told if one <= at), default=min(told, default=at))
    return moment_address(game, newest_of(document_at(services, game, event_id, None)), delay_s)


def _later(services: Services, game: str, than: int, delay_s: int) -> str:
    """Return the address of the moment of the event that follows *than*; after the newest, of the game as it is."""
    services.summary(game)
    following = next((one for one in _told_events(services, game, delay_s) if one > than), None)
    if following is None:
        return live_address(game, delay_s)
    return moment_address(game, newest_of(document_at(services, game, following, None)), delay_s)


def _told_events(services: Services, game: str, delay_s: int) -> list[int]:
    """Return the events of *game* that a viewer with this delay may know of, ascending."""
    events = services.documents.event_ids(game)
    if not delay_s:
        return events
    newest = delayed_newest(services, game, delay_s)
    return [] if newest is None else [one for one in events if one <= newest.event_id]


def _page(request: Request[Any, Any, Any], html: str) -> Response[str]:
    tag = f'"{hashlib.sha256(html.encode()).hexdigest()[:_TAG_DIGITS]}"'
    headers = {"Cache-Control": "no-cache", "ETag": tag}
    if has(request, tag):
        return Response("", status_code=_NOT_MODIFIED, headers=headers, media_type=MediaType.HTML)
    return Response(html, media_type=MediaType.HTML, headers=headers)
