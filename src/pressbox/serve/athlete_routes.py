"""The addresses of athletes: who there is, and one of them session after session."""

from typing import Any, Final, TypeAlias

from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from pressbox.serve.athlete_view import figures_of, loads_of, sessions_of, usual_of
from pressbox.serve.rendering import render
from pressbox.serve.services import Services
from pressbox.serve.viewer import signed_in, the_viewer

AnyRequest: TypeAlias = Request[Any, Any, Any]

_FRESH: Final = {"Cache-Control": "no-store"}


def athlete_routes(services: Services) -> list[Any]:
    """Return the routes of athletes; none where no device is listened to."""
    if services.telemetry is None:
        return []
    telemetry = services.telemetry

    @get(
        "/athletes/{athlete:str}",
        media_type=MediaType.HTML,
        guards=[signed_in],
        sync_to_thread=True,
        include_in_schema=False,
    )
    def one(request: AnyRequest, athlete: FromPath[str]) -> Response[str]:
        sessions = sessions_of(telemetry, the_viewer(request), athlete, "the athlete's page")
        if not sessions:
            raise NotFoundException(f"there is no session of athlete {athlete!r} with figures")
        html = render(
            "athlete.html",
            athlete=athlete,
            name=_name(athlete),
            sessions=sessions,
            figures=figures_of(sessions),
            usual=usual_of(sessions),
            loads=loads_of(sessions),
        )
        return Response(html, media_type=MediaType.HTML, headers=_FRESH)

    def _name(athlete: str) -> str:
        names = (known.name for told in telemetry.sessions() for known in told.athletes if known.athlete == athlete)
        return next((name for name in names if name), athlete)

    return [one]
