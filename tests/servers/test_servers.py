import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import httpx
import psycopg
import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from pymongo import MongoClient

from servers import mosquitto
from servers.catalogue import CATALOGUE
from servers.errors import ServerFailed
from servers.process import LOG, Running, start
from tests.requirement import needed

ROOT = Path(__file__).parents[2]


def mongodb_answers(access: Mapping[str, str]) -> bool:
    with MongoClient(access["url"]) as client:
        client["test"]["things"].insert_one({"_id": 1, "pct": 0.5})
        return client["test"]["things"].find_one() == {"_id": 1, "pct": 0.5}


def s3_answers(access: Mapping[str, str]) -> bool:
    client = boto3.client(
        "s3",
        endpoint_url=access["endpoint"],
        aws_access_key_id=access["key"],
        aws_secret_access_key=access["secret"],
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="things")
    client.put_object(Bucket="things", Key="one", Body=b"1")
    answer = bool(client.get_object(Bucket="things", Key="one")["Body"].read() == b"1")
    client.close()
    return answer


def postgresql_answers(access: Mapping[str, str]) -> bool:
    with psycopg.connect(access["url"]) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def chromium_answers(access: Mapping[str, str]) -> bool:
    return "Chrome/" in httpx.get(f"{access['url']}/json/version", trust_env=False).json()["Browser"]


def mqtt_answers(access: Mapping[str, str]) -> bool:
    return said_by_broker(access, "tag-1", access["device_password"], "tag-1") != "Not authorized"


def influxdb_answers(access: Mapping[str, str]) -> bool:
    asked = {"q": "SHOW DATABASES"}
    wrong = httpx.get(f"{access['url']}/query", params=asked, auth=(access["user"], "wrong"))
    right = httpx.get(f"{access['url']}/query", params=asked, auth=(access["user"], access["password"]))
    return (wrong.status_code, right.status_code) == (401, 200) and "results" in right.json()


def influxdb2_answers(access: Mapping[str, str]) -> bool:
    statuses = [
        httpx.post(
            f"{access['url']}/api/v2/write",
            params={"org": access["organisation"], "bucket": "pressbox"},
            headers={"Authorization": f"Token {token}"},
            content="things pct=0.5",
        ).status_code
        for token in ("wrong", access["token"])
    ]
    return statuses == [401, 204]


def said_by_broker(access: Mapping[str, str], user: str, password: str, device: str) -> str:
    """Return how the broker answers *user*: at the door, else when it publishes samples of *device*."""
    said: list[str] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5, reconnect_on_failure=False)
    client.username_pw_set(user, password)
    client.on_connect = lambda _c, _u, _f, reason, _p: said.append(str(reason))
    client.on_publish = lambda _c, _u, _m, reason, _p: said.append(str(reason))
    client.connect("127.0.0.1", urlsplit(access["url"]).port or 0)
    client.loop_start()
    assert wait_until(lambda: len(said) == 1, within_s=20)
    if said == ["Success"]:
        client.publish(f"pressbox/home/training/{device}/samples", b"{}", qos=1)
        assert wait_until(lambda: len(said) == 2, within_s=20)
    client.disconnect()
    client.loop_stop()
    return said[-1]


CLIENTS: Mapping[str, Callable[[Mapping[str, str]], bool]] = {
    "ferretdb": mongodb_answers,
    "seaweedfs": s3_answers,
    "postgresql": postgresql_answers,
    "mosquitto": mqtt_answers,
    "influxdb": influxdb_answers,
    "influxdb2": influxdb2_answers,
    "chromium": chromium_answers,
}


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pressbox-test-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def session_of(process_id: int) -> list[int]:
    """Return the living processes of the session that *process_id* leads."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
            continue
        if int(session) == process_id and state != "Z":
            found.append(int(stat.parent.name))
    return found


def wait_until(condition: Callable[[], bool], *, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while not condition() and time.monotonic() < deadline:
        os.sched_yield()
    return condition()


def test_every_server_in_the_catalogue_is_tried_with_its_real_client() -> None:
    assert CATALOGUE.keys() == CLIENTS.keys()


@pytest.mark.server
@pytest.mark.parametrize("name", CATALOGUE)
def test_a_server_starts_answers_its_client_and_leaves_no_process_behind(name: str, folder: Path) -> None:
    running = needed(name).start(folder)
    try:
        assert CLIENTS[name](running.access)
        assert (folder / LOG).exists()
    finally:
        running.stop()
    assert wait_until(lambda: not session_of(running.process.pid), within_s=10)
    running.stop()
    assert not any(file.exists() for file in running.leftovers)
    running.clean()
    assert not folder.exists()


@pytest.mark.server
@pytest.mark.parametrize("name", CATALOGUE)
def test_a_server_ends_with_its_starter_even_when_that_is_killed(name: str, folder: Path) -> None:
    needed(name)
    folder.chmod(0o755)  # servers that refuse root pass through as somebody else
    starter = subprocess.Popen(
        [sys.executable, "-m", "servers", "start", name],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    with starter, starter.stdout:
        assert "is ready" in starter.stdout.readline()
        (server,) = Path(f"/proc/{starter.pid}/task/{starter.pid}/children").read_text().split()
        assert session_of(int(server))
        starter.kill()
    assert wait_until(lambda: not session_of(int(server)), within_s=20)


@pytest.mark.server
@pytest.mark.parametrize("name", ["ferretdb", "postgresql"])
def test_data_outlives_a_server_that_was_stopped(name: str, folder: Path) -> None:
    server = needed(name)
    write, read = {
        "ferretdb": (write_document, read_document),
        "postgresql": (write_row, read_row),
    }[name]
    for step in (write, read):
        running = server.start(folder)
        try:
            step(running)
        finally:
            running.stop()


def write_document(running: Running) -> None:
    with MongoClient(running.access["url"]) as client:
        client["test"]["things"].insert_one({"_id": 7})


def read_document(running: Running) -> None:
    with MongoClient(running.access["url"]) as client:
        assert client["test"]["things"].find_one() == {"_id": 7}


def write_row(running: Running) -> None:
    with psycopg.connect(running.access["url"]) as connection:
        connection.execute("CREATE TABLE things AS SELECT 7 AS id")


def read_row(running: Running) -> None:
    with psycopg.connect(running.access["url"]) as connection:
        assert connection.execute("SELECT id FROM things").fetchone() == (7,)


@pytest.mark.server
def test_wrong_passwords_are_refused(folder: Path) -> None:
    running = needed("postgresql").start(folder)
    try:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(running.access["url"].replace("pressbox:", "pressbox:x"))
    finally:
        running.stop()


@pytest.mark.server
def test_the_broker_knows_devices_by_their_passwords_and_topics(folder: Path) -> None:
    needed("mosquitto")
    running = mosquitto.start(folder)
    try:
        secret = running.access["device_password"]
        assert said_by_broker(running.access, "tag-1", "wrong", "tag-1") == "Not authorized"
        assert said_by_broker(running.access, "tag-1", secret, "tag-2") == "Not authorized"
        assert said_by_broker(running.access, "tag-2", secret, "tag-2") in {"Success", "No matching subscribers"}
    finally:
        running.stop()


def test_a_server_that_ends_at_start_is_reported_with_its_log(folder: Path) -> None:
    with pytest.raises(ServerFailed, match=r"(?s)sh ended with status 3 at start.*no such disk"):
        start(["sh", "-c", "echo no such disk; exit 3"], folder, lambda: False, within_s=20)


def test_a_server_that_never_answers_is_stopped_and_reported(folder: Path) -> None:
    with pytest.raises(ServerFailed, match=r"(?s)sh did not answer within 0\.2 s.*only waiting"):
        start(["sh", "-c", "echo $$ > pid; echo only waiting; sleep 60"], folder, lambda: False, within_s=0.2)
    leader = int((folder / "pid").read_text())
    assert wait_until(lambda: not session_of(leader), within_s=10)


def test_a_server_that_ignores_its_stop_signal_is_killed_with_all_it_started(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servers.process._STOP_S_MAX", 0.2)
    ready = folder / "ready"
    process = start(["sh", "-c", "trap '' TERM; sleep 60 & touch ready; wait"], folder, ready.exists, within_s=20)
    Running("stubborn", folder, {}, process).stop()
    assert process.returncode == -signal.SIGKILL
    assert wait_until(lambda: not session_of(process.pid), within_s=10)
