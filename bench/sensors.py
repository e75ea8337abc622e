"""
Sensors: what the simulator can make, when a device is told that its message is on disk, and when a coach sees it.

A pressbox runs in a process of its own on an empty data folder; another process plays 46 athletes at 25 Hz, batches of
200 ms, one connection a device. Times run from the call that sends a message to its PUBACK, in the simulator's process;
and from the newest sample of a message to the frame a browser painted after it came.
Run it alone with `python -m bench.sensors [--json] [--quick]`.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.report import RESULTS, Row, main
from bench.rounds import Work, measure, percentile, significant, tell
from bench.sensor_load import ATHLETES, RATE_HZ, SensorLoad
from bench.sensor_screen import screen_ms
from pressbox.codec.sensor_message import encode_json
from pressbox.simulate.field import FieldPlan, FieldSession

_SESSIONS: Final = (1, 10)
_SPAN_S: Final = 60.0
_SPAN_QUICK_S: Final = 6.0
_SPAN_SEEN_S: Final = 20.0
_ROUNDS: Final = 5
_START_MS: Final = 1_700_000_000_000


def run(*, quick: bool) -> list[Row]:
    """Return a row for what the simulator makes, and one for each number of sessions."""
    span_s = _SPAN_QUICK_S if quick else _SPAN_S
    rows = [_made(1 if quick else _ROUNDS), *(_acknowledged(sessions, span_s) for sessions in _SESSIONS)]
    return [*rows, *(_painted(sessions, max(span_s, _SPAN_SEEN_S)) for sessions in _SESSIONS)]


def _made(rounds: int) -> Row:
    plan = FieldPlan(session="one", devices=tuple(f"tag-{number}" for number in range(ATHLETES)), rate_hz=RATE_HZ)

    def made() -> Work:
        session = FieldSession(plan)
        return lambda: sum(len(one.message.samples) for one in session.sendings(_START_MS))

    def encoded() -> Work:
        sendings = list(FieldSession(plan).sendings(_START_MS))
        return lambda: sum(bool(encode_json(one.sent(_START_MS))) * len(one.message.samples) for one in sendings)

    rates = measure("simulator", {"made": made, "encoded": encoded}, rounds)
    return {
        "simulator": "46 athletes, 25 Hz",
        "samples made/CPU s": rates.events_per_s("made"),
        "samples encoded/CPU s": rates.events_per_s("encoded"),
    }


def _acknowledged(sessions: int, span_s: float) -> Row:
    tell(f"sensors, {sessions} sessions, {span_s:.0f} s")
    RESULTS.mkdir(parents=True, exist_ok=True)  # on the disk of this repository: a temporary folder may be memory
    with tempfile.TemporaryDirectory(dir=RESULTS) as folder, _pressbox(Path(folder)) as to:
        load = SensorLoad(Path(folder) / "data", to, sessions, span_s)
        told = load.tally(load.begin())
    return {
        "sent to PUBACK": f"{sessions} × {ATHLETES} athletes, {RATE_HZ} Hz",
        "samples/s": load.samples_per_s,
        "samples": told["samples_acknowledged"],
        "p50 ms": told["acknowledged_ms_p50"],
        "p99 ms": told["acknowledged_ms_p99"],
        "longest ms": told["acknowledged_ms_max"],
        "simulator behind, at most ms": told["behind_ms_max"],
    }


def _painted(sessions: int, span_s: float) -> Row:
    tell(f"sensor to screen, {sessions} sessions, {span_s:.0f} s")
    with tempfile.TemporaryDirectory(dir=RESULTS) as folder, _pressbox(Path(folder)) as to:
        load = SensorLoad(Path(folder) / "data", to, sessions, span_s)
        url = json.loads((load.data / "up.json").read_bytes())["url"]
        took_ms = screen_ms(load, url)
    return {
        "sample to painted frame": f"{sessions} × {ATHLETES} athletes, {RATE_HZ} Hz",
        "places painted": len(took_ms),
        **{f"p{percent:g} ms": significant(percentile(took_ms, percent)) for percent in (50, 99, 99.9)},
    }


@contextmanager
def _pressbox(folder: Path) -> Iterator[str]:
    """Run a pressbox that listens to devices, and give their address."""
    settings = folder / "pressbox.toml"
    settings.write_text("mqtt.port = 0\n", encoding="utf-8")
    command = [sys.executable, "-m", "pressbox", "up", "--port", "0"]
    place = ["--data", str(folder / "data"), "--settings", str(settings)]
    with subprocess.Popen([*command, *place], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


if __name__ == "__main__":
    main("sensors", run)
