"""
How a command reaches a pressbox: the running one over loopback, or the data itself where none runs.

A running process leaves its address and a token in the data folder, readable by its owner only.
"""

import json
import logging
import os
import secrets
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from pressbox import errors
from pressbox.settings import load_settings
from pressbox.wiring import Pressbox

_TIMEOUT_S = 30.0


class Address(Struct, frozen=True):
    """Where the running process listens, and what shows that one may ask it; over TLS, what it shows in turn."""

    url: str
    token: str
    pid: int
    certificate: str | None = None


def new_token() -> str:
    """Return a token nobody can guess."""
    return secrets.token_urlsafe(32)


@contextmanager
def address_left(data: Path, address: Address) -> Iterator[None]:
    """Leave *address* in *data* for as long as the block runs."""
    path = _path(data)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(address))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def ask(data: Path, settings: Path | None, operation: str, **arguments: Any) -> Any:
    """
    Return the answer to *operation*, as plain JSON values, from whoever has the data.

    Raises:
        PressboxError: what the operation raised, wherever it ran.
    """
    address = _running(data)
    if address is not None:
        return _ask_running(address, operation, arguments)
    if not data.exists():
        raise errors.BadInput(f"there is no data in {data}: name the folder with --data, or begin with `pressbox up`")
    with _quiet(), Pressbox(load_settings(settings), data) as opened:
        opened.source.poll()
        opened.catch_up()
        called = opened.operations_by_name().get(operation)
        if called is None:
            raise errors.BadInput(f"there is no operation {operation}: sessions want [mqtt] in the settings")
        return json.loads(msgspec.json.encode(called(**_of_types(called, arguments))))


def _of_types(called: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """Return *arguments*, which are plain values, as the types *called* declares."""
    types = get_type_hints(called)
    return {name: msgspec.convert(value, types.get(name, Any)) for name, value in arguments.items()}


def running_at(data: Path) -> str | None:
    """Return the address of the process that runs over *data*, or None where none does."""
    address = _running(data)
    return None if address is None else address.url


def _running(data: Path) -> Address | None:
    try:
        address = msgspec.json.decode(_path(data).read_bytes(), type=Address)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    try:
        with _loopback(address).open(f"{address.url}/healthz", timeout=_TIMEOUT_S):
            return address
    except (OSError, HTTPException):
        return None


def _loopback(address: Address) -> urllib.request.OpenerDirector:
    # Whatever proxy the environment names; and the very certificate of that process, whatever name stands in it.
    past_proxies = urllib.request.ProxyHandler({})
    if address.certificate is None:
        return urllib.request.build_opener(past_proxies)
    context = ssl.create_default_context(cafile=address.certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return urllib.request.build_opener(past_proxies, urllib.request.HTTPSHandler(context=context))


def _ask_running(address: Address, operation: str, arguments: dict[str, Any]) -> Any:
    request = urllib.request.Request(  # noqa: S310 - http, by our own hand
        f"{address.url}/control/{operation}",
        data=msgspec.json.encode(arguments),
        headers={"Authorization": f"Bearer {address.token}", "Content-Type": "application/json"},
    )
    try:
        with _loopback(address).open(request, timeout=_TIMEOUT_S) as response:
            return json.loads(response.read())
    except urllib.error.HTTPError as error:
        told = json.loads(error.read() or b"{}")
        kind = getattr(errors, str(told.get("error", "")), errors.PressboxError)
        raise kind(told.get("detail", str(error))) from error
    except (OSError, HTTPException) as error:
        raise errors.Unavailable(f"the running pressbox at {address.url} does not answer: {error}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    # A command is no watch: what the parts say while they open belongs to `pressbox up`.
    root = logging.getLogger()
    level = root.level
    if level > logging.DEBUG:
        root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)


def _path(data: Path) -> Path:
    return data / "up.json"
