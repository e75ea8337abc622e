"""The web application: the pages, the API, the door of commands, and what they share."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from litestar import Litestar, get
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp
from msgspec import Struct

from pressbox import __version__
from pressbox.serve.address import game_named
from pressbox.serve.answer import ANSWERS
from pressbox.serve.api import api_routes
from pressbox.serve.athlete_routes import athlete_routes
from pressbox.serve.board import Board
from pressbox.serve.board_routes import board_routes
from pressbox.serve.compression import Packing
from pressbox.serve.control import control_routes
from pressbox.serve.design_routes import design_routes
from pressbox.serve.doorway import Doorway
from pressbox.serve.hub import Hub
from pressbox.serve.operations_routes import operations_routes
from pressbox.serve.page_routes import page_routes
from pressbox.serve.rendering import STATIC, STATIC_ROOT
from pressbox.serve.report_routes import report_routes
from pressbox.serve.schema_routes import schema_routes
from pressbox.serve.services import Services
from pressbox.serve.session_api import session_api
from pressbox.serve.session_routes import session_routes
from pressbox.serve.sign_in_routes import sign_in_routes
from pressbox.serve.sql_routes import sql_routes
from pressbox.serve.standings_routes import standings_routes
from pressbox.serve.touchline import Touchline
from pressbox.serve.viewer import GATE
from pressbox.serve.widget_routes import widget_routes

__all__ = ["Services", "create_app"]

_BODY_BYTES_MAX: Final = 16 << 20
_YEAR_S: Final = 365 * 24 * 3600
_ICON: Final = (STATIC / "icon.svg").read_bytes()


class Health(Struct):
    """Ready once it answers at all."""

    status: str = "ready"
    version: str = __version__


def create_app(services: Services) -> ASGIApp:
    """Return the application over *services*."""
    return Doorway(Packing(_application(services)))


def _application(services: Services) -> Litestar:
    touchlines = [] if services.telemetry is None else [services.telemetry.touchline]
    return Litestar(
        route_handlers=[
            _health,
            _icon,
            *board_routes(services),
            *page_routes(services),
            *api_routes(services),
            *standings_routes(services),
            *control_routes(services),
            *operations_routes(services),
            *design_routes(),
            *schema_routes(),
            *widget_routes(services),
            *sign_in_routes(services.entrance),
            *session_routes(services),
            *session_api(services),
            *report_routes(services),
            *athlete_routes(services),
            *sql_routes(services),
            create_static_files_router(
                path=STATIC_ROOT,
                directories=[STATIC],
                # The version of the files is in their address, so one address never changes.
                cache_control=CacheControlHeader(public=True, max_age=_YEAR_S, immutable=True),
            ),
        ],
        state=State({GATE: services.entrance.reception}),
        dependencies={"game": Provide(game_named, sync_to_thread=False)},
        lifespan=[_attached(services.hub, services.board, *touchlines)],
        request_max_body_size=_BODY_BYTES_MAX,
        openapi_config=OpenAPIConfig(
            title="pressbox",
            version=__version__,
            path="/api/schema",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        exception_handlers=ANSWERS,
        logging_config=None,  # whoever runs us has decided where logs go
    )


@get("/healthz", sync_to_thread=False)
def _health() -> Health:
    return Health()


@get("/favicon.ico", media_type="image/svg+xml", sync_to_thread=False, include_in_schema=False)
def _icon() -> bytes:
    return _ICON  # browsers ask for it where a document names no icon, as JSON does not


def _attached(*waited_for: Hub | Board | Touchline) -> Callable[[Litestar], Any]:
    @asynccontextmanager
    async def attached(_: Litestar) -> AsyncIterator[None]:
        for one in waited_for:
            one.attach(asyncio.get_running_loop())
        yield
        for one in waited_for:
            one.attach(None)

    return attached
