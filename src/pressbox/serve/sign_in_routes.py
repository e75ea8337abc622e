"""Where people come in and go out: by name and password, or by a one-time link."""

import time
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

from litestar import MediaType, Request, Response, Router, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException
from litestar.params import Body, QueryParameter
from litestar.response import Redirect
from msgspec import Struct

from pressbox.errors import BadInput
from pressbox.model.person import Invitation
from pressbox.serve.entrance import Entrance, Reception
from pressbox.serve.form import own_forms_only
from pressbox.serve.pace import SignInPace
from pressbox.serve.sign_in import FRESH, HOME, entered, left, own_path, sign_in_page, welcome_page
from pressbox.serve.viewer import session_cookie, viewer_of

AnyRequest: TypeAlias = Request[Any, Any, Any]


class Credentials(Struct, frozen=True, rename={"onward": "next"}):
    """What the page of the sign-in sends."""

    name: str = ""
    password: str = ""
    onward: str = HOME


class Choice(Struct, frozen=True):
    """What the page behind a one-time link sends."""

    token: str = ""
    name: str = ""
    password: str = ""
    again: str = ""


Onward: TypeAlias = Annotated[str | None, QueryParameter(name="next", description="where to go afterwards")]
Link: TypeAlias = Annotated[str, QueryParameter(name="token", description="what the one-time link carries")]
SentCredentials: TypeAlias = Annotated[Credentials, Body(media_type=RequestEncodingType.URL_ENCODED)]
SentChoice: TypeAlias = Annotated[Choice, Body(media_type=RequestEncodingType.URL_ENCODED)]


def sign_in_routes(entrance: Entrance) -> list[Any]:
    """Return the routes by which people come in and go out; they are for everybody."""
    reception, pace = entrance.reception, SignInPace()

    @get("/sign-in", media_type=MediaType.HTML, sync_to_thread=True)
    def ask(request: AnyRequest, onward: Onward = None) -> Response[Any]:
        where = own_path(onward)
        return Redirect(where, headers=dict(FRESH)) if viewer_of(request) else sign_in_page(request, onward=where)

    @post("/sign-in", media_type=MediaType.HTML, status_code=HTTPStatus.OK, sync_to_thread=True)
    def sign_in(request: AnyRequest, data: SentCredentials) -> Response[Any]:
        return _sign_in(reception, pace, request, data)

    @post("/sign-out", media_type=MediaType.HTML, status_code=HTTPStatus.OK, sync_to_thread=True)
    def sign_out(request: AnyRequest) -> Response[Any]:
        _end_session(reception, request)
        return left(request)

    @get("/welcome", media_type=MediaType.HTML, sync_to_thread=True)
    def welcome(request: AnyRequest, token: Link = "", onward: Onward = None) -> Response[Any]:
        invitation = _invited(reception, token)
        if invitation.purpose != "sign in":
            return welcome_page(request, token, invitation)
        return _enter(reception, request, reception.enter(token, host_of(request)), own_path(onward))

    @post("/welcome", media_type=MediaType.HTML, status_code=HTTPStatus.OK, sync_to_thread=True)
    def accept(request: AnyRequest, data: SentChoice) -> Response[Any]:
        return _accept(reception, request, data)

    forms = own_forms_only(entrance.form_secret, is_tls=entrance.is_tls)
    routes = [ask, sign_in, sign_out, welcome, accept]
    return [Router("/", route_handlers=routes, middleware=[forms], include_in_schema=False)]


def host_of(request: AnyRequest) -> str:
    """Return the address *request* comes from."""
    return request.client.host if request.client else ""


def _sign_in(reception: Reception, pace: SignInPace, request: AnyRequest, sent: Credentials) -> Response[Any]:
    name, onward = sent.name.strip(), own_path(sent.onward)
    wait_s = pace.take(name, host_of(request), time.time())
    if wait_s:
        problem = f"Too many tries: the next one is answered in {-(-wait_s // 60)} min."
        page = sign_in_page(request, onward=onward, name=name, problem=problem, status=HTTPStatus.TOO_MANY_REQUESTS)
        page.headers["Retry-After"] = str(wait_s)
        return page
    session = reception.sign_in(name, sent.password, host_of(request))
    if session is None:
        problem = "Name and password do not belong together."
        return sign_in_page(request, onward=onward, name=name, problem=problem, status=HTTPStatus.FORBIDDEN)
    pace.clear(name)
    return _enter(reception, request, session, onward)


def _accept(reception: Reception, request: AnyRequest, sent: Choice) -> Response[Any]:
    invitation, name = _invited(reception, sent.token), sent.name.strip()

    def again(problem: str) -> Response[str]:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return welcome_page(request, sent.token, invitation, name=name, problem=problem, status=status)

    if sent.password != sent.again:
        return again("the two passwords differ")
    try:
        session = reception.accept(sent.token, name, sent.password, host_of(request))
    except BadInput as refusal:
        return again(str(refusal))
    return _enter(reception, request, session)


def _invited(reception: Reception, token: str) -> Invitation:
    invitation = reception.invitation(token)
    if invitation is None:
        raise _gone()
    return invitation


def _enter(reception: Reception, request: AnyRequest, session: str | None, onward: str = HOME) -> Response[Any]:
    if session is None:
        raise _gone()
    _end_session(reception, request)
    return entered(request, session, onward)


def _end_session(reception: Reception, request: AnyRequest) -> None:
    token = request.cookies.get(session_cookie(request))
    if token:
        reception.sign_out(token)


def _gone() -> HTTPException:
    detail = "this link was used, or is older than a day: whoever sent it can make another"
    return HTTPException(detail, status_code=HTTPStatus.GONE)
