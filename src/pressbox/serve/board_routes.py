"""The addresses of the board: the scoreboard, the games as JSON, and both as they move."""

from typing import Annotated, Any, Final

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.params import QueryParameter
from litestar.response import Stream

from pressbox.model.summary import GameSummary
from pressbox.serve.api import LastEventId
from pressbox.serve.board_page import scoreboard_page
from pressbox.serve.board_stream import BoardEvents
from pressbox.serve.board_view import STATES, Asked, place_named, select, select_page
from pressbox.serve.delay import Delay
from pressbox.serve.etag import has
from pressbox.serve.events import event_stream, identity_of
from pressbox.serve.services import Services

_ASK_AGAIN: Final = "no-cache"
_NOT_MODIFIED: Final = 304
_GAMES_A_PAGE: Final = 100
_GAMES_A_PAGE_MAX: Final = 500
_CURSOR_CHARACTERS_MAX: Final = 2000
_MINUTE_MS: Final = 60_000

AnyRequest = Request[Any, Any, Any]

InState = Annotated[str | None, QueryParameter(name="state", enum=list(STATES), description="only games in this state")]
Words = Annotated[
    str,
    QueryParameter(name="q", max_length=100, description="words in the name of the game or of a team"),
]
Behind = Annotated[
    str,
    QueryParameter(
        name="after",
        max_length=_CURSOR_CHARACTERS_MAX,
        description="a cursor, as the header Link names it: go on there",
    ),
]
Page = Annotated[str, QueryParameter(name="page", max_length=_CURSOR_CHARACTERS_MAX)]
Limit = Annotated[int, QueryParameter(ge=1, le=_GAMES_A_PAGE_MAX, description="this many games at most")]
Has = Annotated[str | None, QueryParameter(name="after", description="the id of the event the reader already has")]


def board_routes(services: Services) -> list[Any]:
    """Return the routes of the scoreboard and of the list of games."""
    board, events = services.board, BoardEvents(services.board)

    @get("/", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
    def scoreboard(
        request: AnyRequest, in_state: InState = None, q: Words = "", after: Behind = "", delay: Delay = 0
    ) -> Response[str]:
        asked = _asked(in_state, q, after, delay)
        now_ms, version = board.now_ms() - delay * 1000, board.version(delay)
        identity = identity_of((board.began, version))
        # What says how old things are is right to the minute where no script says it.
        headers = _headers(f"{identity}.{now_ms // _MINUTE_MS}")
        if has(request, headers["ETag"]):
            return Response("", status_code=_NOT_MODIFIED, headers=headers, media_type=MediaType.HTML)
        selection = select_page(board.all_at(version), asked)
        page = scoreboard_page(selection, asked, identity=identity, now_ms=now_ms)
        return Response(page, media_type=MediaType.HTML, headers=headers)

    @get("/stream", include_in_schema=False)
    async def moving(
        q: Words = "", page: Page = "", after: Has = None, last_event_id: LastEventId = None, delay: Delay = 0
    ) -> Stream:
        return event_stream(events.cards(_asked(None, q, page, delay), last_event_id or after))

    @get(
        "/api/games",
        sync_to_thread=True,
        summary="All games",
        description="Live ones first, then those that wait, then the final ones, newest first. Where there are more, "
        'the header Link names the next page: `</api/games?after=…>; rel="next"`.',
    )
    def games(
        request: AnyRequest,
        in_state: InState = None,
        q: Words = "",
        after: Behind = "",
        limit: Limit = _GAMES_A_PAGE,
        delay: Delay = 0,
    ) -> Response[list[GameSummary] | bytes]:
        asked = _asked(in_state, q, after, delay)
        version = board.version(delay)
        headers = _headers(identity_of((board.began, version)))
        if has(request, headers["ETag"]):
            return Response(b"", status_code=_NOT_MODIFIED, headers=headers, media_type=MediaType.JSON)
        selection = select(board.all_at(version), asked, limit)
        if selection.following:
            following = asked.address("/api/games", after=selection.following, limit=str(limit))
            headers["Link"] = f'<{following}>; rel="next"'
        return Response(list(selection.games), headers=headers)

    @get("/api/games/{name:str}", sync_to_thread=True, summary="Where one game stands")
    def one_game(game: NamedDependency[str], request: AnyRequest, delay: Delay = 0) -> Response[GameSummary | bytes]:
        summary = services.summary(game, delay)
        headers = _headers(f"{board.began}.{hash(summary) & (1 << 63) - 1}")
        if has(request, headers["ETag"]):
            return Response(b"", status_code=_NOT_MODIFIED, headers=headers, media_type=MediaType.JSON)
        return Response(summary, headers=headers)

    @get(
        "/api/stream",
        summary="All games as they move, as Server-Sent Events",
        description="`whole`: all games, first and after a restart of the server; `changed`: those that changed, as "
        "they stand now. Both are lists of summaries, and several changes of a game may come as one.",
    )
    async def follow(q: Words = "", after: Has = None, last_event_id: LastEventId = None, delay: Delay = 0) -> Stream:
        return event_stream(events.summaries(_asked(None, q, "", delay), last_event_id or after))

    return [scoreboard, moving, games, one_game, follow]


def _asked(state: str | None, q: str, after: str, delay_s: int) -> Asked:
    if state is not None and state not in STATES:
        raise ClientException(f"state: is one of {', '.join(STATES)}, not {state!r}")
    if after and place_named(after) is None:
        raise ClientException("after: is no cursor; take it from the header Link")
    return Asked(state, q.strip(), after, delay_s)


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": f'"{tag}"', "Cache-Control": _ASK_AGAIN}
