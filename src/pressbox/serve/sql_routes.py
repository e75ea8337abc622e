"""SQL over the tables of game events: a page with an editor, and its answers as JSON, CSV and Parquet. For operators."""

import csv
import io
from collections.abc import Callable
from typing import Any, Final, TypeVar

from litestar import MediaType, Response, get
from litestar.exceptions import ClientException, NotFoundException, ServiceUnavailableException
from litestar.params import FromQuery

from pressbox.errors import BadInput, BadSettings, Unavailable
from pressbox.model.question import Answer, Inquiry
from pressbox.serve.operators import operators_only
from pressbox.serve.rendering import render
from pressbox.serve.services import Services

_SHOWN_MAX: Final = 500
_CELL_CHARACTERS_MAX: Final = 200
_FRESH: Final = {"Cache-Control": "no-store"}
_FIRST: Final = "select event_type, count(*) as events from {table} group by event_type"

T = TypeVar("T")


def sql_routes(services: Services) -> list[Any]:
    """Return the routes of questions; nobody but operators is answered."""
    guards = [operators_only(services.operators)]

    @get("/sql", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False, guards=guards)
    def page(q: FromQuery[str] = "") -> Response[str]:
        return Response(_page(services.inquiry, q.strip()), media_type=MediaType.HTML, headers=_FRESH)

    @get("/api/sql", sync_to_thread=True, guards=guards, summary="Ask the tables of game events, for operators")
    def answer(q: FromQuery[str]) -> Response[Answer]:
        return Response(_asked(services.inquiry, q), headers=_FRESH)

    @get("/sql.csv", sync_to_thread=True, include_in_schema=False, guards=guards)
    def as_csv(q: FromQuery[str]) -> Response[str]:
        found = _asked(services.inquiry, q)
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(found.columns)
        writer.writerows([_harmless(cell) for cell in row] for row in found.rows)
        return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=_FRESH | _saved_as("csv"))

    @get("/sql.parquet", sync_to_thread=True, include_in_schema=False, guards=guards)
    def as_parquet(q: FromQuery[str]) -> Response[bytes]:
        content = _or_told(lambda: _there(services.inquiry).parquet(q))
        return Response(content, media_type="application/vnd.apache.parquet", headers=_FRESH | _saved_as("parquet"))

    return [page, answer, as_csv, as_parquet]


def _page(inquiry: Inquiry | None, question: str) -> str:
    found: Answer | None = None
    problem = ""
    if inquiry is not None and question:
        try:
            found = inquiry.ask(question)
        except (BadInput, BadSettings, Unavailable) as error:
            problem = str(error)
    tables = [] if inquiry is None else inquiry.tables()
    shown = [] if found is None else [[_cell(value) for value in row] for row in found.rows[:_SHOWN_MAX]]
    first = _FIRST.format(table=tables[0].name) if tables else ""
    return render(
        "sql.html",
        is_there=inquiry is not None,
        question=question,
        first=first,
        tables=tables,
        answer=found,
        shown=shown,
        numbers=_numbers(found),
        problem=problem,
    )


def _asked(inquiry: Inquiry | None, question: str) -> Answer:
    return _or_told(lambda: _there(inquiry).ask(question))


def _there(inquiry: Inquiry | None) -> Inquiry:
    if inquiry is None:
        raise NotFoundException("no events are collected here: [collector] in the settings takes them")
    return inquiry


def _or_told(work: Callable[[], T]) -> T:
    try:
        return work()
    except BadInput as error:
        raise ClientException(str(error)) from error
    except (BadSettings, Unavailable) as error:
        raise ServiceUnavailableException(str(error)) from error


def _numbers(answer: Answer | None) -> list[bool]:
    return [] if answer is None else [kind.startswith(_NUMBERS) for kind in answer.types]


_NUMBERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL")


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _CELL_CHARACTERS_MAX else text[: _CELL_CHARACTERS_MAX - 1] + "…"


def _harmless(value: object) -> object:
    """Return *value* so that a spreadsheet takes it for no formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _saved_as(ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="answer.{ending}"'}
