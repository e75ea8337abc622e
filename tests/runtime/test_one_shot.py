"""The one-shot form gives what a fresh log gives."""

from hypothesis import given

from pressbox.codec.gamestream import read_gamestream
from pressbox.model.box_score import DeadLetter, Document, Settled
from pressbox.model.game import GameOpened, GameRecord, Played
from pressbox.runtime.one_shot import OneShot
from tests.pipelines.generated import files
from tests.pipelines.scorebook import AWAY, GAME, HOME, RUN, fold


@given(files())
def test_entry_by_entry_it_gives_the_results_of_a_fresh_log(content: bytes) -> None:
    entries = read_gamestream(content).entries
    game = OneShot(GAME, "gamestream", HOME, AWAY)
    given = [game.enter(entry) for entry in entries]
    records: list[GameRecord] = [GameOpened(GAME, RUN, "gamestream", HOME, AWAY)]
    expected = fold(records + [Played(GAME, RUN, entry) for entry in entries])
    assert [one for one, _ in given if one is not None] == [one for one in expected if isinstance(one, Document)]
    assert [one for _, letters in given for one in letters] == [one for one in expected if isinstance(one, DeadLetter)]
    settled = [one for one in expected if isinstance(one, Settled)]
    assert game.settled == (settled[-1] if settled else None)
