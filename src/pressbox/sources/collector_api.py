"""What the collector says of itself: OpenAPI 3.1, from which clients are made and with which it is tested."""

from collections.abc import Iterable
from typing import Any, Final

from pressbox import __version__

_TEXT: Final[dict[str, Any]] = {"text/plain": {"schema": {"type": "string"}}}
_ERROR: Final[dict[str, Any]] = {
    "application/json": {
        "schema": {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}
    }
}
_ANSWER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["event_id", "status"],
    "properties": {
        "event_id": {"type": "string"},
        "status": {"enum": ["accepted", "dead letter", "unknown", "refused"]},
        "partition": {"type": "integer"},
        "offset": {"type": "integer"},
        "reason": {"type": "string"},
    },
}
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["event_type"],
    "properties": {
        "event_type": {"type": "string", "description": "what happened, such as guild_join"},
        "event_id": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
        "schema": {"type": "integer", "minimum": 1, "description": "version of the schema; the newest if left out"},
    },
}


def description(fixed: Iterable[str], by_id: Iterable[str]) -> dict[str, Any]:
    """Return the description of the routes *fixed*, those *by_id*, and of `/v1/events`."""
    paths: dict[str, Any] = {path: _route(path) for path in fixed}
    paths |= {f"{path}{{id}}": _route(path, by_id=True) for path in by_id}
    paths["/v1/events"] = {"post": _events()}
    paths["/healthz"] = {"get": {"summary": "Is it ready?", "responses": {"200": {"description": "It is."}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "pressbox collector", "version": __version__},
        "paths": paths,
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _route(path: str, *, by_id: bool = False) -> dict[str, Any]:
    responses: dict[str, Any] = {
        "200": {"description": "The event is on disk.", "content": _TEXT},
        **_refusals("400", "429", "503"),
    }
    operation: dict[str, Any] = {"summary": path.strip("/").replace("_", " ") or "the root", "responses": responses}
    operation["parameters"] = [_idempotency_key()]
    if by_id:
        responses |= _refusals("404")
        operation["parameters"].append(
            {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
        )
    return {"get": operation}


def _events() -> dict[str, Any]:
    one = {"application/json": {"schema": _ANSWER}}
    results = {
        "type": "object",
        "required": ["results"],
        "properties": {"results": {"type": "array", "items": _ANSWER}},
    }
    either = {"application/json": {"schema": {"anyOf": [_ANSWER, results]}}}
    refused = {"application/json": {"schema": {"anyOf": [_ANSWER, results, _ERROR["application/json"]["schema"]]}}}
    return {
        "summary": "One event, or a list of up to 500 in 1 MB; gzip and zstd are welcome.",
        "security": [{"key": []}, {}],
        "parameters": [_idempotency_key()],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"anyOf": [_EVENT, {"type": "array", "items": _EVENT, "maxItems": 500}]}}
            },
        },
        "responses": {
            "200": {"description": "All of them are on disk.", "content": either},
            "207": {"description": "Some are, see the result of each.", "content": either},
            "404": {"description": "It names an id the catalogue has not.", "content": refused},
            "422": {"description": "It fits no schema, and is a dead letter.", "content": one},
            "503": {"description": "It cannot be stored now: send it again.", "content": refused},
            **_refusals("400", "401", "408", "413", "415", "429"),
        },
    }


def _idempotency_key() -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"}
    return {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}


def _refusals(*statuses: str) -> dict[str, Any]:
    return {status: {"description": "Refused; detail says why.", "content": _ERROR} for status in statuses}
