"""The pages of sessions: who gets in, what of it is medical, what coaches tell, and the stream."""

from typing import Any

import httpx
import msgspec
import pytest

from pressbox.model.live import LiveFigures, LiveFrame, LivePlace
from pressbox.model.session import Period
from tests.serve.ground import BPM_MEAN, BPM_NOW, PATH, Ground, medical, performance, told
from tests.serve.stand import Memory, services, serving


def place(athlete: str, x_mm: int = 1000) -> LivePlace:
    return LivePlace(athlete, 5_000, 5_020, x_mm, -2000, 2500, BPM_NOW, 4, 81.0)


def events(client: httpx.Client, wanted: int, *, then: Any = None) -> dict[str, Any]:
    """Read *wanted* different events of the stream and return what each said; *then* is called at the first."""
    said: dict[str, Any] = {}
    name = ""
    with client.stream("GET", f"{PATH}/stream", timeout=20) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            key, _, value = line.partition(": ")
            if key == "event":
                name = value
            elif key == "data" and name != "quiet":
                said[name] = said.get(name, "") + value
                if then is not None:
                    then = then()
            if len(said) == wanted and not line:
                break
    return said


@pytest.mark.parametrize("path", ["/sessions", PATH, f"{PATH}/stream", "/sessions/clock"])
def test_nobody_sees_a_session_without_signing_in(ground: Ground, path: str) -> None:
    answer = httpx.get(f"{ground.url}{path}", headers={"Accept": "application/json"})
    assert answer.status_code == 401


def test_the_list_names_each_session(ground: Ground) -> None:
    with ground.client("cora", "coach") as coach:
        page = coach.get("/sessions").text
    assert PATH in page
    assert "lacrosse, 2 athletes" in page


def test_the_page_is_whole_without_a_script_and_what_people_typed_is_no_markup(ground: Ground) -> None:
    with ground.client("cora", "coach") as coach:
        page = coach.get(PATH).text
    assert "4.32" in page
    assert "Zoe &lt;b&gt;Ek&lt;/b&gt;" in page
    assert 'data-usual="5.0"' in page


def test_an_unknown_session_is_not_found(ground: Ground) -> None:
    with ground.client("cora", "coach") as coach:
        assert coach.get("/sessions/north/none").status_code == 404
        assert coach.get("/sessions/north/none/stream").status_code == 404


def test_a_coach_gets_no_heart_rate_without_consent(ground: Ground) -> None:
    with ground.client("cora", "coach") as coach:
        page = coach.get(PATH).text
    assert f">{BPM_MEAN}<" not in page
    assert "Heart rate now" not in page
    assert ground.audited() == []


def test_a_coach_gets_heart_rates_of_those_who_agreed_only_and_it_is_written_down(ground: Ground) -> None:
    ground.consent("7")
    with ground.client("cora", "coach") as coach:
        assert coach.get(PATH).text.count(f">{BPM_MEAN}<") == 1
    assert len(ground.audited()) == 1


def test_medical_staff_get_all_heart_rates(ground: Ground) -> None:
    with ground.client("max", "medical") as medic:
        assert medic.get(PATH).text.count(f">{BPM_MEAN}<") == 2


def test_rows_are_ordered_by_the_figure_in_the_address(ground: Ground) -> None:
    with ground.client("cora", "coach") as coach:
        page = coach.get(PATH, params={"sort": "distance_m"}).text
        by_name = coach.get(PATH, params={"sort": "athlete"}).text
    assert page.index('<tr data-athlete="7"') < page.index('<tr data-athlete="8"')
    assert by_name.index('<tr data-athlete="7"') < by_name.index('<tr data-athlete="8"')
    assert 'aria-sort="descending"><a href="?sort=distance_m"' in page


def test_the_stream_begins_with_the_newest_and_holds_back_what_is_medical(ground: Ground) -> None:
    ground.touchline.frame(LiveFrame("north", "game-1", 5_030, [place("7"), place("8")]))
    ground.touchline.figures(LiveFigures("north", "game-1", 5_030, [performance("7", 100.0)], [medical("7")]))
    ground.consent("8")
    with ground.client("cora", "coach") as coach:
        said = events(coach, 3)
    assert "game-1" in said["head"]
    seen = {one[0]: one for one in msgspec.json.decode(said["places"])["places"]}
    assert seen["7"] == ["7", 5_000, 5_020, 1.0, -2.0, 9.0, 81.0, None, None]
    assert seen["8"][-2:] == [BPM_NOW, 4]
    assert msgspec.json.decode(said["figures"])[0]["performance"]["distance_m"] == pytest.approx(0.1)
    assert "medical" not in msgspec.json.decode(said["figures"])[0]
    assert len(ground.audited()) == 1


def test_the_stream_tells_what_comes_while_it_is_open(ground: Ground) -> None:
    def move() -> None:
        ground.touchline.frame(LiveFrame("north", "game-1", 5_030, [place("7", 7_000)]))

    with ground.client("cora", "coach") as coach:
        said = events(coach, 2, then=move)
    assert msgspec.json.decode(said["places"])["places"][0][3] == 7.0


def test_the_stream_ends_once_its_viewer_is_let_out(ground: Ground) -> None:
    with ground.client("cora", "coach") as coach, coach.stream("GET", f"{PATH}/stream", timeout=20) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("retry")
        ground.access.administration.revoke_person("a test", "cora")
        assert list(lines)[-1] == ""  # the answer ended by itself


def test_periods_are_told_by_a_form_of_ours_only(ground: Ground) -> None:
    with ground.client("cora", "coach") as coach:
        page = coach.get(PATH).text
        token = page.partition('name="_csrf_token" value="')[2].partition('"')[0]
        assert coach.post(f"{PATH}/period", data={"period": "Q1"}).status_code == 403
        said = {"_csrf_token": token, "deed": "start", "period": "Q1"}
        answer = coach.post(f"{PATH}/period", data=said)
        assert (answer.status_code, answer.headers["location"]) == (303, PATH)
        assert coach.post(f"{PATH}/period", data={"_csrf_token": token, "deed": "end"}).status_code == 303
        assert coach.post(f"{PATH}/close", data={"_csrf_token": token}).status_code == 303
    north = {"stadium": "north", "session": "game-1"}
    assert ground.asked == [
        ("session_period", {**north, "period": "Q1"}),
        ("session_period", {**north, "period": None}),
        ("session_close", north),
    ]


def test_what_the_desk_refuses_is_said(ground: Ground) -> None:
    ground.refusal = "session north/game-1 is closed"
    with ground.client("cora", "coach") as coach:
        token = coach.get(PATH).text.partition('name="_csrf_token" value="')[2].partition('"')[0]
        answer = coach.post(f"{PATH}/period", data={"_csrf_token": token, "period": "Q1"})
    assert answer.status_code == 409
    assert ground.refusal in answer.text


def test_medical_staff_see_a_session_and_do_not_divide_it(ground: Ground) -> None:
    with ground.client("max", "medical") as medic:
        assert "_csrf_token" not in medic.get(PATH).text
        medic.get("/sign-in")
        assert medic.post(f"{PATH}/period", data={"period": "Q1"}).status_code == 403
    assert ground.asked == []


def test_a_closed_session_offers_nothing_to_tell(ground: Ground) -> None:
    ground.now = told(state="closed", periods=(Period("Q1", 0, 900_000),))
    with ground.client("cora", "coach") as coach:
        page = coach.get(PATH).text
    assert "closed" in page
    assert "Q1 15 min" in page
    assert f'action="{PATH}/period"' not in page


def test_without_devices_the_page_says_how_to_begin() -> None:
    with serving(services(Memory())) as url:
        page = httpx.get(f"{url}/sessions").text
    assert "mqtt.port" in page


def test_the_clock_is_ours(ground: Ground) -> None:
    with ground.client("cora", "coach") as coach:
        assert coach.get("/sessions/clock").json()["now_ms"] > 1_700_000_000_000
