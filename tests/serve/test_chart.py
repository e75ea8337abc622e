import re
from time import perf_counter
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from pressbox.serve import chart
from pressbox.serve.chart import GoalMark, Zone, period_bars, score_margin, sparkline, zone_line

EVIL = "<script>alert('\"1\"')</script>"
ZONES = (Zone(0, "walk"), Zone(2, "jog"), Zone(4, "run"), Zone(5.5, "fast"), Zone(7, "sprint"))


def goal(elapsed_s: int, home_score: int, away_score: int, side: chart.Side = "home", text: str = "goal") -> GoalMark:
    return GoalMark(elapsed_s, 1 + elapsed_s // 900, home_score, away_score, side, text, elapsed_s)


GOALS = (goal(60, 1, 0), goal(900 + 90, 1, 1, "away"), goal(2000, 1, 2, "away"), goal(3000, 1, 3, "away"))


def parsed(markup: Markup) -> ET.Element:
    return ET.fromstring(markup)  # noqa: S314 - our own markup


def numbers(markup: Markup, pattern: str) -> list[float]:
    return [float(one) for one in re.findall(pattern, markup)]


@pytest.fixture(params=["margin", "bars", "spark", "zones"])
def any_chart(request: pytest.FixtureRequest) -> Markup:
    charts = {
        "margin": lambda: score_margin([goal(60, 1, 0, text=EVIL)], 1, EVIL, EVIL, 90),
        "bars": lambda: period_bars(EVIL, EVIL, [1, 2, 3, 4], EVIL, [0, 0, 0, 0]),
        "spark": lambda: sparkline([1, 2, 3], EVIL),
        "zones": lambda: zone_line([1, None, 3], EVIL, EVIL, [Zone(0, EVIL), Zone(2, EVIL)], step_s=1, high=8),
    }
    return charts[request.param]()


def test_whatever_a_feed_says_stays_text_and_nothing_is_inline(any_chart: Markup) -> None:
    elements = list(parsed(any_chart).iter())
    assert not [one for one in elements if one.tag in ("script", "style") or "style" in one.attrib]
    assert any(EVIL in (one.text or "") for one in elements)


def test_every_chart_has_a_name_for_who_cannot_see_it(any_chart: Markup) -> None:
    root = parsed(any_chart)
    svg = root if root.tag == "svg" else root.find("svg")
    assert svg is not None
    assert svg.get("role") == "img"
    assert svg[0].tag == "title"
    assert svg[0].text


def test_a_goal_is_marked_where_it_fell_on_the_side_of_who_leads() -> None:
    marks = {one.get("data-key"): one for one in parsed(score_margin(GOALS, 4, "a", "b", None)).iter("circle")}
    assert [one.get("cx") for one in marks.values()] == ["1.67%", "27.50%", "55.56%", "83.33%"]
    heights = [float((one.get("cy") or "").rstrip("%")) for one in marks.values()]
    assert heights[0] < heights[1] < heights[2] < heights[3]
    assert [one.get("class") for one in marks.values()] == ["mark home", "mark away", "mark away", "mark away"]
    assert marks["60"][0].text == "Q1: goal, 1–0"


def test_the_table_has_every_goal_with_its_clock_team_and_score() -> None:
    rows = [[cell.text for cell in row] for row in parsed(score_margin(GOALS, 4, "a", "b", None)).iter("tr")]
    assert rows == [
        ["When", "Team", "Goal", "Score"],
        ["Q1 14:00", "a", "goal", "1–0"],
        ["Q2 13:30", "b", "goal", "1–1"],
        ["Q3 11:40", "b", "goal", "1–2"],
        ["Q4 10:00", "b", "goal", "1–3"],
    ]


def test_the_story_says_the_score_and_the_greatest_leads() -> None:
    story = parsed(score_margin(GOALS, 4, "a", "b", None)).findtext("svg/desc")
    assert story == "a 1, b 3 after 4 goals. a led by 1 at most, in Q1. b led by 2 at most, in Q4."
    assert parsed(score_margin([], 1, "a", "b", 0)).findtext("svg/desc") == "No goal yet."


def test_four_periods_are_drawn_from_the_first_second_on_and_overtime_when_it_begins() -> None:
    def periods(begun: int) -> list[str]:
        return re.findall(r'class="under"[^>]*>([^<]+)<', score_margin(GOALS, begun, "a", "b", 0))

    assert periods(1) == periods(4) == ["Q1", "Q2", "Q3", "Q4"]
    assert periods(6) == ["Q1", "Q2", "Q3", "Q4", "OT", "2OT"]


def test_an_overtime_is_as_long_as_said_and_ends_with_its_goal() -> None:
    goals = (*GOALS, GoalMark(3800, 5, 1, 4, "away", "goal", 9))
    said = score_margin(goals, 5, "a", "b", None, [400])
    assert 'viewBox="0 0 4000 ' in said
    assert 'viewBox="0 0 3840 ' in score_margin(goals, 5, "a", "b", None)
    line = re.search(r'class="line" d="([^"]+)"', said)
    assert line is not None
    assert line[1].endswith("H3800")


@pytest.mark.parametrize("now_s", [None, 100])
def test_the_moment_shown_is_marked_unless_the_game_is_over(now_s: int | None) -> None:
    assert ('class="now"' in score_margin(GOALS[:1], 1, "a", "b", now_s)) is (now_s is not None)


@pytest.mark.parametrize("lead", [1, 7, 40, 900])
def test_a_great_lead_gives_few_lines_and_stays_inside(lead: int) -> None:
    markup = score_margin([goal(60, lead, 0)], 1, "a", "b", 90)
    assert 2 <= markup.count('class="tick"') <= 8
    assert all(0 <= one <= 100 for one in numbers(markup, r'y1?="([\d.]+)%"'))


def test_bars_are_as_high_as_their_numbers_and_the_table_sums_them() -> None:
    markup = period_bars("Shots", "a", [1, 2, 3, 4], "b", [0, 0, 8, 0])
    heights = numbers(markup, r'height="([\d.]+)%"')
    assert heights[4] == pytest.approx(heights[5] * 3 / 8, abs=0.02)
    rows = [[cell.text for cell in row] for row in parsed(markup).iter("tr")]
    assert rows[1:] == [["a", "1", "2", "3", "4", "10"], ["b", "0", "0", "8", "0", "8"]]


def test_a_gap_in_the_values_is_a_gap_in_the_line() -> None:
    path = re.search(r'd="([^"]+)"', zone_line([1, 2, None, 3], "Speed", "m/s", ZONES, step_s=10, high=9))
    assert path is not None
    assert path[1] == "M0 8L10 7M30 6"


def test_time_by_zone_counts_each_value_once() -> None:
    markup = zone_line([0, 2, 2.5, 9, None], "Speed", "m/s", ZONES, step_s=60, high=9)
    times = [row[2].text for row in parsed(markup).iter("tr")][1:]
    assert times == ["01:00", "02:00", "00:00", "00:00", "01:00"]


def test_nothing_to_show_is_shown_as_nothing() -> None:
    assert "–" in sparkline([], "none")
    assert parsed(zone_line([None], "Speed", "m/s", ZONES, step_s=1, high=9)).findtext("svg/desc") == "No value."
    assert parsed(period_bars("Shots", "a", [0] * 4, "b", [0] * 4)).findtext("svg/desc") == "a 0, b 0."


def test_a_game_of_many_goals_is_drawn_in_well_under_a_millisecond() -> None:
    def once(number: int) -> float:
        goals = [goal(60 * one, one, number, text=f"goal {one} by player {one}") for one in range(1, 41)]
        began_s = perf_counter()
        score_margin(goals, 4, "syracuse", "johns hopkins", 3000)
        return perf_counter() - began_s

    assert min(map(once, range(20))) < 0.001
