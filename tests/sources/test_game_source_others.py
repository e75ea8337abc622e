"""Nothing that is wrong with one game, or with what the source stands on, stops the other games or loses a line."""

import pytest

from pressbox.errors import BadInput, BadSettings, Unavailable
from pressbox.model.game import GameOpened, Played, RosterAmended
from tests.pipelines.scorebook import GAME
from tests.runtime.memory_log import Moment, disk_full
from tests.sources.fake_objects import KEY, Desk, games_said, said
from tests.sources.test_game_source_endings import feed

A = "0 59:51 101 2 0\n"
B = "1 57:06 101 6 0\n"
BEFORE = "gamestreams/a.txt"
AFTER = "gamestreams/z.txt"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def put_three(desk: Desk) -> None:
    for key in (BEFORE, KEY, AFTER):
        desk.objects.put(A, key)


def test_an_object_that_cannot_be_read_now_stops_no_other_and_says_so(desk: Desk) -> None:
    put_three(desk)
    desk.objects.refusing[KEY] = Unavailable("permission denied")
    desk.look()
    assert set(games_said(desk.log)) == {"a", "z"}
    assert desk.problem(GAME) == "permission denied"
    desk.objects.refusing.clear()
    desk.look()
    assert set(games_said(desk.log)) == {"a", "z", GAME}
    assert desk.problem(GAME) == ""


def test_rosters_that_cannot_be_read_now_hold_up_only_games_that_begin(desk: Desk) -> None:
    desk.see(A, AFTER)

    def away(_game: str) -> str:
        raise Unavailable("the reference database is away")

    desk.teams = away
    desk.objects.put(A, BEFORE)
    assert [type(record) for record in desk.see(A + B, AFTER)] == [Played]
    assert desk.problem("a") == "the reference database is away"


def test_a_game_whose_teams_nobody_named_waits_with_the_sentence_and_loses_nothing(desk: Desk) -> None:
    known = desk.teams
    desk.teams = lambda game: "add [[games]]" if game == "a" else known(game)
    put_three(desk)
    desk.look()
    assert (set(games_said(desk.log)), desk.problem("a")) == ({GAME, "z"}, "add [[games]]")
    desk.objects.put(A + B, BEFORE)
    desk.look()
    desk.teams = known
    opened, *played = desk.look()
    assert isinstance(opened, GameOpened)
    assert (opened.game, len(played), desk.problem("a")) == ("a", 2, "")


def test_of_two_objects_with_one_name_the_second_is_refused_by_name(desk: Desk) -> None:
    desk.see(A)
    twin = KEY.replace(".txt", ".json")
    assert desk.see(feed(), twin) == []
    assert f"{twin} and {KEY} are both called {GAME}" in desk.problem(GAME) + desk.source.watched()[-1].problem


@pytest.mark.parametrize("order", [sorted, lambda keys: sorted(keys, reverse=True)])
def test_a_restart_keeps_to_the_object_the_game_began_with(desk: Desk, order: object) -> None:
    desk.see(A)
    desk.see(feed(), KEY.replace(".txt", ".json"))
    desk.objects.listed = order  # type: ignore[assignment]
    desk.restart()
    assert desk.look() + desk.look() == []


def test_when_the_first_of_two_objects_goes_the_second_takes_over(desk: Desk) -> None:
    twin = KEY.replace(".txt", ".json")
    desk.see(A)
    desk.see(feed(), twin)
    desk.objects.remove()
    opened, *_ = desk.look()
    assert isinstance(opened, GameOpened)
    assert (opened.format, opened.run) == ("playbyplay", 2)


def test_the_problem_of_an_object_goes_with_it(desk: Desk) -> None:
    twin = KEY.replace(".txt", ".json")
    desk.see(A)
    desk.see(feed(), twin)
    desk.objects.remove(twin)
    desk.look()
    assert [one.problem for one in desk.source.watched()] == [""]


def test_an_object_whose_name_is_no_text_is_named_and_stops_nothing(desk: Desk) -> None:
    desk.objects.put(A, "gamestreams/m\udcfcnchen.txt")
    assert len(desk.see(A)) == 2
    assert "rename" in desk.problem("m\\xfcnchen")


def test_a_line_too_long_for_the_log_is_the_problem_of_its_game(desk: Desk) -> None:
    def group_too_large(moment: Moment) -> None:
        if moment == "before":
            raise BadInput("append fewer records")

    desk.log.trouble = group_too_large
    assert desk.see(A) == []
    assert "append fewer records" in desk.problem(GAME)


def test_many_lines_go_into_the_log_in_groups_it_can_hold(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pressbox.sources.game_records._GROUP_BYTES", 500)
    content = "".join(f"{number} 59:51 101 2 0\n" for number in range(20))
    opened, *played = desk.see(content)
    assert isinstance(opened, GameOpened)
    assert [one.entry.number for one in played if isinstance(one, Played)] == list(range(1, 21))


def test_a_full_disk_loses_nothing_once_there_is_room(desk: Desk) -> None:
    desk.see(A)
    desk.log.trouble = disk_full
    assert desk.see(A + B) == []
    assert "the disk is full" in desk.problem(GAME) + desk.source.problem
    desk.log.trouble = lambda _moment: None
    assert [type(record) for record in desk.look()] == [Played]
    assert (desk.problem(GAME), desk.source.problem) == ("", "")


@pytest.mark.parametrize("error", [Unavailable("no route"), BadSettings("access denied")])
def test_a_listing_that_fails_is_told_and_the_next_one_finds_everything(
    desk: Desk, error: Unavailable | BadSettings
) -> None:
    desk.objects.refusing[""] = error
    assert desk.see(A) == []
    assert desk.source.problem == str(error)
    desk.objects.refusing.clear()
    assert len(desk.look()) == 2
    assert desk.source.problem == ""


def test_a_feed_that_is_half_written_says_so_until_it_is_whole(desk: Desk) -> None:
    key = KEY.replace(".txt", ".json")
    desk.objects.put(feed()[:50], key)
    assert desk.look() == []
    assert "not all of one" in desk.problem(GAME)
    assert len(desk.see(feed(), key)) == 2
    assert desk.problem(GAME) == ""


def test_a_feed_that_names_another_player_amends_the_rosters_once(desk: Desk) -> None:
    key = KEY.replace(".txt", ".json")
    desk.see(feed(), key)
    (amended,) = desk.see(feed().replace('"A"', '"B"'), key)
    assert isinstance(amended, RosterAmended)
    assert amended.home.players[0].name == "B"
    desk.restart()
    assert desk.look() == []


def test_the_log_holds_nothing_the_source_forgot_to_say(desk: Desk) -> None:
    put_three(desk)
    desk.look()
    assert len(said(desk.log)) == 6
