"""What is answered where a request cannot be: JSON to programs, a page to people, both with the reason."""

import logging
from typing import Any, Final
from urllib.parse import urlencode

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap

from pressbox.errors import PressboxError, Unavailable
from pressbox.serve.pages import problem_page

_LOGGER: Final = logging.getLogger(__name__)
_FOR_PROGRAMS: Final = ("/api/", "/control/", "/metrics")
_SIGN_IN_FIRST: Final = 401
_UNPROCESSABLE: Final = 422
_AWAY: Final = 503
_BUG: Final = 500

AnyRequest = Request[Any, Any, Any]


def _answer_refusal(request: AnyRequest, refusal: HTTPException) -> Response[Any]:
    if refusal.status_code == _SIGN_IN_FIRST and _is_page_for_a_person(request):
        onward = urlencode({"next": request.url.path + (f"?{request.url.query}" if request.url.query else "")})
        return Redirect(f"/sign-in?{onward}", headers={"Cache-Control": "no-store"})
    return _answer(request, refusal.status_code, type(refusal).__name__, _reason(refusal), refusal.headers)


def _is_page_for_a_person(request: AnyRequest) -> bool:
    """Return whether a browser wants to show the answer; neither a program nor a stream signs in."""
    is_shown = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
    return is_shown and not request.url.path.startswith(_FOR_PROGRAMS)


def _answer_error(request: AnyRequest, error: PressboxError) -> Response[Any]:
    if isinstance(error, Unavailable):
        headers = {"Retry-After": str(max(1, round(error.retry_after_s)))}
        return _answer(request, _AWAY, type(error).__name__, str(error), headers)
    return _answer(request, _UNPROCESSABLE, type(error).__name__, str(error))


def _answer_bug(request: AnyRequest, error: Exception) -> Response[Any]:
    _LOGGER.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(request, _BUG, "Bug", "this should not happen; the log of pressbox says more")


def _answer(
    request: AnyRequest, status: int, error: str, detail: str, headers: dict[str, str] | None = None
) -> Response[Any]:
    kept = {**(headers or {}), "Cache-Control": "no-store"}
    if request.url.path.startswith(_FOR_PROGRAMS):
        return Response({"error": error, "detail": detail}, status_code=status, headers=kept)
    page = problem_page(status, detail)
    return Response(page, media_type=MediaType.HTML, status_code=status, headers=kept)


def _reason(refusal: HTTPException) -> str:
    """Say which parameter is wrong and how, where the framework knows."""
    extra = refusal.extra if isinstance(refusal.extra, list) else []
    named = [f"{one['key']}: {one['message']}" for one in extra if "key" in one and "message" in one]
    return "; ".join(named) or refusal.detail


ANSWERS: Final[ExceptionHandlersMap] = {
    HTTPException: _answer_refusal,
    PressboxError: _answer_error,
    Exception: _answer_bug,
}
