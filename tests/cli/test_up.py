"""`pressbox up` as a process: its address, its end, and that it is the only one."""

import signal
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Pressbox
from tests.cli.process import COMMAND, Up, start


def test_its_address_and_token_are_for_its_owner_only(up: Up) -> None:
    assert stat.S_IMODE((up.data / "up.json").stat().st_mode) == 0o600


def test_it_is_ready_when_it_says_where_it_is(up: Up) -> None:
    assert httpx.get(f"{up.url}/healthz").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_ends_well_and_leaves_no_address(data: Path, number: signal.Signals) -> None:
    running = start(data)
    assert running.stop(number) == 0
    assert not (data / "up.json").exists()


def test_a_second_one_on_the_same_data_is_told_so(up: Up) -> None:
    second = subprocess.run(
        [*COMMAND, "up", "--data", up.data, "--port", up.url.rpartition(":")[2]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert second.returncode == 2
    assert str(up.data) in second.stderr
    assert f"process {up.process.pid}" in second.stderr
    assert "Traceback" not in second.stderr
    assert (up.data / "up.json").exists()


def test_a_port_that_is_taken_is_named_with_what_to_do(up: Up, tmp_path: Path, pressbox: Pressbox) -> None:
    port = up.url.rpartition(":")[2]
    refused = pressbox("up", "--data", tmp_path / "other", "--port", port)
    assert refused.code == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in refused.err
    assert "--port" in refused.err


def test_commands_open_the_data_themselves_after_it_was_killed(up: Up, pressbox: Pressbox) -> None:
    up.kill()
    assert (up.data / "up.json").exists()
    assert pressbox("status", "--data", up.data, "--json").json["games"]["live"] == 0


def test_commands_reach_it_past_a_proxy(up: Up, pressbox: Pressbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert pressbox("status", "--data", up.data).code == 0


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path, pressbox: Pressbox) -> None:
    (tmp_path / "file").write_text("")
    refused = pressbox("up", "--data", tmp_path / "file" / "data", "--port", 0)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "cannot be the data folder" in refused.err
