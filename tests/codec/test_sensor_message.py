"""Sensor messages: one struct in two forms, and nothing but a message or a reason from any bytes."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.codec.sensor_message import (
    MESSAGE_BYTES_MAX,
    SAMPLES_MAX,
    SensorMessage,
    SensorSample,
    decode_sensor_message,
    encode_json,
    encode_messagepack,
    sensor_message_schema,
)
from pressbox.errors import RejectedRecord

counts = st.integers(0, 2**53 - 1)
metres = st.floats(-1e9, 1e9)
quantities = st.floats(-1e6, 1e6)
samples = st.builds(
    SensorSample,
    sequence=counts,
    time_ms=counts,
    position_m=st.none() | st.tuples(metres, metres),
    position_deg=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    speed_m_s=st.none() | quantities,
    distance_m=st.none() | metres,
    heart_rate_bpm=st.none() | st.integers(0, 1000),
    acceleration_g=st.none() | st.tuples(quantities, quantities, quantities),
    quality=st.none() | st.floats(0, 1),
)
messages = st.builds(
    SensorMessage,
    version=st.just(1),
    device=st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
    boot=counts,
    samples=st.lists(samples, min_size=1, max_size=5).map(tuple),
    sent_ms=st.none() | counts,
    battery_pct=st.none() | st.floats(0, 100),
)
PLAIN = {"version": 1, "device": "tag-7", "boot": 3, "samples": [{"sequence": 0, "time_ms": 1}]}


def reason(data: bytes) -> str:
    with pytest.raises(RejectedRecord) as refused:
        decode_sensor_message(data)
    return str(refused.value)


@given(messages)
def test_a_message_comes_back_the_same_from_either_form(message: SensorMessage) -> None:
    assert decode_sensor_message(encode_json(message)) == message
    assert decode_sensor_message(encode_messagepack(message)) == message


@given(messages)
def test_json_and_messagepack_of_the_same_values_are_the_same_message(message: SensorMessage) -> None:
    plain = msgspec.json.decode(encode_json(message))
    assert decode_sensor_message(msgspec.msgpack.encode(plain)) == decode_sensor_message(json.dumps(plain).encode())


@given(st.binary() | st.binary().map(lambda tail: b"{" + tail) | st.binary().map(lambda tail: b"\x84" + tail))
def test_any_bytes_are_a_message_or_a_reason(data: bytes) -> None:
    with suppress(RejectedRecord):
        assert isinstance(decode_sensor_message(data), SensorMessage)


@given(messages, st.booleans(), st.data())
def test_a_damaged_message_is_a_message_or_a_reason(message: SensorMessage, as_json: bool, data: st.DataObject) -> None:
    body = bytearray(encode_json(message) if as_json else encode_messagepack(message))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(body[: data.draw(st.integers(0, len(body)))])
    for damaged in (bytes(body), cut):
        with suppress(RejectedRecord):
            assert isinstance(decode_sensor_message(damaged), SensorMessage)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from((*PLAIN, "x")), inner, max_size=4),
    max_leaves=10,
)


@given(st.sampled_from([*PLAIN, "sent_ms", "battery_pct"]), json_values)
def test_any_value_in_any_place_gives_a_message_or_a_reason(name: str, value: Any) -> None:
    with suppress(RejectedRecord):
        assert isinstance(decode_sensor_message(json.dumps(PLAIN | {name: value}).encode()), SensorMessage)


@pytest.mark.parametrize("encode", [msgspec.json.encode, msgspec.msgpack.encode])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2, "colour": "red"}, "sensor message of version 2, known is 1"),
        ({"version": "1"}, "$.version"),
        ({"device": ""}, "$.device"),
        ({"device": "a/b"}, "$.device"),
        ({"device": "tag\n"}, "new line"),
        ({"boot": -1}, "$.boot"),
        ({"samples": []}, "$.samples"),
        ({"samples": [{"sequence": 0}]}, "missing required field `time_ms`"),
        ({"samples": [{"sequence": 0, "time_ms": 1, "heartrate": 60}]}, "unknown field `heartrate`"),
        ({"samples": [{"sequence": 0, "time_ms": 1, "position_m": [1.0]}]}, "$.samples[0].position_m"),
        ({"samples": [{"sequence": 0, "time_ms": 1}] * (SAMPLES_MAX + 1)}, "$.samples"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(encode: Any, change: dict[str, Any], said: str) -> None:
    assert said in reason(encode(PLAIN | change))


def test_a_number_that_is_none_is_refused() -> None:
    for value in (float("nan"), float("inf")):
        sample = {"sequence": 0, "time_ms": 1, "speed_m_s": value}
        assert "speed_m_s" in reason(msgspec.msgpack.encode(PLAIN | {"samples": [sample]}))


def test_a_long_message_is_refused_unread() -> None:
    assert f"{MESSAGE_BYTES_MAX} at most" in reason(b"{" * (MESSAGE_BYTES_MAX + 1))


@pytest.mark.parametrize("data", [b'{"x":' + b"[" * 100_000, b"\x81\xa1x" + b"\x91" * 100_000], ids=["json", "binary"])
def test_a_deep_message_is_refused(data: bytes) -> None:
    assert reason(data).startswith("sensor message")


def test_impossible_values_are_no_reason_to_refuse() -> None:
    sample = {"sequence": 0, "time_ms": 1, "speed_m_s": 340.0, "heart_rate_bpm": 0, "position_m": [9000, -9000]}
    assert decode_sensor_message(json.dumps(PLAIN | {"samples": [sample]}).encode()).samples[0].speed_m_s == 340


def test_the_schema_says_what_the_decoder_asks_for() -> None:
    schema = sensor_message_schema()
    message, sample = schema["$defs"]["SensorMessage"], schema["$defs"]["SensorSample"]
    assert message["required"] == list(PLAIN)
    assert sample["required"] == ["sequence", "time_ms"]
    assert message["properties"]["samples"]["maxItems"] == SAMPLES_MAX
    assert not message["additionalProperties"]
    assert all("description" in place for struct in (message, sample) for place in struct["properties"].values())


def test_the_schema_of_the_documentation_is_this_one() -> None:
    page = Path(__file__).parents[2] / "docs" / "sensor-message.schema.json"
    assert json.loads(page.read_text(encoding="utf-8")) == sensor_message_schema()
