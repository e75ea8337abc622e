import asyncio
from typing import Any

import httpx
import pytest

from pressbox.errors import BadInput
from pressbox.serve.app import create_app
from pressbox.serve.control import is_loopback
from tests.serve.conftest import Serve
from tests.serve.stand import TOKEN, Memory, services

TOLD = {"Authorization": f"Bearer {TOKEN}"}


def show(game: str, at: int | None = None) -> dict[str, Any]:
    if game == "nobody":
        raise BadInput("no game nobody")
    return {"game": game, "at": at}


STAND = services(Memory(), operations={"show": show})


def test_who_has_the_token_gets_the_answer(serve: Serve) -> None:
    answer = serve(STAND).post("/control/show", json={"game": "one", "at": 3}, headers=TOLD)
    assert (answer.status_code, answer.json()) == (200, {"game": "one", "at": 3})


def test_no_operation_runs_in_the_event_loop(serve: Serve) -> None:
    server = serve(services(Memory(), operations={"loop": _runs_in_a_loop}))
    assert server.post("/control/loop", headers=TOLD).json() is False


@pytest.mark.parametrize(
    "header",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic dG9rZW4="}, {"Authorization": "Bearer tök"}],
)
def test_who_has_not_is_refused_whatever_is_asked(serve: Serve, header: dict[str, str]) -> None:
    client = serve(STAND)
    encoded = {name: value.encode() for name, value in header.items()}
    for operation in ("show", "unknown"):
        assert client.post(f"/control/{operation}", json={"game": "one"}, headers=encoded).status_code == 401


def test_an_unknown_operation_is_said(serve: Serve) -> None:
    answer = serve(STAND).post("/control/dance", headers=TOLD)
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no operation 'dance'")


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"game": 5}',
        b'{"game": "one", "at": "x"}',
        b'{"game": "one", "more": 1}',
        b"[]",
        b"{",
        b"\xff",
        b'{"game": "nobody"}',
    ],
)
def test_arguments_that_cannot_be_used_are_refused_with_the_reason(serve: Serve, body: bytes) -> None:
    answer = serve(STAND).post("/control/show", content=body, headers=TOLD)
    assert (answer.status_code, answer.json()["error"]) == (422, "BadInput")
    assert len(answer.json()["detail"]) > 5


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 200), ("::1", 200), ("203.0.113.9", 403), ("unix", 403)])
def test_only_this_machine_is_answered(host: str, status: int) -> None:
    async def scene() -> int:
        transport = httpx.ASGITransport(create_app(STAND), client=(host, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://pressbox") as client:
            return (await client.post("/control/show", json={"game": "one"}, headers=TOLD)).status_code

    assert asyncio.run(scene()) == status


def test_an_address_of_this_machine_is_known_in_every_spelling() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]))
    assert not any(map(is_loopback, ["", "0.0.0.0", "10.0.0.1", "::ffff:10.0.0.1", "localhost.example"]))  # noqa: S104


def _runs_in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
