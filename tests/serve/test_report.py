"""The report of a session: page and CSV, and what of it is medical."""

import csv
import io

import httpx
import pytest

from pressbox.model.load import AthleteName
from pressbox.model.session import Period
from tests.serve.ground import BPM_MEAN, PATH, Ground, medical, performance, told

REPORT, CSV = f"{PATH}/report", f"{PATH}/report.csv"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("path", [REPORT, CSV])
def test_nobody_gets_a_report_without_signing_in(ground: Ground, path: str) -> None:
    assert httpx.get(f"{ground.url}{path}", headers={"Accept": "application/json"}).status_code == 401


@pytest.mark.parametrize("path", [REPORT, CSV])
def test_a_coach_gets_no_heart_rate_without_consent(ground: Ground, path: str) -> None:
    with ground.client("cora", "coach") as coach:
        text = coach.get(path).text
    assert "Mia Berg" in text
    assert str(BPM_MEAN) not in text
    assert "heart_rate" not in text
    assert ground.audited() == []


@pytest.mark.parametrize("path", [REPORT, CSV])
def test_a_coach_gets_the_heart_rates_of_who_agreed_and_it_is_written_down(ground: Ground, path: str) -> None:
    ground.consent("7")
    with ground.client("cora", "coach") as coach:
        text = coach.get(path).text
    assert text.count(str(BPM_MEAN)) == 1
    assert len(ground.audited()) == 1


@pytest.mark.parametrize("path", [REPORT, CSV])
def test_medical_staff_get_all_heart_rates(ground: Ground, path: str) -> None:
    with ground.client("max", "medical") as medic:
        assert medic.get(path).text.count(str(BPM_MEAN)) == 2


def test_the_csv_has_a_line_for_each_athlete_and_span_with_units_in_its_columns(ground: Ground) -> None:
    ground.now = told(periods=(Period("Q1", 60_000, 120_000), Period("Q2", 120_000)))
    ground.performance.all.append(performance("7", 250.0, window="period", start_ms=60_000))
    with ground.client("cora", "coach") as coach:
        answer = coach.get(CSV)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="north-game-1.csv"' in answer.headers["content-disposition"]
    found = rows(answer.text)
    assert [(one["window"], one["period"], one["athlete"], one["distance_m"]) for one in found] == [
        ("session", "", "7", "4321.0"),
        ("session", "", "8", "1500.0"),
        ("period", "Q1", "7", "250.0"),
    ]
    assert {"speed_kmh_max", "distance_m_by_zone_1", "distance_m_by_zone_2"} <= set(found[0])
    assert "distance_m_by_zone_3" not in found[0]  # the session has two zones


def test_no_cell_of_the_csv_begins_as_a_formula_does(ground: Ground) -> None:
    ground.now = told(athletes=(AthleteName("7", '=HYPERLINK("x")'),))
    with ground.client("cora", "coach") as coach:
        (name,) = {one["name"] for one in rows(coach.get(CSV).text) if one["athlete"] == "7"}
    assert name == '\'=HYPERLINK("x")'


def test_periods_stand_below_the_whole_session(ground: Ground) -> None:
    ground.now = told(periods=(Period("Q1", 60_000, 120_000),))
    ground.performance.all.append(performance("7", 250.0, window="period", start_ms=60_000))
    with ground.client("cora", "coach") as coach:
        page = coach.get(REPORT).text
    assert page.index("Whole session") < page.index(">Q1<")
    assert "0.25" in page


def test_the_charts_of_an_athlete_have_a_heart_rate_only_where_it_may_be_seen(ground: Ground) -> None:
    ground.performance.all += [performance("7", 100.0, window="minute", start_ms=at * 60_000) for at in range(3)]
    ground.medical.all += [medical("7", window="minute", start_ms=at * 60_000) for at in range(3)]
    with ground.client("cora", "coach") as coach:
        page = coach.get(REPORT, params={"athlete": "7"}).text
    assert "Top speed of each minute" in page
    assert "Heart rate of each minute" not in page
    with ground.client("max", "medical") as medic:
        assert "Heart rate of each minute" in medic.get(REPORT, params={"athlete": "7"}).text
        assert "No minute of 8" in medic.get(REPORT, params={"athlete": "8"}).text
