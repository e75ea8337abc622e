"""
A server's process: started on a leash, waited for until it answers, ended with everything it started.

The leash is the kernel's: the server gets its stop signal when whoever started it is gone, killed or not.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from servers.errors import ServerFailed

LOG = "server.log"

_LOOK_S = 0.02
_STOP_S_MAX = 15.0
_LOG_LINES_SHOWN = 15


@dataclass(frozen=True)
class Running:
    """
    A server that answers: its *access* is what a client needs, by name; its log is in *folder*.

    *leftovers* are files it leaves outside that folder when it ends.
    """

    name: str
    folder: Path
    access: Mapping[str, str]
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals = signal.SIGTERM
    leftovers: tuple[Path, ...] = ()

    def stop(self) -> None:
        """End the server and all it started; a second call does nothing."""
        stop(self.process, self.stop_signal)
        for file in self.leftovers:
            file.unlink(missing_ok=True)

    def clean(self) -> None:
        """Remove the run folder, log and data with it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def start(
    command: Sequence[str | Path],
    folder: Path,
    ready: Callable[[], bool],
    *,
    within_s: float,
    stop_signal: signal.Signals = signal.SIGTERM,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """
    Start *command* in *folder*, as *user* where one is named, and return its process once it is *ready*.

    Raises:
        ServerFailed: it ended or was not ready in time; the message holds the end of its log.
    """
    program = Path(command[0]).name
    if sys.platform != "linux" or shutil.which("setpriv") is None:
        raise ServerFailed(f"{program} is not started: it is tied to its starter by Linux and util-linux' setpriv")
    # Becoming somebody else undoes the leash, so it comes second.
    leash = ["setpriv", f"--pdeathsig={stop_signal.name.removeprefix('SIG')}", "--"]
    log = folder / LOG
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*becoming(user), *leash, *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that `stop` finds everything the server started
        )
    try:
        _wait_until_ready(process, ready, within_s, program, log)
    except BaseException:
        stop(process, stop_signal)
        raise
    return process


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals = signal.SIGTERM) -> None:
    """End *process* by *stop_signal*, by force if it takes too long, and whatever it started with it."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(_STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    with suppress(ProcessLookupError):  # the ordinary case: nothing of the session is left
        os.killpg(process.pid, signal.SIGKILL)


def becoming(user: str | None) -> list[str]:
    """Return what is put before a command so that it runs as *user*; nothing where nobody is named."""
    return [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"]


def _wait_until_ready(
    process: subprocess.Popen[bytes], ready: Callable[[], bool], within_s: float, program: str, log: Path
) -> None:
    deadline = time.monotonic() + within_s
    while not ready():
        if process.poll() is not None:
            raise ServerFailed(f"{program} ended with status {process.returncode} at start. {_end_of(log)}")
        if time.monotonic() > deadline:
            raise ServerFailed(f"{program} did not answer within {within_s:g} s. {_end_of(log)}")
        time.sleep(_LOOK_S)


def _end_of(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:]
    return "\n  ".join([f"Its log, {log}, ends with:", *lines])
