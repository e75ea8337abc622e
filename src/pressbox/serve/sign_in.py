"""The pages by which people come in, the cookie they leave with, and where they go from there."""

import re
from typing import Any, Final

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.response import Redirect

from pressbox.model.person import PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN, SESSION_MS_MAX, Invitation
from pressbox.serve.form import form_token
from pressbox.serve.rendering import render
from pressbox.serve.viewer import is_secure, session_cookie

FRESH: Final = {"Cache-Control": "no-store"}
HOME: Final = "/"

_OK: Final = 200
_SEE_OTHER: Final = 303
_OWN_PATH: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def own_path(address: str | None) -> str:
    """Return *address* where it is a path of ours, else the front page: nobody is led elsewhere after the sign-in."""
    return address if address is not None and _OWN_PATH.fullmatch(address) else HOME


def sign_in_page(
    request: Request[Any, Any, Any], *, onward: str, name: str = "", problem: str = "", status: int = _OK
) -> Response[str]:
    """Return the page that asks for name and password, and leads *onward* from there."""
    page = render("sign_in.html", token=form_token(request), onward=onward, name=name, problem=problem)
    return Response(page, media_type=MediaType.HTML, status_code=status, headers=dict(FRESH))


def welcome_page(
    request: Request[Any, Any, Any],
    link: str,
    invitation: Invitation,
    *,
    name: str = "",
    problem: str = "",
    status: int = _OK,
) -> Response[str]:
    """Return the page on which who got *link* sets a password, and the first admin a name."""
    page = render(
        "welcome.html",
        token=form_token(request),
        link=link,
        invitation=invitation,
        name=name,
        problem=problem,
        characters_min=PASSWORD_CHARACTERS_MIN,
        characters_max=PASSWORD_CHARACTERS_MAX,
    )
    return Response(page, media_type=MediaType.HTML, status_code=status, headers=dict(FRESH))


def entered(request: Request[Any, Any, Any], session: str, onward: str) -> Redirect:
    """Return the answer that leads *onward*, with the cookie of *session*, kept for as long as that can last."""
    cookie = Cookie(key=session_cookie(request), value=session, max_age=SESSION_MS_MAX // 1000, **_terms(request))
    return _onward(onward, cookie)


def left(request: Request[Any, Any, Any]) -> Redirect:
    """Return the answer that takes the session's cookie back."""
    return _onward(HOME, Cookie(key=session_cookie(request), value="", max_age=0, **_terms(request)))


def _onward(where: str, cookie: Cookie) -> Redirect:
    return Redirect(where, status_code=_SEE_OTHER, cookies=[cookie], headers=dict(FRESH))


def _terms(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": is_secure(request)}
