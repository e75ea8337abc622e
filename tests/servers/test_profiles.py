"""The same games through the embedded profile and through S3, MongoDB and PostgreSQL: the same documents and rows."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pressbox.settings import Settings, load_settings
from pressbox.simulate.gamestream import simulate_gamestream
from pressbox.simulate.playbyplay import simulate_playbyplay
from pressbox.simulate.reference import REFERENCE
from pressbox.simulate.target import BucketTarget, FolderTarget, Target
from pressbox.stores.sqlite_dead_letters import StoredDeadLetter
from pressbox.wiring import Pressbox
from tests.conftest import S3Access

DISTRIBUTED = """
[source]
kind = "s3"
endpoint = "${S3_ENDPOINT}"
access_key = "${S3_KEY}"
secret_key = "${S3_SECRET}"

[reference]
kind = "postgresql"
url = "${POSTGRESQL}"

[documents]
kind = "mongodb"
url = "${MONGODB}"
"""


def feeds() -> list[tuple[str, list[bytes]]]:
    """Two games event by event, the first of which is corrected once it is over."""
    stream = [moment.body for moment in simulate_gamestream().moments()]
    corrected = stream[-1].replace(b"2 56:13 205 8 1", b"2 56:13 205 8 0").replace(b"101 4 0", b"101 77 0")
    rich = [moment.body for moment in simulate_playbyplay().moments()]
    return [("gamestream.txt", [*stream, corrected]), ("playbyplay.json", rich)]


def play(settings: Settings, data: Path, target: Target) -> dict[str, Any]:
    """Play the feeds, a few events a look, and return all there is in the end, as plain values."""
    with Pressbox(settings, data) as pressbox:
        pressbox.reference.load(REFERENCE)
        for name, moments in feeds():
            for moment in (*moments[::7], moments[-2], moments[-1]):
                target.write(name, moment)
                look_until(pressbox, name, moment)
        pressbox.settle()
        games = pressbox.documents.games()
        return {
            "event ids": {game: pressbox.documents.event_ids(game) for game in games},
            "documents": {
                game: [json.loads(pressbox.documents.at(game, one) or b"") for one in some(pressbox, game)]
                for game in games
            },
            "newest": {game: (pressbox.documents.newest(game) or b"").decode() for game in games},
            "standings": msgspec.to_builtins(pressbox.settlement.standings()),
            "dead letters": [told(one) for one in pressbox.dead_letters.letters()],
        }


def told(letter: StoredDeadLetter) -> dict[str, Any]:
    """Return what *letter* says, but for the time of day it was refused at."""
    assert letter.refused_ms
    return {name: value for name, value in msgspec.to_builtins(letter).items() if name != "refused_ms"}


def some(pressbox: Pressbox, game: str) -> list[int]:
    """Return events of *game* from all of it; reading each one takes the servers here minutes."""
    return pressbox.documents.event_ids(game)[::25]


def look_until(pressbox: Pressbox, name: str, content: bytes) -> None:
    """Poll until the source has read *content*."""
    while content not in [one.content for one in pressbox.source.watched() if one.key.endswith(name)]:
        pressbox.source.poll({f"gamestreams/{name}"})
    pressbox.settle()


@pytest.mark.server
def test_results_are_equal_in_both_profiles(
    tmp_path: Path, s3: S3Access, mongodb_url: str, postgresql_url: str
) -> None:
    embedded = play(Settings(), tmp_path / "embedded", FolderTarget(tmp_path / "embedded" / "gamestreams"))
    file = tmp_path / "pressbox.toml"
    file.write_text(DISTRIBUTED)
    environment = {
        "S3_ENDPOINT": s3.endpoint,
        "S3_KEY": s3.key,
        "S3_SECRET": s3.secret,
        "POSTGRESQL": postgresql_url,
        "MONGODB": mongodb_url,
    }
    target = BucketTarget("gamestreams", endpoint=s3.endpoint, access_key=s3.key, secret_key=s3.secret)
    distributed = play(load_settings(file, environment), tmp_path / "distributed", target)
    assert distributed == embedded
    assert len(embedded["event ids"]["gamestream"]) > 70
    assert len(embedded["dead letters"]) == 1
