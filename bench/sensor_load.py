"""Devices for benchmarks: a field simulated by a process of its own, for a pressbox that runs."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

ATHLETES: Final = 46
RATE_HZ: Final = 25

_PRESSBOX: Final = (sys.executable, "-m", "pressbox")
_NO_TROUBLE: Final = (
    "--dropouts", "0", "--clock-error", "0", "--drift", "0", "--belts-lost", "0", "--doubled", "0", "--reordered", "0",
)  # fmt: skip


class SensorLoad(Struct, frozen=True):
    """
    Sessions of 46 athletes at 25 Hz, for *span_s* seconds, played to *to*; *data* is that of the pressbox there.

    Each message carries `sent_ms`, the moment of its sending by the clock of this machine.
    """

    data: Path
    to: str
    sessions: int
    span_s: float
    options: Sequence[str] = ()

    @property
    def samples_per_s(self) -> int:
        """How many samples a second are sent."""
        return self.sessions * ATHLETES * RATE_HZ

    def begin(self) -> "subprocess.Popen[bytes]":
        """Start: devices are added and connected first, so what is sent begins seconds later."""
        said = ["--sessions", self.sessions, "--athletes", ATHLETES, "--hz", RATE_HZ, "--minutes", self.span_s / 60]
        where = ["--register", "--data", self.data, "--to", self.to, "--json"]
        command = [*_PRESSBOX, "simulate", "field", *map(str, [*where, *said]), *_NO_TROUBLE, *self.options]
        return subprocess.Popen(command, stdout=subprocess.PIPE)

    @staticmethod
    def tally(playing: "subprocess.Popen[bytes]") -> dict[str, Any]:
        """Wait for the end of what `begin` returned, and return what was sent and acknowledged, and how fast."""
        out, _ = playing.communicate()
        assert playing.returncode == 0, f"the simulator ended with {playing.returncode}"
        told: dict[str, Any] = json.loads(out)
        return told
