"""Sessions and the figures of their athletes as JSON, for programs with a key and for whoever signed in."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeAlias, get_args
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.exceptions import ClientException
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from pressbox.model.load import SessionTold, Window, WindowMedical, WindowPerformance
from pressbox.model.metric import Medical, Performance
from pressbox.serve.athlete_view import SESSIONS_MAX, sessions_of
from pressbox.serve.services import Services
from pressbox.serve.telemetry import Telemetry
from pressbox.serve.viewer import Viewer, signed_in, the_viewer

AnyRequest: TypeAlias = Request[Any, Any, Any]

_FRESH: Final = {"Cache-Control": "no-store"}
_MINUTE_MS: Final = 60_000
_TIME_MS_MAX: Final = (1 << 53) - 1
_SECONDS_OF_ALL_MS, _SECONDS_OF_ONE_MS = _MINUTE_MS, 30 * _MINUTE_MS
"""How much of a session one answer has of its seconds, of which there are many."""

OfWindow: TypeAlias = Annotated[
    str,
    QueryParameter(enum=list(get_args(Window)), description="how long the spans are"),
]
OfAthlete: TypeAlias = Annotated[str | None, QueryParameter(max_length=64, description="of this athlete only")]
From: TypeAlias = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=_TIME_MS_MAX,
        description="spans that begin at this moment or later, in epoch milliseconds; else from the session's beginning on",
    ),
]


class Figures(Struct, frozen=True, omit_defaults=True):
    """The figures of an athlete in one span; *medical* is there only where whoever asks may see it."""

    stadium: str
    session: str
    athlete: str
    window: Window
    start_ms: int
    performance: Performance
    medical: Medical | None = None


def session_api(services: Services) -> list[Any]:
    """Return the routes of programs that ask for sessions; none where no device is listened to."""
    if services.telemetry is None:
        return []
    telemetry = services.telemetry

    @get("/api/sessions", guards=[signed_in], sync_to_thread=True, summary="All sessions, open ones first")
    def sessions() -> Response[list[SessionTold]]:
        return Response(list(telemetry.sessions()), headers=_FRESH)

    @get(
        "/api/sessions/{stadium:str}/{session:str}",
        guards=[signed_in],
        sync_to_thread=True,
        summary="Where one session stands",
    )
    def one(stadium: FromPath[str], session: FromPath[str]) -> Response[SessionTold]:
        return Response(telemetry.session(stadium, session), headers=_FRESH)

    @get(
        "/api/sessions/{stadium:str}/{session:str}/figures",
        guards=[signed_in],
        sync_to_thread=True,
        summary="The figures of its athletes",
        description="By start, then athlete. Seconds come a minute at a time, or half an hour of one athlete: the header "
        "Link names what follows. Medical figures are there only of athletes whom whoever asks may see.",
    )
    def figures(
        request: AnyRequest,
        stadium: FromPath[str],
        session: FromPath[str],
        window: OfWindow = "session",
        athlete: OfAthlete = None,
        start_ms: From = None,
    ) -> Response[list[Figures]]:
        told, asked = telemetry.session(stadium, session), _window(window)
        begin_ms, end_ms, goes_on = start_ms, None, False
        if asked == "second":
            begin_ms, end_ms, goes_on = _part(telemetry, told, athlete, start_ms)
        found = _figures(telemetry, the_viewer(request), told, asked, athlete, begin_ms, end_ms)
        headers = dict(_FRESH)
        if goes_on:
            following = {"window": window, "start_ms": end_ms, **({} if athlete is None else {"athlete": athlete})}
            headers["Link"] = f'<{request.url.path}?{urlencode(following)}>; rel="next"'
        return Response(found, headers=headers)

    @get(
        "/api/athletes/{athlete:str}/sessions",
        guards=[signed_in],
        sync_to_thread=True,
        summary=f"The newest {SESSIONS_MAX} sessions of an athlete, the newest first",
    )
    def history(request: AnyRequest, athlete: FromPath[str]) -> Response[list[Figures]]:
        found = sessions_of(telemetry, the_viewer(request), athlete, "the athlete's sessions as JSON")
        answer = [_told(one.performance, None if one.medical is None else one.medical.medical) for one in found]
        return Response(answer, headers=_FRESH)

    return [sessions, one, figures, history]


def _window(said: str) -> Window:
    windows: Sequence[Window] = get_args(Window)
    for window in windows:
        if window == said:
            return window
    raise ClientException(f"window: is one of {', '.join(windows)}, not {said!r}")


def _part(
    telemetry: Telemetry, told: SessionTold, athlete: str | None, start_ms: int | None
) -> tuple[int | None, int | None, bool]:
    """Return where the seconds of one answer begin and end, and whether more follow; minutes tell where there are any."""
    minutes = telemetry.performance.windows(told.stadium, told.session, "minute", athlete=athlete)
    if not minutes:
        return start_ms, None, False  # none has closed yet: there are few
    begin_ms = minutes[0].start_ms if start_ms is None else start_ms
    end_ms = begin_ms + (_SECONDS_OF_ALL_MS if athlete is None else _SECONDS_OF_ONE_MS)
    return begin_ms, end_ms, minutes[-1].start_ms + _MINUTE_MS > end_ms


def _figures(
    telemetry: Telemetry,
    viewer: Viewer,
    told: SessionTold,
    window: Window,
    athlete: str | None,
    start_ms: int | None,
    end_ms: int | None,
) -> list[Figures]:
    span: dict[str, Any] = {"athlete": athlete, "start_ms": start_ms, "end_ms": end_ms}
    performance = telemetry.performance.windows(told.stadium, told.session, window, **span)
    may = {one for one in {line.athlete for line in performance} if viewer.sees_medical_of(one, told.stadium)}
    medical: dict[tuple[str, int], WindowMedical] = {}
    if may:
        viewer.saw_medical("figures as JSON", sorted(may), f"{told.stadium}/{told.session}")
        hearts = telemetry.medical.windows(told.stadium, told.session, window, **span)
        medical = {(one.athlete, one.start_ms): one for one in hearts if one.athlete in may}
    answer = []
    for one in performance:
        heart = medical.get((one.athlete, one.start_ms))
        answer.append(_told(one, None if heart is None else heart.medical))
    return answer


def _told(one: WindowPerformance, medical: Medical | None) -> Figures:
    return Figures(one.stadium, one.session, one.athlete, one.window, one.start_ms, one.performance, medical)
