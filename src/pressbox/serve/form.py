"""
Forms that only our own pages can send.

It is the framework's protection (a signed token in a cookie and again in the form), but only about the routes that have
forms: pages for everybody get no cookie. Scripts send the token as the header `x-csrftoken`. A request with a key is let
through: no browser sends that by itself.
"""

from typing import Any, Final

from litestar import Request
from litestar.config.csrf import CSRFConfig
from litestar.exceptions import PermissionDeniedException
from litestar.middleware import DefineMiddleware
from litestar.middleware.csrf import CSRFMiddleware
from litestar.types import Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

FIELD: Final = "_csrf_token"

_COOKIE: Final = "pressbox-form"


class OwnFormsOnly(CSRFMiddleware):
    """Refuses what was sent by no page of ours, and says what to do."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if any(name == b"authorization" for name, _ in scope["headers"]):
            await self.app(scope, receive, send)
            return
        try:
            await super().__call__(scope, receive, send)
        except PermissionDeniedException:  # the framework's; those of the route are answered before they come here
            raise PermissionDeniedException(
                "this form comes from no page of this pressbox, or from one that has grown old: load the page again"
            ) from None


def own_forms_only(secret: str, *, is_tls: bool) -> DefineMiddleware:
    """Return the middleware about routes with forms; *secret* signs their tokens."""
    config = CSRFConfig(
        secret=secret,
        cookie_name=_COOKIE,
        cookie_httponly=True,
        cookie_samesite="lax",
        cookie_secure=is_tls,
        header_name="x-csrftoken",
    )
    return DefineMiddleware(OwnFormsOnly, config=config)


def form_token(request: Request[Any, Any, Any]) -> str:
    """Return the token the forms of the answer to *request* carry in the field `FIELD`."""
    return str(ScopeState.from_scope(request.scope).csrf_token)
