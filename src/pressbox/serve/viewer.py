"""
Who looks at a page, and what they may see of it.

A route that is not for everybody names a guard, `signed_in` or `needs_role(...)`; its handler then asks `viewer_of` who
it is. What a viewer may see is asked for each athlete and each answer: consent changes while a stream is open.
"""

from collections.abc import Iterable
from typing import Any, Final, Protocol, TypeAlias

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard
from msgspec import Struct

from pressbox.model.person import Admitted, Role

Connection: TypeAlias = ASGIConnection[Any, Any, Any, Any]

GATE: Final = "gate"
"""Where the application keeps its `Gate`."""

_COOKIE: Final = "pressbox-session"
_VIEWER: Final = "pressbox.viewer"
_BEARER: Final = "Bearer "


class Gate(Protocol):
    """Knows sessions, keys and consents, and writes down what has to be."""

    def by_session(self, token: str) -> Admitted | None:
        """Return who has the session of *token*, or None where it has ended; it counts as use of the session."""
        ...

    def by_key(self, token: str) -> Admitted | None:
        """Return which machine has the key *token*, or None where nobody has."""
        ...

    def is_in(self, admitted: Admitted) -> bool:
        """Return whether *admitted* still is, as of a second ago at most; asked often by streams, so it is cheap."""
        ...

    def coaches_see(self, athlete: str, stadium: str | None) -> bool:
        """Return whether a consent of *athlete* holds at *stadium*, as of a second ago at most; it is cheap."""
        ...

    def saw_medical(self, who: str, what: str, athletes: Iterable[str], session: str) -> None:
        """Have it on disk that *who* saw medical data; once in five minutes for the same athlete and session."""
        ...

    def refused(self, who: str, what: str) -> None:
        """Write down that *who* asked for *what* and was refused."""
        ...


class Viewer(Struct, frozen=True):
    """Somebody who signed in, or a machine with a key."""

    admitted: Admitted
    gate: Gate

    @property
    def name(self) -> str:
        """The name of the person or key."""
        return self.admitted.name

    @property
    def role(self) -> Role:
        """What they are here for."""
        return self.admitted.role

    @property
    def sees_all_medical(self) -> bool:
        """Whether they see every athlete's heart rate, and what derives from it."""
        return self.role in ("medical", "admin")

    def sees_medical_of(self, athlete: str, stadium: str | None = None) -> bool:
        """Return whether they may see the heart rate of *athlete*, and what derives from it, at *stadium*."""
        return self.sees_all_medical or self.gate.coaches_see(athlete, stadium)

    def is_here(self) -> bool:
        """Return whether they may still look: a stream asks before it sends, and ends where not."""
        return self.gate.is_in(self.admitted)

    def saw_medical(self, what: str, athletes: Iterable[str], session: str) -> None:
        """Write down that medical data of *athletes* is shown to them by *what*; call it before that is sent."""
        self.gate.saw_medical(self.name, what, athletes, session)


def viewer_of(connection: Connection) -> Viewer | None:
    """
    Return who asks, or None where nobody has signed in.

    A key in the header `Authorization: Bearer` counts before a session. It reads a file the first time a request asks, so
    it belongs into a guard or a handler with a thread of its own; afterwards it costs nothing.
    """
    known: dict[str, Any] = connection.scope["state"]
    if _VIEWER not in known:
        known[_VIEWER] = _found(connection)
    viewer: Viewer | None = known[_VIEWER]
    return viewer


def session_cookie(connection: Connection) -> str:
    """Return the name of the cookie that holds a session; over TLS browsers take it from this very host only."""
    return f"__Host-{_COOKIE}" if is_secure(connection) else _COOKIE


def is_secure(connection: Connection) -> bool:
    """Return whether *connection* came over TLS, ours or that of a proxy before us."""
    return bool(connection.scope["scheme"] == "https")


def signed_in(connection: Connection, _: BaseRouteHandler) -> None:
    """
    Let in whoever signed in.

    Raises:
        NotAuthorizedException: nobody has; a page then leads to the sign-in.
    """
    the_viewer(connection)


def needs_role(*roles: Role) -> Guard:
    """Return the guard that lets in who signed in and has one of *roles*."""

    def guard(connection: Connection, _: BaseRouteHandler) -> None:
        viewer = the_viewer(connection)
        if viewer.role not in roles:
            viewer.gate.refused(viewer.name, f"{connection.scope['path']} as {viewer.role}")
            raise PermissionDeniedException(
                f"this is for {' and '.join(roles)} only, and {viewer.name} is {viewer.role}"
            )

    return guard


def the_viewer(connection: Connection) -> Viewer:
    """
    Return who asks.

    Raises:
        NotAuthorizedException: nobody has signed in.
    """
    viewer = viewer_of(connection)
    if viewer is None:
        raise NotAuthorizedException("nobody is signed in", headers={"WWW-Authenticate": "Bearer"})
    return viewer


def _found(connection: Connection) -> Viewer | None:
    gate: Gate = connection.app.state[GATE]
    shown = connection.headers.get("authorization")
    if shown is not None:
        admitted = gate.by_key(shown.removeprefix(_BEARER)) if shown.startswith(_BEARER) else None
    else:
        token = connection.cookies.get(session_cookie(connection))
        admitted = gate.by_session(token) if token else None
    return None if admitted is None else Viewer(admitted, gate)
