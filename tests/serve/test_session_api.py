"""Sessions as JSON: what programs get, in which parts, and what of it is medical."""

import httpx
import pytest

from tests.serve.ground import BPM_MEAN, Ground, medical, performance

SESSION = "/api/sessions/north/game-1"
FIGURES = f"{SESSION}/figures"
MINUTE_MS = 60_000


@pytest.mark.parametrize("path", ["/api/sessions", SESSION, FIGURES, "/api/athletes/7/sessions"])
def test_nobody_gets_anything_without_a_session_or_a_key(ground: Ground, path: str) -> None:
    answer = httpx.get(f"{ground.url}{path}")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_program_with_a_key_gets_sessions_and_figures(ground: Ground) -> None:
    key = ground.access.administration.add_key("a test", "dashboard", "coach")
    with httpx.Client(base_url=ground.url, headers={"Authorization": f"Bearer {key}"}) as program:
        (session,) = program.get("/api/sessions").json()
        assert (session["session"], session["sport"]) == ("game-1", "lacrosse")
        assert program.get(SESSION).json() == session
        found = program.get(FIGURES).json()
    assert [(one["athlete"], one["performance"]["distance_m"]) for one in found] == [("7", 4321.0), ("8", 1500.0)]
    assert all("medical" not in one for one in found)
    assert ground.audited() == []


@pytest.mark.parametrize("path", [FIGURES, "/api/athletes/7/sessions"])
def test_a_coach_gets_medical_figures_of_who_agreed_only_and_it_is_written_down(ground: Ground, path: str) -> None:
    ground.medical.earlier = [medical("7", session="earlier")]
    ground.consent("7")
    with ground.client("cora", "coach") as coach:
        found = coach.get(path).json()
    seen = {one["athlete"]: one.get("medical", {}).get("heart_rate_bpm_mean") for one in found}
    assert seen == {"7": BPM_MEAN} | ({"8": None} if path == FIGURES else {})
    assert len(ground.audited()) == 1


def test_medical_staff_get_all_of_them(ground: Ground) -> None:
    with ground.client("max", "medical") as medic:
        assert [one["medical"]["heart_rate_bpm_mean"] for one in medic.get(FIGURES).json()] == [BPM_MEAN, BPM_MEAN]


def test_seconds_come_in_parts_and_following_the_links_gives_each_once(ground: Ground) -> None:
    minutes = [performance("7", 60.0, window="minute", start_ms=at * MINUTE_MS) for at in range(1, 4)]
    seconds = [performance("7", 1.0, window="second", start_ms=MINUTE_MS + at * 1000) for at in range(180)]
    ground.performance.all = minutes + seconds
    got, parts, address = [], 0, f"{FIGURES}?window=second"
    with ground.client("cora", "coach") as coach:
        while address:
            answer = coach.get(address)
            got += [one["start_ms"] for one in answer.json()]
            parts += 1
            address = answer.links.get("next", {}).get("url", "")
        of_one = coach.get(FIGURES, params={"window": "second", "athlete": "7"})
    assert got == [one.start_ms for one in seconds]
    assert parts == 3
    assert (len(of_one.json()), of_one.links) == (180, {})


@pytest.mark.parametrize("asked", [{"window": "hour"}, {"start_ms": "-1"}, {"athlete": "x" * 65}])
def test_what_cannot_be_asked_is_refused_with_the_reason(ground: Ground, asked: dict[str, str]) -> None:
    with ground.client("cora", "coach") as coach:
        answer = coach.get(FIGURES, params=asked)
    assert answer.status_code == 400
    assert next(iter(asked)) in answer.text


def test_an_unknown_session_is_not_found(ground: Ground) -> None:
    with ground.client("cora", "coach") as coach:
        assert coach.get("/api/sessions/north/none").status_code == 404
        assert coach.get("/api/sessions/north/none/figures").status_code == 404


def test_the_schema_tells_of_them(ground: Ground) -> None:
    paths = httpx.get(f"{ground.url}/api/schema/openapi.json").json()["paths"]
    assert "/api/sessions/{stadium}/{session}/figures" in paths
