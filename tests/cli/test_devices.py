"""`pressbox devices` beside a running pressbox: what it says holds at once, and a secret is told once."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressbox.log.reader import SegmentReader
from pressbox.model.sample_record import DeviceAssigned, decode_sample_record
from pressbox.sources.sensor_ingest import SAMPLES
from tests.cli.conftest import Pressbox
from tests.cli.process import Up, start
from tests.sources.mqtt_stand import message_of, publisher, topic_of, until


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[Up, int]]:
    settings = tmp_path / "pressbox.toml"
    settings.write_text("mqtt.port = 0\n")
    up = start(tmp_path / "data", "--settings", str(settings))
    assert up.process.stdout is not None
    yield up, int(up.process.stdout.readline().rpartition(":")[2])
    up.stop()


def test_a_device_is_added_assigned_and_revoked_while_pressbox_runs(
    listener: tuple[Up, int], pressbox: Pressbox
) -> None:
    up, port = listener
    place = "--data", up.data
    secret = pressbox("devices", "add", "tag-7", *place, "--json").json["password"]
    worn = pressbox("devices", "assign", "tag-7", "ana", "--stadium", "home", "--session", "training", *place)
    assert (worn.code, worn.out) == (0, "tag-7: worn by ana in home/training\n")
    with publisher(port) as device:
        device.connect("tag-7", secret)
        device.publish_acknowledged(topic_of("tag-7"), message_of("tag-7"))
        until(lambda: reader_end(up.data) == 2)
        assert pressbox("devices", "revoke", "tag-7", *place).code == 0
        until(lambda: bool(device.left))
    with SegmentReader(up.data / "log") as reader:
        records = [decode_sample_record(one.value) for one in reader.read(SAMPLES, 0, 0, records_max=10)]
    assert DeviceAssigned("home", "training", "tag-7", "ana") in records
    shown = pressbox("log", "show", SAMPLES, *place, "--json").lines()
    assert {one["value"]["type"] for one in shown} == {"assigned", "samples"}


def reader_end(data: Path) -> int:
    with SegmentReader(data / "log") as reader:
        return reader.end(SAMPLES, 0)


def test_the_list_says_who_is_known_by_what_and_no_secret(tmp_path: Path, pressbox: Pressbox) -> None:
    place = "--data", tmp_path / "data"
    secret = pressbox("devices", "add", "tag-7", *place).out.split()[1]
    pressbox("devices", "add", "tag-8", "--certificate", tmp_path / "tags", *place)
    pressbox("devices", "revoke", "tag-7", *place)
    listed = pressbox("devices", "list", *place, "--json")
    assert [(one["name"], one["kind"], one["revoked_ms"] is None) for one in listed.json] == [
        ("tag-7", "password", False),
        ("tag-8", "certificate", True),
    ]
    assert secret not in listed.out + pressbox("devices", "list", *place).out


def test_a_certificate_and_its_key_are_written_once(tmp_path: Path, pressbox: Pressbox) -> None:
    asked = "devices", "add", "tag-8", "--certificate", tmp_path / "tags", "--data", tmp_path / "data"
    assert pressbox(*asked).code == 0
    assert stat.S_IMODE((tmp_path / "tags" / "tag-8.key").stat().st_mode) == 0o600
    again = pressbox(*asked)
    assert (again.code, again.err.count("\n")) == (2, 1)
    assert "there already" in again.err


def test_an_unknown_device_is_named_with_what_to_do(tmp_path: Path, pressbox: Pressbox) -> None:
    refused = pressbox("devices", "revoke", "tag-9", "--data", tmp_path / "data")
    assert refused.code == 2
    assert "pressbox devices list" in refused.err


def test_a_port_that_is_taken_ends_up_with_one_sentence(
    listener: tuple[Up, int], tmp_path: Path, pressbox: Pressbox
) -> None:
    settings = tmp_path / "taken.toml"
    settings.write_text(f"mqtt.port = {listener[1]}\n")
    refused = pressbox("up", "--data", tmp_path / "other", "--settings", settings, "--port", 0)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert f"mqtt: cannot listen on 127.0.0.1 port {listener[1]}" in refused.err


def test_the_listener_is_given_its_certificate_and_told_where(tmp_path: Path, pressbox: Pressbox) -> None:
    data = tmp_path / "data"
    made = pressbox("devices", "server-certificate", "field.example", "127.0.0.1", "--data", data)
    assert made.code == 0
    (tmp_path / "pressbox.toml").write_text(made.out.partition("\n")[2] + "port = 0\n")
    up = start(data, "--settings", str(tmp_path / "pressbox.toml"))
    try:
        assert up.process.stdout is not None
        assert up.process.stdout.readline().startswith("devices publish at mqtts://127.0.0.1:")
    finally:
        up.stop()
    assert stat.S_IMODE((data / "certificates" / "server.key").stat().st_mode) == 0o600
    refused = pressbox("devices", "server-certificate", "a b", "--data", data)
    assert (refused.code, "neither the name of a machine" in refused.err) == (2, True)
