"""The web application: what every address answers."""

import asyncio
import hmac
import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.exceptions import NotAuthorizedException, NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import Parameter
from litestar.response import Stream
from litestar.static_files import create_static_files_router
from msgspec import Struct

from pressbox import __version__
from pressbox.errors import BadInput, PressboxError, Unavailable
from pressbox.model.box_score import Document
from pressbox.model.summary import GameSummary
from pressbox.serve.events import documents, mark_of
from pressbox.serve.hub import Hub
from pressbox.serve.pages import Fragments, game_page, games_page
from pressbox.stream.document import DocumentReader

_BODY_BYTES_MAX: Final = 16 << 20
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_STREAM_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_STATIC: Final = Path(__file__).parent / "static"

Operation = Callable[..., Any]
At = Annotated[int | None, Parameter(description="an event id: the document as it stood after that event")]
OfRevision = Annotated[int | None, Parameter(description="with `at`: exactly this stored document, for ever")]
After = Annotated[str | None, Parameter(description="revision.index of the document the reader already has")]
LastEventId = Annotated[str | None, Parameter(header="Last-Event-ID", description="sent by browsers that reconnect")]


class Services(Struct):
    """
    What the pages stand on.

    *stored* finds a document by game, event id and revision. *operations* are what commands may ask of the running
    process, by name; who asks has to show *token*.
    """

    documents: DocumentReader
    games: Callable[[], list[GameSummary]]
    stored: Callable[[str, int, int], bytes | None]
    hub: Hub
    operations: Mapping[str, Operation]
    token: str


class Health(Struct):
    """Ready once it answers at all."""

    status: str = "ready"
    version: str = __version__


def create_app(services: Services) -> Litestar:
    """Return the application over *services*."""

    @get("/healthz", sync_to_thread=False)
    def health() -> Health:
        return Health()

    return Litestar(
        route_handlers=[
            health,
            *_pages(services),
            *_api(services),
            _control(services),
            create_static_files_router(path="/static", directories=[_STATIC]),
        ],
        lifespan=[_attached(services.hub)],
        response_headers=_HEADERS,
        request_max_body_size=_BODY_BYTES_MAX,
        openapi_config=OpenAPIConfig(
            title="pressbox",
            version=__version__,
            path="/api/schema",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        exception_handlers={PressboxError: _answer_error},
    )


def _pages(services: Services) -> list[Any]:
    fragments = Fragments()

    @get("/", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
    def all_games() -> str:
        return games_page(services.games())

    @get("/games/{game:str}", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
    def one_game(game: str) -> str:
        summary = _summary(services, game)
        return game_page(game, services.documents.newest(game), problem=summary.problem)

    @get("/games/{game:str}/stream", include_in_schema=False)
    async def live_part(game: str, after: After = None, last_event_id: LastEventId = None) -> Stream:
        return _stream(services, game, last_event_id or after, fragments.of)

    return [all_games, one_game, live_part]


def _api(services: Services) -> list[Any]:
    @get("/api/games", sync_to_thread=True, summary="All games, live ones first")
    def games() -> list[GameSummary]:
        return services.games()

    @get(
        "/api/games/{game:str}/boxscore", media_type=MediaType.JSON, sync_to_thread=True, summary="A box score document"
    )
    def box_score(game: str, at: At = None, revision: OfRevision = None) -> Response[bytes]:
        permalink = {}
        if at is not None and revision is not None:
            body = services.stored(game, at, revision)
        elif at is not None:
            body = services.documents.at(game, at)
        else:
            body = services.documents.newest(game)
        if body is None:
            _summary(services, game)
            raise NotFoundException(f"game {game} has no document {'yet' if at is None else f'at event {at}'}")
        if at is not None and revision is None:
            document = msgspec.json.decode(body)
            address = f"/api/games/{game}/boxscore?at={document['_id']}&revision={document['revision']}"
            permalink = {"Link": f'<{address}>; rel="permalink"'}
        return Response(body, media_type=MediaType.JSON, headers=permalink)

    @get("/api/games/{game:str}/stream", summary="Documents as they are written, as Server-Sent Events")
    async def stream(game: str, after: After = None, last_event_id: LastEventId = None) -> Stream:
        return _stream(services, game, last_event_id or after, _body)

    return [games, box_score, stream]


def _control(services: Services) -> Any:
    @post("/control/{operation:str}", include_in_schema=False, status_code=200)
    async def control(operation: str, request: Request[Any, Any, Any]) -> Response[bytes]:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), services.token.encode()):
            raise NotAuthorizedException("the token is in the data folder of the running process")
        if operation not in services.operations:
            raise NotFoundException(f"no operation {operation}")
        arguments = msgspec.json.decode(await request.body() or b"{}")
        called = services.operations[operation]
        try:
            inspect.signature(called).bind(**arguments)
        except TypeError as error:
            raise BadInput(f"{operation}: {error}") from error
        result = await asyncio.to_thread(called, **arguments)
        return Response(msgspec.json.encode(result), media_type=MediaType.JSON)

    return control


def _stream(services: Services, game: str, last: str | None, shape: Callable[[Document], bytes]) -> Stream:
    events = documents(services.hub, game, mark_of(last), shape)
    return Stream(events, media_type="text/event-stream", headers=_STREAM_HEADERS)


def _body(document: Document) -> bytes:
    return bytes(document.body)


def _summary(services: Services, game: str) -> GameSummary:
    summary = next((one for one in services.games() if one.game == game), None)
    if summary is None:
        raise NotFoundException(f"no game {game}")
    return summary


def _attached(hub: Hub) -> Callable[[Litestar], Any]:
    @asynccontextmanager
    async def attached(_: Litestar) -> AsyncIterator[None]:
        hub.attach(asyncio.get_running_loop())
        yield
        hub.attach(None)

    return attached


def _answer_error(_: Request[Any, Any, Any], error: PressboxError) -> Response[dict[str, str]]:
    status = 503 if isinstance(error, Unavailable) else 422
    return Response({"error": type(error).__name__, "detail": str(error)}, status_code=status)
