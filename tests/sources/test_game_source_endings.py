"""How a game ends whose feed does not say so: somebody's word, or a silence."""

import pytest

from pressbox.errors import BadInput
from pressbox.model.game import Finished, Played
from tests.pipelines.scorebook import GAME
from tests.sources.fake_objects import KEY, Desk, said

A = "0 59:51 101 2 0\n"
B = "1 57:06 101 6 0\n"
SILENCE_S = 60.0


@pytest.fixture
def desk() -> Desk:
    return Desk(silence_s=SILENCE_S)


def finished(desk: Desk) -> Finished:
    record = said(desk.log)[-1]
    assert isinstance(record, Finished), record
    return record


def test_a_game_that_somebody_ends_gives_up_its_unfinished_line(desk: Desk) -> None:
    desk.see(A + "1 57:06 10")
    desk.source.finish(GAME)
    end = finished(desk)
    assert (end.by, end.tail is not None and end.tail.raw) == ("operator", b"1 57:06 10")


def test_what_came_just_before_the_word_is_read_first(desk: Desk) -> None:
    desk.see(A)
    desk.objects.put(A + B + "2 5")
    desk.source.finish(GAME)
    assert isinstance(said(desk.log)[-2], Played)
    assert finished(desk).tail is not None


def test_a_game_whose_lines_are_all_whole_gives_up_nothing(desk: Desk) -> None:
    desk.see(A)
    desk.source.finish(GAME)
    assert finished(desk).tail is None


def test_an_object_of_the_same_name_takes_no_part_in_the_end_of_a_game(desk: Desk) -> None:
    desk.see(A + "1 57:06 10")
    desk.see("{}", KEY.replace(".txt", ".json"))
    desk.source.finish(GAME)
    assert finished(desk).tail is not None


def test_a_game_that_never_began_cannot_end(desk: Desk) -> None:
    with pytest.raises(BadInput, match="no game 'chess' has begun"):
        desk.source.finish("chess")


def test_a_feed_that_is_silent_for_long_ends_its_game_once(desk: Desk) -> None:
    desk.see(A + "1 57:06 10")
    desk.clock.go(SILENCE_S - 5)
    assert desk.look() == []
    desk.clock.go(5)
    assert desk.look() == [finished(desk)]
    assert (finished(desk).by, finished(desk).tail is None) == ("silence", False)
    assert desk.look() == []


def test_a_feed_that_speaks_after_a_silence_goes_on_and_may_fall_silent_again(desk: Desk) -> None:
    desk.see(A)
    desk.clock.go(SILENCE_S)
    desk.look()
    assert [type(record) for record in desk.see(A + B)] == [Played]
    desk.clock.go(SILENCE_S)
    assert desk.look() == [finished(desk)]


def test_a_feed_that_vanished_is_silent(desk: Desk) -> None:
    desk.see(A)
    desk.objects.remove()
    desk.look()
    desk.clock.go(SILENCE_S)
    assert desk.look() == [finished(desk)]
    assert desk.look() == []


def test_a_feed_that_vanished_before_a_restart_is_silent_from_then_on(desk: Desk) -> None:
    desk.see(A)
    desk.objects.remove()
    desk.restart()
    assert desk.look() == []
    desk.clock.go(SILENCE_S)
    assert desk.look() == [finished(desk)]


def test_a_feed_nobody_can_read_any_more_is_silent(desk: Desk) -> None:
    key = KEY.replace(".txt", ".json")
    desk.see(feed(), key)
    desk.objects.put("{", key)
    desk.look()
    desk.clock.go(SILENCE_S)
    assert desk.look() == [finished(desk)]


def test_without_the_setting_silence_ends_nothing() -> None:
    desk = Desk()
    desk.see(A)
    desk.clock.go(1e6)
    assert desk.look() == []


def test_a_game_its_feed_ended_is_not_ended_again_by_silence(desk: Desk) -> None:
    desk.see(A + "-1 00:00 0 0 0\n")
    desk.clock.go(SILENCE_S)
    assert desk.look() == []


def test_a_game_that_somebody_ended_is_not_ended_again_by_silence(desk: Desk) -> None:
    desk.see(A)
    desk.source.finish(GAME)
    desk.clock.go(SILENCE_S)
    assert desk.look() == []


def feed() -> str:
    return (
        '{"hometeam": "Home", "shorthometeam": "HOM", "awayteam": "Away", "shortawayteam": "AWY",'
        ' "homeroster": {"players": [{"name": "A", "playerid": 1}]}, "awayroster": {"players": []},'
        ' "playbyplay": {"1": [{"index": 1, "type": "groundball", "shortname": "HOM", "time": "14:00", "period": 1}]}}'
    )
