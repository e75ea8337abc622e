"""Players of a mobile game: the same by seed, and every event of theirs answered once."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from pressbox.errors import BadSettings, Unavailable
from pressbox.lake_accounts import Listing, account
from pressbox.log.reader import SegmentReader
from pressbox.settings import Settings
from pressbox.simulate.player import Players, played
from pressbox.sources.collector import CollectedGame, CollectorSettings
from pressbox.wiring import Pressbox

KEY = "a-key-long-enough"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Pressbox]:
    settings = CollectorSettings(port=0, games=(CollectedGame(name="arena", key=KEY),))
    with Pressbox(Settings(collector=settings), tmp_path) as running:
        running.start()
        yield running


def address(opened: Pressbox) -> str:
    assert opened.events is not None
    assert opened.events.collector is not None
    return opened.events.collector.address


def test_the_same_seed_sends_the_same_events_and_another_seed_others() -> None:
    first, again, other, neighbour = (
        list(islice(played(*who, bad=0.1), 300)) for who in ((1, 0), (1, 0), (2, 0), (1, 1))
    )
    assert first == again
    assert len({*first, *other, *neighbour}) == 900
    assert len({json.loads(event)["event_id"] for event in (*first, *other, *neighbour)}) == 900


def test_the_mix_is_what_was_asked_for() -> None:
    types = Counter(
        json.loads(event)["event_type"] for event in islice(played(3, 0, mix={"join_guild": 3, "enemy_kill": 1}), 2000)
    )
    assert set(types) == {"join_guild", "enemy_kill"}
    assert 2.5 < types["join_guild"] / types["enemy_kill"] < 3.5


@pytest.mark.parametrize("batch", [1, 40])
def test_every_event_is_answered_and_a_second_run_doubles_nothing(opened: Pressbox, tmp_path: Path, batch: int) -> None:
    heard: list[int] = []
    for _ in range(2):
        told = Players(address(opened), players=3, events=200, batch=batch, bad=0.2, seed=5, key=KEY).play(heard.append)
        assert sum(told.answers.values()) == 200
        assert set(told.answers) == {"accepted", "dead letter", "unknown"}
    assert sum(heard) == 400
    opened.close()
    with Pressbox(Settings(collector=CollectorSettings(port=0)), tmp_path), SegmentReader(tmp_path / "log") as log:
        found = account(Listing(tmp_path / "lake", (), ()), log)
    accepted = told.answers["accepted"]
    assert (found.rows_not_rolled, found.repeats, found.problems) == (accepted, accepted, ())
    assert found.dead_letters == 2 * told.answers["dead letter"]


def test_a_wrong_key_or_place_is_told(opened: Pressbox) -> None:
    with pytest.raises(Unavailable, match="say which game"):
        Players(address(opened), players=1, events=1, key="another-key").play()
    with pytest.raises(BadSettings, match="no address"):
        Players("127.0.0.1:5000", players=1, events=1)
