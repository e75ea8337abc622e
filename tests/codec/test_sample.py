"""Quantisation: floats become integers once, and degrees become metres on the field's plane."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.codec.sample import project, quantised, sample_of, samples_of
from pressbox.codec.sensor_message import SensorMessage, SensorSample
from pressbox.model.sample import Sample
from pressbox.model.session import Plane

SYRACUSE = Plane(latitude_deg=43.0362, longitude_deg=-76.1363)


def test_readings_become_integers_in_the_units_of_a_sample() -> None:
    sample = sample_of(
        5,
        position_m=(1.2345, -0.0006),
        speed_m_s=3.14159,
        distance_m=10.0,
        heart_rate_bpm=61.5,
        acceleration_g=(0.1, -1, 0),
    )
    assert sample == Sample(5, 1234, -1, 3142, 10_000, 62, 1000, -10_000, 0)


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_no_number_is_not_reported(value: float | None) -> None:
    assert quantised(value, 1e3) is None


def test_a_degree_is_as_long_as_the_ellipsoid_says() -> None:
    """Lengths of a degree at 45° from the tables of WGS84: 111.132 km along the meridian, 78.847 km across."""
    plane = Plane(latitude_deg=45.0, longitude_deg=0.0)
    _, north = project(45.5, 0.0, plane)
    _, south = project(44.5, 0.0, plane)
    assert north - south == pytest.approx(111_132, abs=1)
    east, _ = project(45.0, 0.01, plane)
    assert east == pytest.approx(788.47, abs=0.01)


@given(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_small_steps_are_as_long_anywhere_near_as_at_the_origin(north_deg: float, east_deg: float) -> None:
    latitude, longitude = SYRACUSE.latitude_deg + north_deg, SYRACUSE.longitude_deg + east_deg
    here = Plane(latitude_deg=latitude, longitude_deg=longitude)
    step = math.hypot(*project(latitude + 1e-4, longitude + 1e-4, here))
    (x, y), (x_after, y_after) = (
        project(latitude, longitude, SYRACUSE),
        project(latitude + 1e-4, longitude + 1e-4, SYRACUSE),
    )
    assert math.hypot(x_after - x, y_after - y) == pytest.approx(step, rel=1e-5)


def test_the_x_axis_points_where_the_field_lies() -> None:
    north_of = (SYRACUSE.latitude_deg + 1e-4, SYRACUSE.longitude_deg)
    x, y = project(*north_of, SYRACUSE)
    turned = Plane(latitude_deg=SYRACUSE.latitude_deg, longitude_deg=SYRACUSE.longitude_deg, bearing_deg=0.0)
    assert project(*north_of, turned) == pytest.approx((y, -x))
    assert y == pytest.approx(11.11, abs=0.01)


def test_the_date_line_is_no_edge() -> None:
    plane = Plane(latitude_deg=-17.0, longitude_deg=179.999)
    x, _ = project(-17.0, -179.999, plane)
    assert x == pytest.approx(213, abs=1)


def test_a_message_gives_samples_at_the_times_of_our_clock() -> None:
    read = SensorSample(sequence=4, time_ms=1000, position_deg=(43.0362, -76.1363), speed_m_s=1.5)
    message = SensorMessage(version=1, device="tag", boot=9, samples=(read,))
    at = Sample(993, 0, 0, 1500, sequence=4, boot=9, device="tag")
    assert samples_of(message, -7, SYRACUSE) == [at]
    assert samples_of(message, -7, None) == [Sample(993, speed_mm_s=1500, sequence=4, boot=9, device="tag")]


def test_a_position_on_the_field_goes_before_degrees() -> None:
    read = SensorSample(sequence=4, time_ms=1000, position_m=(1.0, 2.0), position_deg=(50.0, 8.0))
    message = SensorMessage(version=1, device="tag", boot=9, samples=(read,))
    (sample,) = samples_of(message, 0, SYRACUSE)
    assert (sample.x_mm, sample.y_mm) == (1000, 2000)
