"""A real `pressbox up` in a process of its own, and the feeds a test writes for it."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from signal import SIGTERM, Signals

import msgspec

from pressbox.access.access import demo_link
from pressbox.cli.running import Address, ask
from pressbox.codec.reference import encode_players, encode_teams
from pressbox.simulate.reference import REFERENCE

_READY = "pressbox is up at"


class Running:
    """One data folder with the simulated rosters; the process over it can be stopped and started again."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.address = ""
        self._process: subprocess.Popen[str] | None = None
        self._feeds = data / "gamestreams"
        self._feeds.mkdir(parents=True)
        teams, players = encode_teams(REFERENCE.teams).decode(), encode_players(REFERENCE.players).decode()
        ask(data, None, "reference_load", teams=teams, players=players)
        demo_link(data)  # there is an admin, so nobody is told how to become the first

    def start(self) -> None:
        """Start at a free port; a second start keeps it."""
        port = self.address.rpartition(":")[2] or "0"
        command = [sys.executable, "-m", "pressbox", "up", "--data", str(self.data), "--port", port]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if line.startswith(_READY):
                break
        else:
            raise AssertionError("".join(said))
        self.address = msgspec.json.decode((self.data / "up.json").read_bytes(), type=Address).url

    def stop(self, signal: Signals = SIGTERM) -> str:
        """Stop and return what the process said since it was up; a second stop does nothing."""
        if self._process is None:
            return ""
        self._process.send_signal(signal)
        said, _ = self._process.communicate(timeout=20)
        self._process = None
        return said

    def write(self, game: str, lines: Iterable[str], suffix: str = ".txt") -> None:
        """Overwrite the feed of *game*, as the simulator does."""
        self.write_body(game, "".join(f"{line}\n" for line in lines).encode(), suffix)

    def write_body(self, game: str, body: bytes, suffix: str) -> None:
        """Overwrite the feed of *game* with *body*, at once."""
        unfinished = self._feeds / ".unfinished"
        unfinished.write_bytes(body)
        unfinished.rename(self._feeds / f"{game}{suffix}")
