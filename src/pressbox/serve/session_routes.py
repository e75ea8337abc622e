"""The addresses of sessions: their list, the live page with its stream, and what coaches tell by a tap."""

import asyncio
import time
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeAlias

from litestar import MediaType, Request, Response, Router, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import Redirect, Stream
from msgspec import Struct

from pressbox.errors import BadInput
from pressbox.model.load import SessionTold
from pressbox.serve.events import event_stream
from pressbox.serve.figures import MEDICAL_FIGURES, PERFORMANCE_FIGURES
from pressbox.serve.form import form_token, own_forms_only
from pressbox.serve.operations_view import moment
from pressbox.serve.rendering import render
from pressbox.serve.services import Services
from pressbox.serve.session_stream import QUIET_S, SessionStream
from pressbox.serve.session_view import BY_NAME, next_period, period_under_way, rows_of, session_head
from pressbox.serve.telemetry import Telemetry
from pressbox.serve.viewer import needs_role, signed_in, the_viewer

AnyRequest: TypeAlias = Request[Any, Any, Any]

_SEE_OTHER: Final = 303
_FRESH: Final = {"Cache-Control": "no-store"}


class SaidPeriod(Struct, frozen=True):
    """What the form of periods sends: *deed* is "start" or "end"."""

    deed: str = "start"
    period: str = ""


Sort: TypeAlias = Annotated[str, QueryParameter(max_length=64, description="order by this figure, greatest first")]
Said: TypeAlias = Annotated[SaidPeriod, Body(media_type=RequestEncodingType.URL_ENCODED)]


class Clock(Struct, frozen=True):
    """What time it is here, for pages that tell how old things are; epoch milliseconds."""

    now_ms: int


def session_routes(services: Services) -> list[Any]:
    """Return the routes of sessions; where no device is listened to, a page that says how to begin."""
    if services.telemetry is None:
        return [_none]
    telemetry = services.telemetry

    @get("/sessions", media_type=MediaType.HTML, guards=[signed_in], sync_to_thread=True)
    def sessions() -> Response[str]:
        page = render(
            "sessions.html", here="/sessions", sessions=telemetry.sessions(), period=period_under_way, moment=moment
        )
        return Response(page, media_type=MediaType.HTML, headers=_FRESH)

    @get("/sessions/clock", guards=[signed_in], sync_to_thread=False)
    def clock() -> Response[Clock]:
        return Response(Clock(_now_ms()), headers=_FRESH)

    @get("/sessions/{stadium:str}/{session:str}", media_type=MediaType.HTML, guards=[signed_in], sync_to_thread=True)
    def live(
        request: AnyRequest, stadium: FromPath[str], session: FromPath[str], sort: Sort = BY_NAME
    ) -> Response[str]:
        page = _live_page(request, telemetry, telemetry.session(stadium, session), sort)
        return Response(page, media_type=MediaType.HTML, headers=_FRESH)

    @get("/sessions/{stadium:str}/{session:str}/stream", guards=[signed_in])
    async def moving(request: AnyRequest, stadium: FromPath[str], session: FromPath[str]) -> Stream:
        told = await asyncio.to_thread(telemetry.session, stadium, session)
        return event_stream(SessionStream(telemetry, the_viewer(request), told, session_head, _now_ms).events())

    coaches = [needs_role("coach", "admin")]

    @post(
        "/sessions/{stadium:str}/{session:str}/period",
        guards=coaches,
        status_code=_SEE_OTHER,
        sync_to_thread=True,
    )
    def period(stadium: FromPath[str], session: FromPath[str], data: Said) -> Redirect:
        said = None if data.deed == "end" else data.period
        _ask(services, "session_period", stadium=stadium, session=session, period=said)
        return Redirect(f"/sessions/{stadium}/{session}", status_code=_SEE_OTHER, headers=_FRESH)

    @post(
        "/sessions/{stadium:str}/{session:str}/close",
        guards=coaches,
        status_code=_SEE_OTHER,
        sync_to_thread=True,
    )
    def close(stadium: FromPath[str], session: FromPath[str]) -> Redirect:
        _ask(services, "session_close", stadium=stadium, session=session)
        return Redirect(f"/sessions/{stadium}/{session}", status_code=_SEE_OTHER, headers=_FRESH)

    forms = own_forms_only(services.entrance.form_secret, is_tls=services.entrance.is_tls)
    routes = [sessions, clock, live, moving, period, close]
    return [Router("/", route_handlers=routes, middleware=[forms], include_in_schema=False)]


@get("/sessions", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
def _none() -> Response[str]:
    return Response(render("sessions_none.html"), media_type=MediaType.HTML, headers=_FRESH)


def _live_page(request: AnyRequest, telemetry: Telemetry, told: SessionTold, sort: str) -> str:
    viewer = the_viewer(request)
    return render(
        "live_session.html",
        told=told,
        head=session_head(told),
        rows=rows_of(telemetry, viewer, told, sort),
        sort=sort,
        performance_figures=PERFORMANCE_FIGURES,
        medical_figures=MEDICAL_FIGURES,
        period=period_under_way(told),
        next_period=next_period(told),
        may_tell=viewer.role in ("coach", "admin") and told.state == "open",
        token=form_token(request),
        quiet_s=QUIET_S,
    )


def _ask(services: Services, operation: str, **said: str | None) -> None:
    try:
        services.operations[operation](**said)
    except BadInput as refusal:
        raise HTTPException(str(refusal), status_code=HTTPStatus.CONFLICT) from refusal


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
