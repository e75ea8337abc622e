"""Dead letters of sensors in a running pressbox: counted, shown on this machine only, and mended into their session."""

import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pressbox.access.devices import FILE_NAME, DeviceRegistry
from pressbox.codec.sensor_message import decode_sensor_message
from pressbox.log.reader import SegmentReader
from pressbox.model.sample_record import SamplesReceived, decode_sample_record
from pressbox.sources.sensor_ingest import SAMPLES
from tests.cli.conftest import Pressbox
from tests.cli.process import Up, start
from tests.sources.mqtt_stand import CLOCK, Publisher, message_of, publisher, topic_of, until

BROKEN = message_of("tag-7").replace(b'"version":1', b'"version":9')
SECRET_RATE = b"heart rate eighty-seven"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "pressbox.toml"
    file.write_text("mqtt.port = 0\n")
    return file


@pytest.fixture
def up(tmp_path: Path, settings: Path) -> Iterator[Up]:
    running = start(tmp_path / "data", "--settings", str(settings))
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def device(up: Up, pressbox: Pressbox) -> Iterator[Publisher]:
    assert up.process.stdout is not None
    port = int(up.process.stdout.readline().rpartition(":")[2])
    secret = DeviceRegistry(up.data / FILE_NAME).add("tag-7", CLOCK.now_ms())
    athletes = up.data / "athletes.csv"
    athletes.write_text("athlete,device\nana,tag-7\n")
    assert pressbox("session", "open", "home/training", "--athletes", athletes, "--data", up.data).code == 0
    with publisher(port) as made:
        yield made.connect("tag-7", secret)


def told(up: Up) -> dict[str, object]:
    return dict(httpx.get(f"{up.url}/api/operations").json()["sensors"])


def kept(data: Path) -> list[int]:
    with SegmentReader(data / "log") as reader:
        records = [decode_sample_record(one.value) for one in reader.read(SAMPLES, 0, 0, records_max=100)]
    messages = [decode_sensor_message(one.message) for one in records if isinstance(one, SamplesReceived)]
    return [one.samples[0].sequence for one in messages]


def test_what_devices_bring_is_counted_and_told_to_operators(up: Up, device: Publisher) -> None:
    device.publish_acknowledged(topic_of("tag-7"), message_of("tag-7"))
    device.publish_acknowledged(topic_of("tag-7"), SECRET_RATE)
    until(lambda: told(up)["dead_letters_total"] == 1)
    seen = told(up)
    assert (seen["kind"], seen["connections"], seen["refusals"]) == ("listener", 1, {})
    parts = {one["name"]: one for one in httpx.get(f"{up.url}/api/operations").json()["parts"]}
    assert parts["mqtt"]["topic"] == SAMPLES
    assert parts["mqtt"]["flow"]["total"] == 1
    assert {"athlete load", "sample dead letters", "load aside"} <= parts.keys()


def test_no_page_shows_what_is_in_a_letter(up: Up, device: Publisher, pressbox: Pressbox) -> None:
    device.publish_acknowledged(topic_of("tag-7"), SECRET_RATE)
    until(lambda: told(up)["dead_letters_total"] == 1)
    (letter,) = pressbox("deadletters", "list", "--samples", "--data", up.data, "--json").json
    for address in ("/operations", "/api/operations", "/metrics"):
        shown = httpx.get(up.url + address).content
        assert b"eighty-seven" not in shown
        assert letter["id"].encode() not in shown
    for name in ("samples", "samples-deadletters", "load-aside", "load-medical"):
        for address in (f"/api/log/{name}", f"/log/{name}", f"/api/topics/{name}", f"/api/games/{name}"):
            assert httpx.get(up.url + address).status_code == 404


def test_no_operation_of_the_door_answers_with_what_a_device_sent(up: Up, device: Publisher) -> None:
    device.publish_acknowledged(topic_of("tag-7"), SECRET_RATE)
    until(lambda: told(up)["dead_letters_total"] == 1)
    token = json.loads((up.data / "up.json").read_text())["token"]
    for operation in ("deadletters_list", "status", "session_list"):
        answer = httpx.post(f"{up.url}/control/{operation}", headers={"Authorization": f"Bearer {token}"}, json={})
        assert answer.status_code == 200
        assert not {SECRET_RATE, base64.b64encode(SECRET_RATE)} & set(answer.content.split(b'"'))
        assert b"sample-" not in answer.content


def test_a_letter_is_listed_shown_and_mended_into_its_session_while_pressbox_runs(
    up: Up, device: Publisher, pressbox: Pressbox
) -> None:
    place = "--data", up.data
    device.publish_acknowledged(topic_of("tag-7"), BROKEN)
    until(lambda: told(up)["dead_letters_total"] == 1)
    (letter,) = pressbox("deadletters", "list", "--samples", *place, "--json").json
    assert (letter["device"], letter["session"], letter["state"]) == ("tag-7", "training", "open")
    shown = pressbox("deadletters", "show", letter["id"][:12], *place)
    assert BROKEN.decode() in shown.out
    still = pressbox("deadletters", "replay", letter["id"], *place)
    assert (still.code, "version" in still.err) == (2, True)
    other = pressbox("deadletters", "replay", letter["id"], "--line", message_of("tag-8").decode(), *place)
    assert "was sent by device tag-7" in other.err
    mended = pressbox("deadletters", "replay", letter["id"], "--line", message_of("tag-7", 5).decode(), *place)
    assert mended.out == f"{letter['id']}: mended\n"
    assert kept(up.data) == [5]
    until(lambda: told(up)["dead_letters_total"] == 0)
    assert [one["state"] for one in pressbox("deadletters", "list", "--samples", "--all", *place, "--json").json] == [
        "mended"
    ]


def test_it_is_mended_where_nothing_runs_too(up: Up, device: Publisher, pressbox: Pressbox, settings: Path) -> None:
    device.publish_acknowledged(topic_of("tag-7"), BROKEN)
    until(lambda: told(up)["dead_letters_total"] == 1)
    up.stop()
    place = "--data", up.data, "--settings", settings
    (letter,) = pressbox("deadletters", "list", "--samples", *place, "--json").json
    assert pressbox("deadletters", "replay", letter["id"], "--line", message_of("tag-7", 6).decode(), *place).code == 0
    assert kept(up.data) == [6]
    files = [file for file in up.data.iterdir() if file.name.startswith(("sample-dead-letters", "load-aside"))]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_where_there_are_none_the_list_is_empty_and_makes_no_file(tmp_path: Path, pressbox: Pressbox) -> None:
    assert pressbox("deadletters", "list", "--samples", "--data", tmp_path, "--json").json == []
    unknown = pressbox("deadletters", "show", "sample-1", "--data", tmp_path)
    assert (unknown.code, "no dead letter of sensors begins with" in unknown.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_session_opened_too_late_gets_what_had_come_before(up: Up, device: Publisher, pressbox: Pressbox) -> None:
    place = "--data", up.data
    for sequence in range(20):
        device.publish_acknowledged(topic_of("tag-7", "late"), message_of("tag-7", sequence))
    device.publish_acknowledged(topic_of("tag-7", "late"), BROKEN)
    until(lambda: told(up)["dead_letters_total"] == 21)
    assert pressbox("deadletters", "replay-samples", *place).out.startswith("20 messages stored again, 1 cannot")
    until(lambda: len(pressbox("deadletters", "list", "--samples", *place, "--json").json) == 21)  # there is none still
    opened = pressbox("session", "open", "home/late", "--athletes", up.data / "athletes.csv", *place)
    assert opened.code == 0
    assert pressbox("deadletters", "replay-samples", "--session", "home/other", *place, "--json").json["again"] == 0
    assert pressbox("deadletters", "replay-samples", "--session", "home/late", *place, "--json").json["again"] == 20
    until(lambda: told(up)["dead_letters_total"] == 1)
