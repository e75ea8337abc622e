"""The doorway every request comes in and every answer goes out by."""

from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors "
)
_HEADERS: Final = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"))
_OWN: Final = (*_HEADERS, (b"content-security-policy", _POLICY.encode() + b"'self'"))
_FRAMED: Final = (*_HEADERS, (b"content-security-policy", _POLICY.encode() + b"*"))
_FOR_OTHER_SITES: Final = "/embed/"


class Doorway:
    """
    Lets requests in to *app* with the path as it was sent, and answers out with what keeps browsers safe.

    A path that stays quoted can hold a game whose name has a slash; who takes a name from it has to unquote it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""

        async def send_out(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = _FRAMED if scope["path"].startswith(_FOR_OTHER_SITES) else _OWN
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        if scope["type"] == ScopeType.HTTP:
            scope["path"] = scope["raw_path"].partition(b"?")[0].decode("latin-1")
        await self._app(scope, receive, send_out)
