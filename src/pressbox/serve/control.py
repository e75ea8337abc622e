"""The door through which commands speak to the running process: loopback only, and only with its token."""

import asyncio
import hmac
import inspect
from ipaddress import IPv6Address, ip_address
from typing import Any, get_type_hints

import msgspec
from litestar import MediaType, Request, Response, post
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.params import FromPath

from pressbox.errors import BadInput
from pressbox.serve.services import Operation, Services


def control_routes(services: Services) -> list[Any]:
    """Return the one route of commands."""

    @post("/control/{operation:str}", include_in_schema=False, status_code=200)
    async def control(operation: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
        _must_be_allowed(request, services.token)
        if operation not in services.operations:
            raise NotFoundException(f"there is no operation {operation!r}")
        called = services.operations[operation]
        arguments = _arguments(operation, called, await request.body())
        result = await asyncio.to_thread(called, **arguments)
        return Response(msgspec.json.encode(result), media_type=MediaType.JSON, headers={"Cache-Control": "no-store"})

    return [control]


def is_loopback(host: str) -> bool:
    """Return whether the address *host* is this machine's own; what is no address is not."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _must_be_allowed(request: Request[Any, Any, Any], token: str) -> None:
    if request.client is None or not is_loopback(request.client.host):
        raise PermissionDeniedException("commands are taken from the machine pressbox runs on only")
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise NotAuthorizedException("the token is in the data folder of the running process")


def _arguments(operation: str, called: Operation, body: bytes) -> dict[str, Any]:
    """Return what *body* says as arguments of the types *called* declares."""
    try:
        arguments = msgspec.json.decode(body or b"{}", type=dict[str, Any])
        inspect.signature(called).bind(**arguments)
        types = get_type_hints(called)
        return {name: msgspec.convert(value, types.get(name, Any)) for name, value in arguments.items()}
    except (TypeError, msgspec.MsgspecError) as error:
        raise BadInput(f"{operation}: {error}") from error
