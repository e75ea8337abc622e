"""The page of an athlete: beside what is usual, how load changed, and what of it is medical."""

import re

import httpx
import pytest

from tests.serve.ground import BPM_MEAN, Ground, medical, performance

PATH = "/athletes/7"
DAY_MS = 86_400_000


@pytest.fixture
def month(ground: Ground) -> Ground:
    """Four weeks of one session a day, 5 km each, but 10 km in the last week; the newest has 12 km."""
    ground.performance.earlier = [
        performance(
            "7", 12_000 if not ago else 10_000 if ago < 7 else 5_000, session=f"day-{ago}", start_ms=day * DAY_MS
        )
        for ago, day in enumerate(range(128, 100, -1))
    ]
    ground.medical.earlier = [medical("7", session="day-0", start_ms=128 * DAY_MS)]
    return ground


def row(page: str, head: str) -> list[str]:
    found = re.search(rf'<tr><th scope="row">{head}</th>(.*?)</tr>', page, re.DOTALL)
    assert found is not None
    return re.findall(r"<td>(.*?)</td>", found[1], re.DOTALL)


def test_nobody_sees_an_athlete_without_signing_in(month: Ground) -> None:
    assert httpx.get(f"{month.url}{PATH}", headers={"Accept": "application/json"}).status_code == 401


def test_the_newest_session_stands_beside_the_mean_and_spread_of_the_earlier_ones(month: Ground) -> None:
    with month.client("cora", "coach") as coach:
        page = coach.get(PATH).text
    newest, mean, spread, line = row(page, "Distance, km")
    assert (newest, mean) == ("12.00", f"{(6 * 10 + 21 * 5) / 27:.2f}")
    assert spread == "± 2.12"
    assert "<svg" in line
    assert "Mia Berg" in page


def test_load_is_told_against_that_of_four_weeks(month: Ground) -> None:
    with month.client("cora", "coach") as coach:
        coupled, uncoupled, _ = row(coach.get(PATH).text, "Distance")
    week = 72 / 7
    assert (coupled, uncoupled) == (f"{week / ((72 + 21 * 5) / 28):.2f}", f"{week / 5:.2f}")


def test_a_coach_gets_no_heart_rate_without_consent(month: Ground) -> None:
    with month.client("cora", "coach") as coach:
        page = coach.get(PATH).text
    assert str(BPM_MEAN) not in page
    assert "TRIMP" not in page
    assert month.audited() == []


def test_a_coach_gets_the_heart_rate_of_who_agreed_and_it_is_written_down(month: Ground) -> None:
    month.consent("7")
    with month.client("cora", "coach") as coach:
        assert str(BPM_MEAN) in coach.get(PATH).text
    assert len(month.audited()) == 1


def test_an_athlete_nobody_knows_is_not_found(month: Ground) -> None:
    with month.client("cora", "coach") as coach:
        assert coach.get("/athletes/nobody").status_code == 404
