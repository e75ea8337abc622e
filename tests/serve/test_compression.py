import gzip
import json

import httpx
import pytest

from pressbox.serve.compression import accepts_gzip
from pressbox.serve.rendering import static_address
from tests.serve.conftest import Serve
from tests.serve.stand import TOKEN, Memory, document, services

BOX_SCORE = "/api/games/game/boxscore"
PLAIN = {"Accept-Encoding": "identity"}


def filled() -> Memory:
    memory = Memory()
    memory.put(document(revision=5, timestamp="x" * 3000))
    return memory


def raw(client: httpx.Client, address: str, **headers: str) -> tuple[httpx.Response, bytes]:
    with client.stream("GET", address, headers={"Accept-Encoding": "gzip", **headers}) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP;q=0.2", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("identity", False),
        ("x-gzipped", False),
        ("", False),
    ],
)
def test_gzip_is_for_those_who_take_it(accepted: str, expected: bool) -> None:
    assert accepts_gzip([(b"host", b"x"), (b"accept-encoding", accepted.encode())]) is expected


def test_pages_documents_and_files_are_the_same_compressed_and_not(serve: Serve) -> None:
    client = serve(services(filled()))
    for address in (BOX_SCORE, "/", static_address("base.css"), static_address("moving.js")):
        plain = client.get(address, headers=PLAIN)
        answer, body = raw(client, address)
        assert "content-encoding" not in plain.headers
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-length"] == str(len(body))
        assert "Accept-Encoding" in answer.headers["vary"]
        assert "Accept-Encoding" in plain.headers["vary"]
        assert gzip.decompress(body) == plain.content
        assert len(body) < len(plain.content)
        assert answer.headers["cache-control"] == plain.headers["cache-control"]


def test_what_is_small_stays_as_it_is(serve: Serve) -> None:
    answer, body = raw(serve(services(filled())), "/healthz")
    assert "content-encoding" not in answer.headers
    assert json.loads(body)["status"] == "ready"


def test_the_tag_of_a_compressed_answer_is_weak_and_finds_it_again(serve: Serve) -> None:
    client = serve(services(filled()))
    strong = client.get(BOX_SCORE, headers=PLAIN).headers["etag"]
    weak = client.get(BOX_SCORE).headers["etag"]
    assert weak == f"W/{strong}"
    for tag in (strong, weak, f'"other", {weak}'):
        again = client.get(BOX_SCORE, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", weak)
    again = client.get(BOX_SCORE, headers={"If-None-Match": strong, **PLAIN})
    assert (again.status_code, again.headers["etag"]) == (304, strong)


def test_a_head_has_no_body_and_no_length_of_another(serve: Serve) -> None:
    client = serve(services(filled()))
    answer = client.head(static_address("base.css"))
    assert answer.content == b""
    assert "content-encoding" not in answer.headers


def test_the_door_of_commands_is_never_compressed(serve: Serve) -> None:
    stand = services(filled(), operations={"long": lambda: "x" * 10_000})
    answer = serve(stand).post("/control/long", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.json() == "x" * 10_000
    assert "content-encoding" not in answer.headers


def test_a_refusal_of_a_page_is_compressed_like_any_page_that_is_large(serve: Serve) -> None:
    answer = serve(services(filled())).get("/games/none")
    assert answer.status_code == 404
    assert "Not Found" in answer.text
