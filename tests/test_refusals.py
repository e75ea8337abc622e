"""What a store refuses for good: kept, listed, and given to it again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pressbox.codec.reference import encode_players, encode_teams
from pressbox.errors import BadInput
from pressbox.settings import Settings
from pressbox.simulate.gamestream import simulate_gamestream
from pressbox.simulate.reference import REFERENCE
from pressbox.wiring import Pressbox

_REASON = "the game's name has 5 characters; the ledger holds 4"
_LONGEST = "pressbox.stores.settlement.GAME_CHARACTERS_MAX"


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pressbox]:
    """Give a pressbox whose settlement store has refused a final game: its name is too long."""
    monkeypatch.setattr(_LONGEST, 4)
    *_, played = simulate_gamestream(0).moments()
    (tmp_path / "gamestreams").mkdir()
    (tmp_path / "gamestreams" / "final.txt").write_bytes(played.body)
    with Pressbox(Settings(), tmp_path) as opened:
        opened.operations.reference_load(
            encode_teams(REFERENCE.teams).decode(), encode_players(REFERENCE.players).decode()
        )
        opened.source.poll()
        opened.catch_up()
        yield opened


def test_it_is_a_letter_of_its_store_and_holds_up_nothing(refused: Pressbox) -> None:
    (letter,) = [one for one in refused.operations.deadletters_list() if one.store]
    assert (letter.store, letter.game, letter.reason) == ("settlements", "final", _REASON)
    (record,) = refused.log.read("boxscores", 0, letter.number, records_max=1)
    assert (record.value, record.time_ms) == (letter.raw, letter.refused_ms)
    assert refused.operations.deadletters_show(letter.id[:12]) == letter
    assert all(not one.lag and not one.problem for one in refused.status().stores)


def test_it_is_still_there_after_a_restart_and_only_once(refused: Pressbox, tmp_path: Path) -> None:
    letters = refused.operations.deadletters_list()
    refused.close()
    with Pressbox(Settings(), tmp_path) as again:
        again.catch_up()
        assert again.operations.deadletters_list() == letters


def test_given_again_it_stays_open_until_its_store_takes_it(refused: Pressbox, monkeypatch: pytest.MonkeyPatch) -> None:
    (letter,) = [one for one in refused.operations.deadletters_list() if one.store]
    assert refused.operations.deadletters_replay(letter.id) == letter
    with pytest.raises(BadInput, match="replay it without --line"):
        refused.operations.deadletters_replay(letter.id, "1 57:06 101 6 0")
    cursor = refused.settlement.cursor(0)
    assert refused.settlement.standings() is None
    monkeypatch.setattr(_LONGEST, 5)  # as in a pressbox whose ledger has more room
    assert refused.operations.deadletters_replay(letter.id).state == "mended"
    assert [one for one in refused.operations.deadletters_list() if one.store] == []
    assert refused.settlement.standings() is not None
    assert refused.settlement.cursor(0) == cursor
