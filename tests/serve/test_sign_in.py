"""The pages by which people come in: forms of ours only, cookies nobody else reads, and a pace that stops guessing."""

import re
from pathlib import Path

import httpx
import pytest

from pressbox.access.access import Access
from pressbox.serve.entrance import Entrance
from tests.serve.conftest import Serve
from tests.serve.ground import PASSWORD
from tests.serve.stand import Memory, services


@pytest.fixture
def access(tmp_path: Path) -> Access:
    access = Access(tmp_path).open()
    access.administration.add_person_with_password("a test", "cora", "coach", PASSWORD)
    return access


@pytest.fixture
def browser(access: Access, serve: Serve) -> httpx.Client:
    return serve(services(Memory(), entrance=Entrance(access.gate, access.administration, access.form_secret())))


def token_of(page: str) -> str:
    found = re.search(r'name="_csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def sign_in(browser: httpx.Client, password: str = PASSWORD, **more: str) -> httpx.Response:
    token = token_of(browser.get("/sign-in").text)
    return browser.post("/sign-in", data={"_csrf_token": token, "name": "cora", "password": password, **more})


def test_name_and_password_lead_onward_with_a_cookie_no_script_reads(browser: httpx.Client) -> None:
    answer = sign_in(browser, next="/sessions")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions")
    (cookie,) = (one for one in answer.headers.get_list("set-cookie") if one.startswith("pressbox-session="))
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""])
def test_nobody_is_led_elsewhere(browser: httpx.Client, onward: str) -> None:
    assert sign_in(browser, next=onward).headers["location"] == "/"


def test_a_wrong_password_is_told_and_the_name_is_kept(browser: httpx.Client) -> None:
    answer = sign_in(browser, "not the password")
    assert answer.status_code == 403
    assert "do not belong together" in answer.text
    assert 'value="cora"' in answer.text
    assert "not the password" not in answer.text
    assert "pressbox-session" not in browser.cookies


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/welcome"])
def test_a_form_that_is_not_ours_is_refused(browser: httpx.Client, path: str) -> None:
    answer = browser.post(path, data={"name": "cora", "password": PASSWORD})
    assert answer.status_code == 403
    assert "load the page again" in answer.text


def test_guessing_is_stopped_and_told_when_to_try_again(browser: httpx.Client) -> None:
    token = token_of(browser.get("/sign-in").text)
    said = {"_csrf_token": token, "name": "cora", "password": "a guess"}
    codes = [browser.post("/sign-in", data=said).status_code for _ in range(11)]
    assert codes == [403] * 10 + [429]
    stopped = browser.post("/sign-in", data={**said, "password": PASSWORD})
    assert stopped.status_code == 429
    assert 1 <= int(stopped.headers["retry-after"]) <= 302
    other = browser.post("/sign-in", data={**said, "name": "somebody-else"})
    assert other.status_code == 403


def test_signing_out_ends_the_session_on_the_server_too(browser: httpx.Client, access: Access) -> None:
    sign_in(browser)
    session = browser.cookies["pressbox-session"]
    token = token_of(browser.get("/welcome", params={"token": access.administration.link("a test", "cora")}).text)
    assert browser.post("/sign-out", data={"_csrf_token": token}).status_code == 303
    assert access.gate.by_session(session) is None


def test_a_link_asks_for_a_password_twice_and_then_lets_in(browser: httpx.Client, access: Access) -> None:
    link = access.administration.add_person("a test", "max", "medical")
    token = token_of(browser.get("/welcome", params={"token": link}).text)
    said = {"_csrf_token": token, "token": link, "password": PASSWORD, "again": PASSWORD}
    differ = browser.post("/welcome", data={**said, "again": "something else"})
    assert (differ.status_code, "differ" in differ.text) == (422, True)
    assert browser.post("/welcome", data=said).status_code == 303
    found = access.gate.by_session(browser.cookies["pressbox-session"])
    assert found is not None
    assert (found.name, found.role) == ("max", "medical")
    assert browser.get("/welcome", params={"token": link}).status_code == 410


def test_a_sign_in_link_leads_onward_and_never_elsewhere(browser: httpx.Client, access: Access) -> None:
    for onward, led in (("/sessions", "/sessions"), ("//evil.example", "/")):
        link = access.administration.link("a test", "cora", "sign in")
        answer = browser.get("/welcome", params={"token": link, "next": onward})
        assert (answer.status_code, answer.headers["location"]) == (303, led)


def test_pages_for_everybody_set_no_cookie(browser: httpx.Client) -> None:
    for path in ("/", "/standings", "/healthz"):
        assert "set-cookie" not in browser.get(path).headers
