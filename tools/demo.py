"""The demo: pressbox, and beside it three simulated games, one of them with the rich feed, and athletes on a field."""

import os
import shutil
import signal
import subprocess
import sys
import webbrowser
from pathlib import Path

from pressbox.access.access import demo_link

DATA = Path("pressbox-demo")
SPEED = "8"
ATHLETES, MINUTES = "32", "60"
STADIUM, SESSION = "home", "demo"


def main() -> int:
    """Play until the games are over or Ctrl-C comes; the page stays until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    pressbox = [sys.executable, "-m", "pressbox"]
    port = os.environ.get("PORT", "8750")
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir()
    settings = DATA / "demo.toml"
    settings.write_text("mqtt.port = 0\n")
    entry = f"{demo_link(DATA)}&next=/sessions/{STADIUM}/{SESSION}"
    up = subprocess.Popen(
        [*pressbox, "up", "--data", str(DATA), "--settings", str(settings), "--port", port],
        stdout=subprocess.PIPE,
        text=True,
    )
    if up.stdout is None or not up.stdout.readline().startswith("pressbox is up"):
        return up.wait()
    broker = up.stdout.readline().rpartition(" ")[2].strip()
    play = [*pressbox, "simulate", "game", "--games", "2", "--rich", "1", "--speed", SPEED, "--data", str(DATA)]
    run = [*pressbox, "simulate", "field", "--register", "--athletes", ATHLETES, "--minutes", MINUTES]
    run += ["--to", broker, "--stadium", STADIUM, "--session", SESSION, "--data", str(DATA)]
    games = subprocess.Popen(play)
    field = subprocess.Popen(run, stdout=subprocess.DEVNULL)
    try:
        _wait_for_session(pressbox, field)
        print(f"\n  Open http://127.0.0.1:{port}/ - three games are being played.", flush=True)
        print(f"  Open http://127.0.0.1:{port}{entry}", flush=True)
        print(
            "  - athletes run, live; the link signs you in as the demo's admin, once.  Ctrl-C ends it all.\n",
            flush=True,
        )
        _open(f"http://127.0.0.1:{port}/")
        _open(f"http://127.0.0.1:{port}{entry}")
        games.wait()
        print("\n  The games are over; the pages stay until Ctrl-C.", flush=True)
        return up.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        for process in (field, games, up):
            process.terminate()
            process.wait()


def _wait_for_session(pressbox: list[str], field: subprocess.Popen[bytes]) -> None:
    """Come back once the session is open, or its athletes gave up and said why."""
    asked = [*pressbox, "session", "list", "--data", str(DATA), "--json"]
    while field.poll() is None:
        if f'"{SESSION}"' in subprocess.run(asked, capture_output=True, text=True, check=False).stdout:
            return


def _open(address: str) -> None:
    """Show the scoreboard where there is a screen; elsewhere the address above is enough."""
    if sys.stdout.isatty() and (
        sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        webbrowser.open(address)


if __name__ == "__main__":
    sys.exit(main())
