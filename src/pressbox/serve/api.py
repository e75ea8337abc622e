"""The JSON API: games, box score documents of any moment, and their stream."""

from typing import Annotated, Any, Final

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from pressbox.model.story import Story
from pressbox.serve.address import boxscore_address
from pressbox.serve.delay import Delay
from pressbox.serve.delayed import followed
from pressbox.serve.etag import has
from pressbox.serve.events import body_event, identity_of
from pressbox.serve.hub import Named, named
from pressbox.serve.services import Services

_INTEGER_MAX: Final = (1 << 53) - 1
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_NOT_MODIFIED: Final = 304

At = Annotated[
    int | None,
    QueryParameter(ge=0, le=_INTEGER_MAX, description="an event id: the document as it stood after that event"),
]
OfRevision = Annotated[
    int | None, QueryParameter(ge=0, le=_INTEGER_MAX, description="with `at`: exactly this stored document, for ever")
]
After = Annotated[str | None, QueryParameter(description="revision.index of the document the reader already has")]
LastEventId = Annotated[
    str | None, HeaderParameter(name="Last-Event-ID", description="sent by browsers that reconnect")
]


def api_routes(services: Services) -> list[Any]:
    """Return the routes of programs."""

    @get(
        "/api/games/{name:str}/boxscore", media_type=MediaType.JSON, sync_to_thread=True, summary="A box score document"
    )
    def box_score(
        game: NamedDependency[str], request: Request[Any, Any, Any], at: At = None, revision: OfRevision = None
    ) -> Response[bytes]:
        body = document_at(services, game, at, revision)
        found = named(body)
        headers = {
            "ETag": f'"{identity_of((found.revision, found.revision_index))}"',
            "Cache-Control": _ASK_AGAIN if revision is None else _FOR_EVER,
            "Link": f'<{_permalink(game, found)}>; rel="permalink"',
        }
        if has(request, headers["ETag"]):
            return Response(b"", status_code=_NOT_MODIFIED, headers=headers, media_type=MediaType.JSON)
        return Response(body, media_type=MediaType.JSON, headers=headers)

    @get("/api/games/{name:str}/plays", sync_to_thread=True, summary="All plays up to a moment, and the corrections")
    def plays(
        game: NamedDependency[str], request: Request[Any, Any, Any], at: At = None, revision: OfRevision = None
    ) -> Response[Story | bytes]:
        found = named(document_at(services, game, at, revision))
        headers = {
            "ETag": f'"{found.event_id}.{found.revision}"',
            "Cache-Control": _ASK_AGAIN if revision is None else _FOR_EVER,
        }
        if has(request, headers["ETag"]):
            return Response(b"", status_code=_NOT_MODIFIED, headers=headers, media_type=MediaType.JSON)
        story = services.history.story(game, found.event_id, found.revision)
        if story is None:
            raise NotFoundException(f"the log no longer holds the plays of game {game!r}: retention has taken them")
        return Response(story, headers=headers)

    @get("/api/games/{name:str}/stream", summary="Documents as they are written, as Server-Sent Events")
    async def follow(
        game: NamedDependency[str], after: After = None, last_event_id: LastEventId = None, delay: Delay = 0
    ) -> Stream:
        await services.acquaint(game)
        return followed(services, game, last_event_id or after, body_event, delay)

    return [box_score, plays, follow]


def document_at(services: Services, game: str, at: int | None, revision: int | None) -> bytes:
    """
    Return the document of *game* at event *at*, of *revision* where one is given; the newest where neither is.

    Raises:
        ClientException: a revision without an event.
        NotFoundException: there is no such game, or it has no such document.
    """
    if at is None and revision is not None:
        raise ClientException("revision: names one of the documents of an event, so say which with at=EVENT")
    if at is None:
        body, when = services.documents.newest(game), "yet"
    elif revision is None:
        body, when = services.documents.at(game, at), f"at or before event {at}"
    else:
        body, when = services.history.stored(game, at, revision), f"of event {at} and revision {revision}"
    if body is None:
        services.summary(game)
        raise NotFoundException(f"game {game!r} has no document {when}")
    return body


def _permalink(game: str, found: Named) -> str:
    return f"{boxscore_address(game)}?at={found.event_id}&revision={found.revision}"
