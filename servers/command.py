"""Commands that install something: quiet when they succeed, quoted when they fail."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from servers.errors import ServerFailed

_LINES_SHOWN = 15


def run(
    command: Sequence[str | Path], *, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> None:
    """
    Run *command* to its end.

    Raises:
        ServerFailed: it could not be run or ended badly; the message holds the end of what it printed.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
    except OSError as error:
        raise ServerFailed(f"cannot run {shlex.join(words)}: {error}") from error
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()[-_LINES_SHOWN:]
        raise ServerFailed("\n  ".join([f"{shlex.join(words)} ended with status {done.returncode}:", *lines]))
