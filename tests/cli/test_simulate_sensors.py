"""`pressbox simulate session` and `field` beside a running pressbox: what is played live is what was recorded."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pressbox.access.devices import FILE_NAME, DeviceRegistry
from pressbox.cli.simulate_devices import PASSWORD_VARIABLE
from pressbox.log.reader import SegmentReader
from pressbox.sources.sensor_ingest import SAMPLES_DEAD_LETTERS
from tests.cli.conftest import Pressbox
from tests.cli.process import Up, start

RECORDED = Path(__file__).parents[3] / "shared" / "data"
MAP = "time=t,athlete=id,x=px,y=py,speed=v,heart_rate=pulse,acceleration_x=ax,acceleration_y=ay,acceleration_z=az"


class Live(msgspec.Struct):
    """A running pressbox that listens to devices."""

    up: Up
    to: str

    @property
    def options(self) -> tuple[object, ...]:
        return "--data", self.up.data, "--to", self.to

    def results(self, topic: str) -> list[Any]:
        with SegmentReader(self.up.data / "log") as reader:
            read: list[Any] = []
            while len(read) < reader.end(topic, 0):
                read += reader.read(topic, 0, len(read), records_max=100_000)
        return [msgspec.json.decode(one.value) for one in read]

    def windows(self, window: str) -> dict[tuple[str, int], dict[str, Any]]:
        """All figures of each *window* as `pressbox load` prints them, newest last, by athlete and start."""
        figures: dict[tuple[str, int], dict[str, Any]] = {}
        for kind in ("performance", "medical"):
            for one in self.results(f"load-{kind}"):
                if one["window"] == window:
                    figures.setdefault((one["athlete"], one["start_ms"]), {}).update(one[kind])
        return figures


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    settings = tmp_path / "pressbox.toml"
    settings.write_text("mqtt.port = 0\n")
    up = start(tmp_path / "data", "--settings", str(settings))
    assert up.process.stdout is not None
    yield Live(up, up.process.stdout.readline().split()[-1])
    up.stop()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Return 70 s of three athletes at 10 Hz, with gaps, jumps, impossible values and hearts that are not always felt."""
    path = tmp_path / "session.csv"
    lines = ["t,id,px,py,v,pulse,ax,ay,az"]
    for tick in range(700):
        time_ms = 1_700_000_000_000 + tick * 100 + tick % 3
        for athlete in ("Ana B.", "7", "8"):
            if athlete == "7" and 300 <= tick < 330:
                continue
            x_m = 0.1 * tick * (1 + tick % 7 / 10) + (50 if athlete == "8" and tick == 200 else 0)
            pulse = "" if athlete == "8" or tick % 50 < 5 else 120 + tick % 40
            speed = 90 if tick == 100 else 3.3 + tick % 40 / 9
            lines.append(f"{time_ms},{athlete},{x_m},{tick % 9 / 7},{speed},{pulse},{tick % 5 / 3},0.1,{1 + tick % 4}")
    path.write_text("\n".join(lines))
    return path


def test_live_equals_the_recording_to_the_last_digit(live: Live, recording: Path, pressbox: Pressbox) -> None:
    options = ("--map", MAP, "--rest-hr", 60, "--max-hr", 195, "--sex", "f", "--sport", "lacrosse")
    played = pressbox(
        "simulate", "session", recording, *options, *live.options, "--register", "--speed", "max", "--session", "one",
        "--keep-times", "--json",
    )  # fmt: skip
    assert (played.code, played.err) == (0, "")
    assert played.json["samples_sent"] == played.json["samples_acknowledged"] == 2070
    assert played.json["sessions"] == [
        {"stadium": "home", "session": "one", "wearers": {"play-01": "Ana-B.", "play-02": "7", "play-03": "8"}}
    ]
    wanted = {line.pop("athlete"): line for line in pressbox("load", recording, *options).lines()}
    got = {athlete: figures for (athlete, _), figures in live.windows("session").items()}
    assert {"Ana-B." if athlete == "Ana B." else athlete: line for athlete, line in wanted.items()} == got

    seconds = pressbox("load", recording, *options, "--every", "1s").lines()
    assert len(seconds) > 200
    named = {"Ana B.": "Ana-B."}
    at = {
        (
            named.get(one.pop("athlete"), "") or athlete,
            round(datetime.fromisoformat(one.pop("window")).timestamp() * 1000),
        ): one
        for one in seconds
        for athlete in (one["athlete"],)
    }
    assert at == live.windows("second")
    assert live.results("load-aside") == []


@pytest.mark.parametrize(
    "files",
    [
        *(["heart-rate/" + name] for name in ("2013-06-01-183220.TCX.gz", "2013-06-09-165756.TCX.gz")),
        [f"tracking-u18/U18_ID{number}.csv.gz" for number in (1, 2)],
    ],
    ids=["run", "run of the 9th", "two footballers"],
)
def test_recorded_sessions_are_the_same_live(files: list[str], live: Live, pressbox: Pressbox) -> None:
    paths = [RECORDED / name for name in files]
    if not all(path.exists() for path in paths):
        pytest.skip("the recorded sessions are not here: they are looked for in ../shared/data")
    pitch = RECORDED / "tracking-u18" / "pitch.csv"
    options = ("--rest-hr", 60, "--max-hr", 195, "--sex", "m", *(("--pitch", pitch) if "tracking" in files[0] else ()))
    played = pressbox(
        "simulate", "session", *paths, *options, *live.options, "--register", "--speed", "max", "--batch", "20s"
    )
    assert played.code == 0
    loaded = pressbox("load", *paths, *options).lines()
    got = {athlete: figures for (athlete, _), figures in live.windows("session").items()}
    assert {line.pop("athlete"): line for line in loaded} == got


def test_faults_change_no_figure(live: Live, recording: Path, pressbox: Pressbox) -> None:
    figures = {}
    for name, more in (("plain", ()), ("faulty", ("--faults", 3))):
        said = ("--map", MAP, "--register", "--speed", 50, "--session", name, "--keep-times", "--json", *more)
        played = pressbox("simulate", "session", recording, *live.options, *said)
        assert played.code == 0
        figures[name] = {
            (kind, one["athlete"], one["start_ms"]): one[kind]
            for kind in ("performance", "medical")
            for one in live.results(f"load-{kind}")
            if (one["session"], one["window"]) == (name, "session")
        }
    assert played.json["reconnects"] > 0
    assert len(figures["plain"]) == 6
    assert figures["plain"] == figures["faulty"]


def test_a_field_is_played_by_registered_devices_in_sessions_that_open_and_close(
    live: Live, pressbox: Pressbox
) -> None:
    said = ("--sessions", 2, "--athletes", 5, "--minutes", 0.1, "--speed", 10, "--session", "derby", "--messagepack")
    played = pressbox("simulate", "field", *live.options, "--register", *said, "--clock-error", 0)
    assert played.code == 0
    assert played.out.splitlines()[:2] == ["home/derby-1: 5 devices", "home/derby-2: 5 devices"]
    listed = pressbox("session", "list", "--data", live.up.data, "--json").json
    assert {(one["session"], one["state"], len(one["athletes"])) for one in listed} == {
        ("derby-1", "closed", 5),
        ("derby-2", "closed", 5),
    }
    told = {(one["session"], one["athlete"]) for one in live.results("load-performance") if one["window"] == "session"}
    assert len(told) == 10
    assert live.results("load-aside") == []
    again = pressbox("simulate", "field", *live.options, "--register", "--athletes", 3, "--minutes", 0.01)
    assert again.code == 0  # the devices are there already, and get other passwords


def test_devices_are_known_by_a_file_of_passwords(live: Live, tmp_path: Path, pressbox: Pressbox) -> None:
    file = tmp_path / "passwords"
    place = "--data", live.up.data
    file.write_text("".join(pressbox("devices", "add", f"vest-{number}", *place).out for number in (1, 2)))
    said = ("--athletes", 2, "--minutes", 0.02, "--password-file", file, "--json")
    played = pressbox("simulate", "field", *live.options, *said)
    assert played.code == 0
    assert list(played.json["sessions"][0]["wearers"]) == ["vest-1", "vest-2"]
    more = pressbox("simulate", "field", *live.options, *said, "--athletes", 3)
    assert (more.code, more.err) == (2, "pressbox: 3 athletes, but secrets of 2 devices only\n")


def test_devices_may_share_a_password_from_the_environment(
    live: Live, pressbox: Pressbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "not this one")
    registry = DeviceRegistry(live.up.data / FILE_NAME)
    registry.add("sim-1-01", 0)
    refused = pressbox("simulate", "field", *live.options, "--athletes", 1)
    assert refused.code == 2
    assert "device sim-1-01 is refused" in refused.err
    monkeypatch.setenv(
        PASSWORD_VARIABLE, os.environ[PASSWORD_VARIABLE].replace("not this one", registry_secret(registry))
    )
    assert pressbox("simulate", "field", *live.options, "--athletes", 1, "--minutes", 0.01).code == 0


def registry_secret(registry: DeviceRegistry) -> str:
    registry.revoke("sim-1-01", 0)
    return registry.add("sim-1-01", 0)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((), "devices have to be known by something"),
        (("--register", "--password-file", __file__), "devices have to be known by something"),
        (("--register", "--to", "http://x"), "write mqtt://HOST:PORT"),
        (("--register", "--to", "mqtt://a:b@x"), "no password in an address"),
        (("--register", "--to", "mqtt://x:port"), "--to mqtt://x:port"),
        (("--register", "--speed", "fast"), "'fast' is no speed"),
        (("--register", "--speed", "0"), "'0' is no speed"),
        (("--register", "--data", "nowhere"), "there is no data in nowhere"),
        (("--register", "--batch", "soon"), "'soon' is no span of time"),
    ],
)
def test_wrong_usage_is_told(options: tuple[str, ...], reason: str, pressbox: Pressbox) -> None:
    answer = pressbox("simulate", "field", *options)
    assert answer.code == 2
    assert reason in answer.err


def test_nobody_listening_is_told(tmp_path: Path, pressbox: Pressbox) -> None:
    answer = pressbox(
        "simulate", "field", "--register", "--data", tmp_path, "--athletes", 1, "--to", "mqtt://127.0.0.1:1"
    )
    assert (answer.code, answer.err) == (4, "pressbox: mqtt://127.0.0.1:1 cannot be reached: Connection refused\n")


def test_what_was_sent_and_could_not_be_decoded_is_nothing(live: Live, pressbox: Pressbox) -> None:
    assert pressbox("simulate", "field", *live.options, "--register", "--athletes", 2, "--minutes", 0.02).code == 0
    assert live.results(SAMPLES_DEAD_LETTERS) == []
