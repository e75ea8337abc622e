"""Where operators look: the page, the same as JSON, and `/metrics`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import MediaType, Response, get
from litestar.response import Stream

from pressbox.model.overview import Overview
from pressbox.serve.events import BEGINNING, QUIET, event, event_stream
from pressbox.serve.metrics import CONTENT_TYPE, metrics
from pressbox.serve.operations_view import operations_page, operations_part
from pressbox.serve.operators import operators_only
from pressbox.serve.services import Services

QUIET_S: Final = 10.0

_EVERY_S: Final = 1.0
_LOOK_AROUND_S: Final = 0.2
_FRESH: Final = {"Cache-Control": "no-store"}


def operations_routes(services: Services) -> list[Any]:
    """Return the routes of operators; nobody else is answered."""
    guards = [operators_only(services.operators)]

    @get("/operations", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False, guards=guards)
    def page() -> Response[str]:
        return Response(operations_page(services.overview(), QUIET_S), media_type=MediaType.HTML, headers=_FRESH)

    @get("/operations/stream", include_in_schema=False, guards=guards)
    async def moving() -> Stream:
        return event_stream(parts(services))

    @get("/api/operations", sync_to_thread=True, guards=guards, summary="Where everything stands, for operators")
    def overview() -> Response[Overview]:
        return Response(services.overview(), headers=_FRESH)

    @get("/metrics", sync_to_thread=True, guards=guards, include_in_schema=False)
    def scrape() -> Response[bytes]:
        return Response(metrics(services.overview()), media_type=CONTENT_TYPE, headers=_FRESH)

    return [page, moving, overview, scrape]


async def parts(services: Services) -> AsyncIterator[bytes]:
    """Yield the part of the page that moves whenever it differs, once a second at most, until the hub ends."""
    yield BEGINNING
    told = b""
    silent_s = 0.0
    while not services.hub.ended:
        now = operations_part(await asyncio.to_thread(services.overview)).encode()
        if now != told:
            told, silent_s = now, 0.0
            yield event("overview", now, "")
        elif silent_s >= QUIET_S:
            silent_s = 0.0
            yield QUIET
        for _ in range(round(_EVERY_S / _LOOK_AROUND_S)):
            if not services.hub.ended:
                await asyncio.sleep(_LOOK_AROUND_S)
        silent_s += _EVERY_S
