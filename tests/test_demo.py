"""The demo, as `make demo` starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DEMO = Path(__file__).parents[1] / "tools" / "demo.py"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[str, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, DEMO], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        opened = [next(line for line in process.stdout if "Open http" in line) for _ in range(2)]
        yield f"http://127.0.0.1:{port}", opened[1].split()[-1]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0


def games(address: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{address}/api/games", timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def test_the_demo_plays_three_live_games_one_of_them_rich_and_opens_a_live_session(demo: tuple[str, str]) -> None:
    address, link = demo
    while len(live := [one for one in games(address) if one["state"] == "live"]) < 3:
        pass
    assert sorted(one["game"] for one in live) == ["gamestream", "gamestream-2", "playbyplay"]
    first = {one["game"]: one["event_id"] for one in live}
    while {one["game"]: one["event_id"] for one in games(address)} == first:
        pass
    with urllib.request.urlopen(f"{address}/games/playbyplay", timeout=10) as page:
        assert b"Goalkeepers" in page.read()
    signed_in = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with signed_in.open(link, timeout=10) as page:
        assert page.url == f"{address}/sessions/home/demo"
        assert b"Heart rate, mean" in page.read()
    with signed_in.open(f"{address}/sessions/home/demo/stream", timeout=20) as stream:
        assert any(line.startswith(b"event: places") for line in stream)
