"""
Makes format-1.tar.gz: a data folder as the pressbox of commit bdb990b left it.

    git worktree add /tmp/format-1 bdb990b
    PYTHONPATH=/tmp/format-1/src .venv/bin/python tests/upgrade/make_format_1.py tests/upgrade/format-1.tar.gz

It runs a real `pressbox up` of that commit, plays two games into it, one to its end, with lines nobody can use; voids a
play, mends a dead letter, and stops it. Beside the data it keeps what that pressbox said of it (`told.json`), the whole
feed of the game under way (`complete/`), and what it said after reading that (`told-complete.json`).
"""

import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import httpx

from pressbox.codec.reference import encode_players, encode_teams
from pressbox.settings import load_settings
from pressbox.simulate.gamestream import simulate_gamestream
from pressbox.simulate.reference import REFERENCE
from pressbox.wiring import Pressbox

COMMAND = (sys.executable, "-m", "pressbox")
BROKEN = 3


def lines(seed: int) -> list[str]:
    found = whole(seed)
    found[BROKEN] = found[BROKEN].replace(":", ";")
    found.insert(6, "nonsense")
    found.insert(9, "3 30:00 205 77 1")
    return found


def whole(seed: int) -> list[str]:
    *_, played = simulate_gamestream(seed).moments()
    return played.body.decode().splitlines()


def run(*arguments: object) -> str:
    return subprocess.run([*COMMAND, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def told(data: Path, settings: Path) -> dict[str, object]:
    """Return every document and every dead letter of the data, and the season, as that pressbox has them."""
    with Pressbox(load_settings(settings), data) as opened:
        opened.source.poll()
        opened.catch_up()
        games = opened.documents.games()
        documents = {
            game: {
                str(event): (opened.documents.at(game, event) or b"").decode()
                for event in opened.documents.event_ids(game)
            }
            for game in games
        }
    letters = json.loads(run("deadletters", "list", "--all", "--json", "--data", data, "--settings", settings))
    season = json.loads(run("reference", "show", "--json", "--data", data, "--settings", settings))
    return {"documents": documents, "letters": letters, "season": season}


def write(data: Path, game: str, content: list[str]) -> None:
    new = data / "gamestreams" / ".new"
    new.write_text("".join(f"{line}\n" for line in content))
    new.replace(data / "gamestreams" / f"{game}.txt")


def live(data: Path, settings: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "up", "--data", str(data), "--settings", str(settings), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().split()[4].rstrip("/")
    for count in range(2, 30, 3):
        write(data, "gamestream", lines(0)[:count])
        write(data, "second", lines(1)[:count])
        while httpx.get(f"{url}/api/games/second/boxscore").status_code != 200:
            time.sleep(0.05)
        time.sleep(0.2)
    write(data, "second", lines(1))
    while '"final":true' not in httpx.get(f"{url}/api/games/second/boxscore").text.replace(" ", ""):
        time.sleep(0.05)
    run("games", "void", "gamestream", "5", "--data", data)
    letter = json.loads(run("deadletters", "list", "--game", "gamestream", "--json", "--data", data))[0]["id"]
    run("deadletters", "replay", letter, "--line", whole(0)[BROKEN], "--data", data)
    process.terminate()
    assert process.wait(30) == 0


def main(target: Path) -> None:
    folder = Path(tempfile.mkdtemp())
    data, settings = folder / "data", folder / "pressbox.toml"
    settings.write_text('[log]\nkind = "segments"\nsegment_mb = 1\n')
    (data / "gamestreams").mkdir(parents=True)
    (folder / "teams.csv").write_bytes(encode_teams(REFERENCE.teams))
    (folder / "players.csv").write_bytes(encode_players(REFERENCE.players))
    run("reference", "load", folder / "teams.csv", folder / "players.csv", "--data", data, "--settings", settings)
    live(data, settings)
    (folder / "told.json").write_text(json.dumps(told(data, settings)))
    shutil.copytree(data, folder / "later")
    write(folder / "later", "gamestream", lines(0))
    (folder / "complete").mkdir()
    shutil.copy(folder / "later" / "gamestreams" / "gamestream.txt", folder / "complete")
    (folder / "told-complete.json").write_text(json.dumps(told(folder / "later", settings)))
    with tarfile.open(target, "w:gz", compresslevel=9) as archive:
        for name in ("data", "complete", "told.json", "told-complete.json", "pressbox.toml"):
            archive.add(folder / name, name)
    shutil.rmtree(folder)
    print(f"{target}: {target.stat().st_size} bytes")  # noqa: T201 - a command


if __name__ == "__main__":
    main(Path(sys.argv[1]))
