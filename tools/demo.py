"""The demo: pressbox, and beside it three simulated games, one of them with the rich feed."""

import os
import shutil
import signal
import subprocess
import sys
import webbrowser
from pathlib import Path

DATA = Path("pressbox-demo")
SPEED = "8"


def main() -> int:
    """Play until the games are over or Ctrl-C comes; the page stays until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    pressbox = [sys.executable, "-m", "pressbox"]
    port = os.environ.get("PORT", "8750")
    shutil.rmtree(DATA, ignore_errors=True)
    up = subprocess.Popen([*pressbox, "up", "--data", str(DATA), "--port", port], stdout=subprocess.PIPE, text=True)
    if up.stdout is None or not up.stdout.readline().startswith("pressbox is up"):
        return up.wait()
    print(f"\n  Open http://127.0.0.1:{port}/ - three games are being played.  Ctrl-C ends the demo.\n", flush=True)
    _open(f"http://127.0.0.1:{port}/")
    play = [*pressbox, "simulate", "game", "--games", "2", "--rich", "1", "--speed", SPEED, "--data", str(DATA)]
    games = subprocess.Popen(play)
    try:
        games.wait()
        print("\n  The games are over; the page stays until Ctrl-C.", flush=True)
        return up.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        for process in (games, up):
            process.terminate()
            process.wait()


def _open(address: str) -> None:
    """Show the scoreboard where there is a screen; elsewhere the address above is enough."""
    if sys.stdout.isatty() and (
        sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        webbrowser.open(address)


if __name__ == "__main__":
    sys.exit(main())
