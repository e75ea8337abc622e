"""`pressbox` in processes of its own, as people start it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

COMMAND = (sys.executable, "-m", "pressbox")


class Up(Struct):
    """A running `pressbox up`."""

    data: Path
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return str(msgspec.json.decode((self.data / "up.json").read_bytes())["url"])

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self._gone()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(number)
        return self._gone()

    def _gone(self) -> int:
        code = self.process.wait(timeout=60)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return code


def start(data: Path, *options: str, environment: Mapping[str, str] | None = None) -> Up:
    """Start it on any free port and return when it listens."""
    process = subprocess.Popen(
        [*COMMAND, "up", "--data", str(data), "--port", "0", *options],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | dict(environment or {}),
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("pressbox is up at http://"), line
    return Up(data, process)


@contextmanager
def started(data: Path) -> Iterator[Up]:
    running = start(data)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()
