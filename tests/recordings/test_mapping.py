import pytest

from pressbox.errors import BadInput
from pressbox.recordings.mapping import columns_of, parse_mapping


def found(header: list[str], mapping: str | None = None) -> dict[str, tuple[int, float]]:
    columns = columns_of(header, None if mapping is None else parse_mapping(mapping))
    assert columns is not None
    return {column.field: (column.index, round(column.scale, 6)) for column in columns}


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (["Timestamp", "Longitude", "Latitude"], {"time": (0, 1), "longitude": (1, 1), "latitude": (2, 1)}),
        (["t", "player_id", "x", "y"], {"time": (0, 1), "athlete": (1, 1), "x": (2, 1), "y": (3, 1)}),
        (["time_s", "speed_kmh", "heartRate"], {"time": (0, 1), "speed": (1, 0.277778), "heart_rate": (2, 1)}),
        (["ts in ms", "speed in m/s", "x in m"], {"time": (0, 1), "speed": (1, 1), "x": (2, 1)}),
        (["Time", "Speed (km/h)", "HR (bpm)"], {"time": (0, 1), "speed": (1, 0.277778), "heart_rate": (2, 1)}),
        (["Unix Time", "Velocity [mph]"], {"time": (0, 1), "speed": (1, 0.44704)}),
        (["time", "x_cm", "y_mm"], {"time": (0, 1), "x": (1, 0.01), "y": (2, 0.001)}),
        (["time", "AccX (m/s²)", "acc_y", "acc_z"],
         {"time": (0, 1), "acceleration_x": (1, 0.101972), "acceleration_y": (2, 1), "acceleration_z": (3, 1)}),
        (["speed", "smoothed velocity", "time"], {"speed": (0, 1), "time": (2, 1)}),
    ],
)  # fmt: skip
def test_the_usual_names_and_units_are_known(header: list[str], fields: dict[str, tuple[int, float]]) -> None:
    assert found(header) == fields


def test_a_mapping_names_columns_and_units() -> None:
    header = ["id", "t", "pos, x", "v", "v [km/h]"]
    assert found(header, "time=t,x=pos, x,speed=v [km/h]") == {"time": (1, 1), "x": (2, 1), "speed": (4, 0.277778)}
    assert found(header, "time=T[ms],speed=v[km/h]") == {"time": (1, 1), "speed": (3, 0.277778)}


def test_x_and_y_that_are_degrees_by_name_or_unit_are_longitude_and_latitude() -> None:
    degrees = {"time": (0, 1), "longitude": (1, 1), "latitude": (2, 1)}
    assert found(["t", "Longitude", "Latitude"], "time=t,x=Longitude,y=Latitude") == degrees
    assert found(["t", "a", "b"], "time=t,x=a[deg],y=b[deg]") == degrees
    assert found(["t", "Latitude", "Longitude"], "time=t,x=Latitude,y=Longitude")["longitude"] == (2, 1)


def test_only_what_is_mapped_is_read() -> None:
    assert set(found(["t", "x", "y", "hr"], "time=t,x=x,y=y")) == {"time", "x", "y"}


@pytest.mark.parametrize("header", [["a", "b"], ["time"], ["x", "y"], []])
def test_a_line_without_a_time_and_a_value_is_no_header(header: list[str]) -> None:
    assert columns_of(header, None) is None


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("", "write it as"),
        ("t", "write it as"),
        ("when=t", "no field 'when'"),
        ("x=x,y=y", "which column is the time"),
        ("time=t,x=a,x=b", "x is given twice"),
        ("time=,x=a", "time is given no column"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(mapping: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        parse_mapping(mapping)


def test_a_unit_the_field_is_not_measured_in_is_refused() -> None:
    with pytest.raises(BadInput, match="speed is not measured in 'bpm'"):
        columns_of(["t", "v"], parse_mapping("time=t,speed=v[bpm]"))
