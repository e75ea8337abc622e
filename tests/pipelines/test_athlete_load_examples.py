"""Figures of sessions small enough to compute by hand."""

import math
from typing import Any

import pytest
from msgspec.structs import replace

from pressbox.model.sample import Sample
from pressbox.model.session import FOOTBALL, LACROSSE, AthleteProfile, Terms, gap_ms_of, terms_of
from pressbox.pipelines.athlete_load import line_of, shape, summarise

ATHLETE = AthleteProfile(athlete="7", heart_rate_bpm_rest=60, heart_rate_bpm_max=200, sex="m", speed_mm_s_top=8000)
AT_10_HZ = terms_of(FOOTBALL, 100)


def line(samples: list[Sample], terms: Terms = AT_10_HZ, athlete: AthleteProfile = ATHLETE) -> dict[str, Any]:
    return line_of(athlete, shape(summarise(samples, athlete, terms), athlete, terms))


def straight(*speeds_mm_s: int, interval_ms: int = 100) -> list[Sample]:
    """One who runs along x, each speed for one interval."""
    x, samples = 0, []
    for number, speed in enumerate(speeds_mm_s):
        x += speed * interval_ms // 1000 if number else 0
        samples.append(Sample(number * interval_ms, x, 0, speed))
    return samples


def test_distance_is_the_sum_of_steps_and_a_step_is_of_the_speed_at_its_end() -> None:
    told = line(straight(4000, 5000, 7000))
    assert told["distance_m"] == 1.2
    assert told["distance_m_by_zone"] == {"0-7": 0.0, "7-15": 0.0, "15-20": 0.5, "20-25": 0.0, "25+": 0.7}
    assert told["seconds_by_zone"]["15-20"] == 0.1
    assert (told["high_speed_distance_m"], told["sprint_distance_m"]) == (0.7, 0.7)
    assert told["speed_kmh_max"] == 25.2


def test_a_gap_adds_no_distance_and_no_time_covered() -> None:
    told = line([Sample(0, 0, 0), Sample(500, 1000, 0), Sample(1001, 2000, 0)])
    assert (told["distance_m"], told["covered_s"], told["duration_s"]) == (1.0, 0.5, 1.001)


@pytest.mark.parametrize(
    ("interval_ms", "gap_ms"), [(10, 500), (100, 500), (200, 1000), (1000, 10_000), (2000, 10_000)]
)
def test_the_gap_limit_follows_the_rate(interval_ms: int, gap_ms: int) -> None:
    assert gap_ms_of(interval_ms) == gap_ms


def test_zones_are_settable_after_the_fact() -> None:
    effort = summarise(straight(4000, 5000, 7000), ATHLETE, AT_10_HZ)
    told = shape(effort, ATHLETE, replace(AT_10_HZ, preset=LACROSSE)).performance
    assert told.distance_m_by_zone == {"0-7.2": 0.0, "7.2-14.4": 0.0, "14.4-21.6": 0.5, "21.6+": 0.7}


def test_a_sprint_lasts_a_second_from_its_first_to_its_last_reading() -> None:
    assert line(straight(0, *[7000] * 10, 0))["sprints"] == 0
    assert line(straight(0, *[7000] * 11, 0))["sprints"] == 1
    assert line(straight(0, *[6999] * 20, 0))["sprints"] == 0


def test_exposures_are_by_the_athletes_own_top_speed() -> None:
    told = line(straight(0, *[7200] * 4, 0, *[7600] * 4, 0))
    assert (told["exposures_90"], told["exposures_95"]) == (2, 1)
    unknown = line(straight(0, *[7200] * 4, 0), athlete=AthleteProfile(athlete="7"))
    assert (unknown["exposures_90"], unknown["exposures_95"]) == (None, None)


def test_accelerations_are_over_half_a_second() -> None:
    up = list(range(0, 4001, 400))  # 4 m/s²
    told = line(straight(*[0] * 5, *up, *[4000] * 6, *up[::-1], *[0] * 6))
    assert (told["accelerations"], told["decelerations"]) == (1, 1)
    assert (told["acceleration_m_s2_max"], told["deceleration_m_s2_max"]) == (4.0, 4.0)


def test_running_at_an_even_speed_costs_what_the_definition_says() -> None:
    told = line(straight(*[4000] * 11))
    watts = 3.6 * 1.29 * 4
    assert told["metabolic_power_w_kg_mean"] == pytest.approx(watts, rel=1e-3)
    assert told["energy_j_kg"] == pytest.approx(watts * 0.6, rel=1e-3)
    assert told["high_power_s"] == 0.0
    assert line(straight(*[4400] * 11))["high_power_s"] == pytest.approx(0.6)


def test_player_load_is_told_at_100_hz_only() -> None:
    shaken = [Sample(10 * at, ax_e4g=3000 * (at % 2), ay_e4g=4000 * (at % 2), az_e4g=10_000) for at in range(11)]
    assert line(shaken, terms_of(FOOTBALL, 10))["player_load"] == pytest.approx(10 * 0.5 / 100)
    assert line(shaken)["player_load"] is None


def test_heart_rates_are_counted_by_sample_and_last_until_the_next() -> None:
    told = line([Sample(0, heart_rate_bpm=100), Sample(300, heart_rate_bpm=160), Sample(400, heart_rate_bpm=190)])
    assert told["heart_rate_bpm_mean"] == 150
    assert (told["heart_rate_bpm_min"], told["heart_rate_bpm_max"], told["heart_rate_s"]) == (100, 190, 0.4)
    assert told["seconds_by_heart_rate_zone"]["50-60"] == 0.3
    assert told["seconds_by_heart_rate_zone"]["80-90"] == 0.1


def test_edwards_weighs_zones_and_takes_what_is_above_the_maximum_as_the_fifth() -> None:
    beats = [(0, 99), (10, 100), (20, 119), (30, 180), (40, 210), (50, 210)]
    told = line([Sample(60_000 * at // 10, heart_rate_bpm=bpm) for at, bpm in beats], terms_of(FOOTBALL, 60_000 * 2))
    assert told["trimp_edwards"] == pytest.approx((0 + 1 + 1 + 5 + 5) * 10_000 / 60_000)


@pytest.mark.parametrize(("sex", "factor", "exponent"), [("m", 0.64, 1.92), ("f", 0.86, 1.67)])
def test_banister_is_of_the_mean_and_of_the_whole_span(sex: Any, factor: float, exponent: float) -> None:
    athlete = replace(ATHLETE, sex=sex)
    told = line(
        [Sample(1000 * at, heart_rate_bpm=120 + 40 * (at % 2)) for at in range(1801)], terms_of(FOOTBALL, 1000), athlete
    )
    ratio = (sum(120 + 40 * (at % 2) for at in range(1801)) / 1801 - 60) / 140
    assert told["trimp_banister"] == pytest.approx(30 * ratio * factor * math.exp(exponent * ratio), abs=1e-6)
    assert told["trimp_banister_integrated"] > told["trimp_banister"]


def test_what_needs_the_athlete_is_null_where_that_is_unknown() -> None:
    told = line([Sample(0, heart_rate_bpm=100), Sample(100, heart_rate_bpm=100)], athlete=AthleteProfile(athlete="7"))
    nulls = ("trimp_edwards", "trimp_banister", "trimp_banister_integrated", "seconds_by_heart_rate_zone")
    assert [told[name] for name in nulls] == [None] * 4
    assert told["heart_rate_bpm_mean"] == 100
    assert told["distance_m"] is None


def test_impossible_values_are_left_out_and_counted() -> None:
    told = line(
        [
            Sample(0, 0, 0, 3000, heart_rate_bpm=0),
            Sample(100, 300, 0, 12_501, heart_rate_bpm=241),
            Sample(200, 600, 0, -1, heart_rate_bpm=120),
            Sample(300, 90_000, 0, 3000, heart_rate_bpm=120),
        ]
    )
    assert (told["heart_rates_refused"], told["speeds_refused"], told["steps_refused"]) == (2, 2, 1)
    assert (told["distance_m"], told["speed_kmh_max"], told["heart_rate_bpm_mean"]) == (0.6, 10.8, 120)


def test_distance_may_be_the_devices_own() -> None:
    terms = terms_of(FOOTBALL, 1000, distance_from="device", speed_from="step")
    told = line([Sample(1000 * at, distance_mm=5000 * at, x_mm=0, y_mm=0) for at in range(4)], terms)
    assert (told["distance_m"], told["speed_kmh_max"]) == (15.0, 18.0)


def test_a_point_a_file_has_twice_is_two_heart_rates_and_one_moment() -> None:
    """Recordings repeat the point at the border of a lap."""
    twice = [Sample(1000 * at, 4000 * at, 0, heart_rate_bpm=100 + at, sequence=at) for at in range(3)]
    told = line([*twice, replace(twice[1], sequence=9)], terms_of(FOOTBALL, 1000))
    assert (told["samples"], told["heart_rate_samples"], told["heart_rate_bpm_mean"]) == (4, 4, 101)
    assert (told["distance_m"], told["heart_rate_s"]) == (8.0, 2.0)
