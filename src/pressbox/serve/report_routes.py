"""The addresses of the report of a session: a page that prints on one sheet, and CSV."""

from typing import Annotated, Any, Final, TypeAlias

from litestar import MediaType, Request, Response, get
from litestar.params import FromPath, QueryParameter

from pressbox.serve.figures import MEDICAL_FIGURES, PERFORMANCE_FIGURES
from pressbox.serve.operations_view import moment
from pressbox.serve.rendering import render
from pressbox.serve.report_view import charts_of, report_csv, report_of
from pressbox.serve.services import Services
from pressbox.serve.viewer import signed_in, the_viewer

AnyRequest: TypeAlias = Request[Any, Any, Any]

_FRESH: Final = {"Cache-Control": "no-store"}

Athlete: TypeAlias = Annotated[str | None, QueryParameter(max_length=64, description="show the charts of this one")]


def report_routes(services: Services) -> list[Any]:
    """Return the routes of reports; none where no device is listened to."""
    if services.telemetry is None:
        return []
    telemetry = services.telemetry

    @get(
        "/sessions/{stadium:str}/{session:str}/report",
        media_type=MediaType.HTML,
        guards=[signed_in],
        sync_to_thread=True,
        include_in_schema=False,
    )
    def page(
        request: AnyRequest, stadium: FromPath[str], session: FromPath[str], athlete: Athlete = None
    ) -> Response[str]:
        told = telemetry.session(stadium, session)
        report = report_of(telemetry, the_viewer(request), told, "the report")
        html = render(
            "session_report.html",
            report=report,
            told=told,
            moment=moment,
            athlete=athlete,
            charts=[] if athlete is None else charts_of(telemetry, report, athlete),
            performance_figures=PERFORMANCE_FIGURES,
            medical_figures=MEDICAL_FIGURES if report.sees_medical else (),
        )
        return Response(html, media_type=MediaType.HTML, headers=_FRESH)

    @get(
        "/sessions/{stadium:str}/{session:str}/report.csv",
        media_type="text/csv",
        guards=[signed_in],
        sync_to_thread=True,
        summary="The report of a session as CSV",
    )
    def table(request: AnyRequest, stadium: FromPath[str], session: FromPath[str]) -> Response[str]:
        report = report_of(telemetry, the_viewer(request), telemetry.session(stadium, session), "the report as CSV")
        name = f"{report.told.stadium}-{report.told.session}.csv"
        headers = {**_FRESH, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response("".join(report_csv(report)), media_type="text/csv", headers=headers)

    return [page, table]
