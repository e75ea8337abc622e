"""ETags: whether who asks has the answer already."""

from typing import Any

from litestar import Request


def has(request: Request[Any, Any, Any], etag: str) -> bool:
    """Return whether *request* names *etag*, weak or strong, among those whose answers it has."""
    tags = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return etag in tags or "*" in tags
