"""What operators say holds through everything the feed says later, in whichever order both come to be known."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.codec.gamestream import decode_event
from pressbox.errors import RejectedRecord
from pressbox.model.box_score import Result
from pressbox.model.event import Goal, Horn, PlayedEvent, Shot
from pressbox.model.game import Amended, Confirmed, GameRecord, Mended, RosterAmended, Voided
from pressbox.model.roster import Player, Team
from pressbox.pipelines.box_score import BOX_SCORE, Box
from tests.pipelines import generated
from tests.pipelines.scorebook import (
    AWAY,
    GAME,
    HOME,
    RUN,
    Seen,
    bodies,
    corrected,
    finished,
    fold,
    latest,
    letters,
    newest,
    open_letters,
    opened,
    played,
    settlement,
)

OPENING = ("0 59:51 101 2 0", "1 57:06 101 6 1", "2 56:13 205 8 1")


def shot(line: str) -> PlayedEvent:
    event = decode_event(line)
    assert isinstance(event, Shot | Horn)
    return event


def voided(event_id: int) -> Voided:
    return Voided(GAME, RUN, event_id)


def amended(line: str) -> Amended:
    return Amended(GAME, RUN, shot(line))


def confirmed(event_id: int) -> Confirmed:
    return Confirmed(GAME, RUN, event_id)


def mended(letter: str, line: str) -> Mended:
    return Mended(GAME, RUN, letter, shot(line))


def strengthened(team: Team) -> Team:
    joined = tuple(Player(int(team.id) * 10 + at, "new", number) for at, number in enumerate(("00", "13", "77")))
    return Team(team.id, team.name, "another", 50, 50, team.players + joined)


def with_new_players() -> RosterAmended:
    return RosterAmended(GAME, RUN, strengthened(HOME), strengthened(AWAY))


def letters_of(lines: Sequence[str]) -> list[str]:
    return [letter.id for letter in letters(fold([opened(), *played(*lines)]))]


def document_after(*records: GameRecord) -> Seen:
    return latest(fold([opened(), *played(*OPENING), *records]))


def line_of(document: Seen, side: str, player_id: int) -> tuple[int, int]:
    return next((line["shots"], line["goals"]) for line in document[side]["players"] if line["id"] == player_id)


playable = generated.shot_lines(generated.small_ids).filter(lambda line: " 101 " in line or " 205 " in line)


@st.composite
def words(draw: st.DrawFn, lines: Sequence[str]) -> list[GameRecord]:
    """What operators say of the game of *lines*, in this order."""
    ids = generated.small_ids
    kinds: list[st.SearchStrategy[GameRecord]] = [
        st.builds(voided, ids),
        st.builds(confirmed, ids),
        st.builds(amended, playable),
        st.just(with_new_players()),
        st.just(finished()),
    ]
    if known := letters_of(lines):
        kinds += [st.builds(mended, st.sampled_from(known), playable)] * 3
    return draw(st.lists(st.one_of(kinds), min_size=1, max_size=4))


@given(generated.disorderly_games(lines_max=8), generated.disorderly_games(lines_max=5), st.data())
def test_the_order_of_feed_and_operator_does_not_matter(
    old: Sequence[str], new: Sequence[str], data: st.DataObject
) -> None:
    keep = data.draw(st.integers(0, len(old)))
    feed = [*played(*old), corrected(keep, *new), *played("8 30:00 101 6 1", first=keep + len(new) + 1)]
    said = data.draw(words(old))
    mixed, left_of_feed, left_of_said = list[GameRecord](), list(feed), list(said)
    while left_of_feed or left_of_said:
        takes_feed = not left_of_said or (bool(left_of_feed) and data.draw(st.booleans()))
        mixed.append((left_of_feed if takes_feed else left_of_said).pop(0))
    results, afterwards = fold([opened(), *mixed]), fold([opened(), *feed, *said])
    assert newest(results) == newest(afterwards)
    assert open_letters(results) == open_letters(afterwards)
    assert settlement(results) == settlement(afterwards)


@given(generated.disorderly_games(lines_max=8), generated.disorderly_games(lines_max=4), st.data())
def test_a_restart_after_any_word_goes_on_as_if_there_had_been_none(
    lines: Sequence[str], more: Sequence[str], data: st.DataObject
) -> None:
    records = [opened(), *played(*lines), *data.draw(words(lines)), corrected(len(lines) // 2, *more)]
    stored = data.draw(st.integers(0, len(records)))
    box: Box | None = None
    results_after: list[Result] = []
    for revision, record in enumerate(records):
        box, results = BOX_SCORE.apply(box, revision, record, silent=revision < stored)
        results_after += results
    assert results_after == [result for result in fold(records) if result.revision >= stored]


@given(generated.disorderly_games())
def test_a_word_on_one_play_touches_no_other(lines: Sequence[str]) -> None:
    untouched = newest(fold([opened(), *played(*lines), confirmed(77), voided(78)]))
    assert untouched == newest(fold([opened(), *played(*lines)]))


def test_a_voided_goal_counts_for_nobody_and_stays_in_the_list_of_plays() -> None:
    document = document_after(voided(1))
    assert line_of(document, "home", 1) == (0, 0)
    assert (document["home"]["score"], document["home"]["status"]) == (0, "losing")
    assert [(play["event_id"], play["status"]) for play in document["plays"]] == [(2, ""), (1, "voided"), (0, "")]
    assert document["voided"] == [1]


def test_an_amended_play_counts_as_what_it_really_was() -> None:
    document = document_after(amended("1 57:06 101 2 1"))
    assert (line_of(document, "home", 1), line_of(document, "home", 3)) == ((0, 0), (2, 1))
    assert (document["amended"], document["voided"], document["confirmed"]) == ([1], [], [])


def test_a_confirmed_play_counts_again_after_it_was_voided() -> None:
    document = document_after(voided(1), confirmed(1))
    assert line_of(document, "home", 1) == (1, 1)
    assert (document["confirmed"], document["voided"]) == ([1], [])


@pytest.mark.parametrize("between", [(), (voided(1),)])
def test_a_confirmed_amendment_counts_as_amended(between: tuple[GameRecord, ...]) -> None:
    document = document_after(amended("1 57:06 101 2 1"), *between, confirmed(1))
    assert line_of(document, "home", 3) == (2, 1)


def test_a_word_on_a_play_that_is_not_there_yet_holds_when_it_comes() -> None:
    document = document_after(voided(3), *played("3 55:25 101 6 1", first=4))
    assert document["home"]["score"] == 1
    assert document["voided"] == [3]


def test_documents_before_the_voided_play_are_left_alone() -> None:
    results = fold([opened(), *played(*OPENING, "3 50:00 101 6 1", "4 49:00 101 6 1"), voided(3)])
    assert [document["_id"] for document in bodies(results) if document["revision"] == 6] == [2, 3, 4, 4]


def test_an_amended_shooter_revives_a_rejected_play() -> None:
    lines = (*OPENING, "3 55:25 101 77 1")
    results = fold([opened(), *played(*lines), amended("3 55:25 101 6 1")])
    assert open_letters(results) == {}
    assert latest(results)["home"]["score"] == 2


def test_an_amended_roster_revives_a_rejected_play_and_leaves_the_standings() -> None:
    results = fold([opened(), *played("0 55:25 101 77 1", "1 55:00 205 77 0"), with_new_players()])
    assert open_letters(results) == {}
    home, away = latest(results)["home"], latest(results)["away"]
    assert [(side["conference"], side["wins"], side["losses"]) for side in (home, away)] == [
        ("ACC", 5, 2),
        ("Big 10", 4, 3),
    ]
    assert home["players"][-1] == {"id": 1012, "name": "new", "number": "77", "shots": 1, "goals": 1, "pct": 1.0}
    assert away["players"][-1] == {"id": 2052, "name": "new", "number": "77", "shots": 1, "goals": 0, "pct": 0.0}


@pytest.mark.parametrize("first", [True, False])
def test_a_mended_play_obeys_what_is_said_of_it(*, first: bool) -> None:
    lines = (*OPENING, "nonsense")
    [letter] = letters_of(lines)
    said = (mended(letter, "3 55:25 101 6 1"), voided(3))
    document = latest(fold([opened(), *played(*lines), *(said if first else said[::-1])]))
    assert line_of(document, "home", 1) == (1, 1)
    assert document["voided"] == [3]


def test_a_mended_play_counts_even_after_its_line_left_the_feed() -> None:
    lines = (*OPENING, "nonsense")
    [letter] = letters_of(lines)
    results = fold([opened(), *played(*lines), mended(letter, "3 55:25 101 6 1"), corrected(2, OPENING[2])])
    assert line_of(latest(results), "home", 1) == (2, 2)


def test_a_mended_play_obeys_what_is_said_of_it_even_after_its_line_left_the_feed() -> None:
    lines = (*OPENING, "nonsense")
    [letter] = letters_of(lines)
    said = (mended(letter, "3 55:25 101 6 1"), voided(3))
    document = latest(fold([opened(), *played(*lines), *said, corrected(2, OPENING[2])]))
    assert line_of(document, "home", 1) == (1, 1)
    assert (document["_id"], document["voided"]) == (3, [3])


def test_the_feed_has_the_last_word_on_an_id_that_a_mended_play_took() -> None:
    lines = (*OPENING, "nonsense")
    [letter] = letters_of(lines)
    said = mended(letter, "3 55:25 101 6 1")
    results = fold([opened(), *played(*lines), said, corrected(3, "3 55:25 205 1 1")])
    assert line_of(latest(results), "home", 1) == (1, 1)
    assert line_of(latest(results), "away", 11) == (1, 1)


@pytest.mark.parametrize("letter", ["", "nonsense", "0123456789ab", "0123456789ab-x"])
def test_mending_what_is_no_dead_letter_is_rejected_and_changes_nothing(letter: str) -> None:
    box, _ = BOX_SCORE.apply(None, 0, opened())
    with pytest.raises(RejectedRecord, match="dead letter"):
        BOX_SCORE.apply(box, 1, mended(letter, "3 55:25 101 6 1"))
    _, results = BOX_SCORE.apply(box, 2, confirmed(1))
    assert list(results) == []


@pytest.mark.parametrize(
    "event",
    [
        Shot(3, 3601, 101, "6", scored=True),
        Shot(3, -1, 101, "6", scored=True),
        Shot(-1, 60, 101, "6", scored=True),
        Horn(-1),
        Goal(3, 0, 60, "syracuse", "sam"),
        Goal(3, 10**12, 60, "syracuse", "sam"),
    ],
)
def test_words_on_moments_no_game_has_are_refused_and_said_so(event: PlayedEvent) -> None:
    lines = (*OPENING, "nonsense")
    [letter] = letters_of(lines)
    results = fold([opened(), *played(*lines), Mended(GAME, RUN, letter, event), Amended(GAME, RUN, event)])
    [reason] = open_letters(results).values()
    assert "mended, and still: no game has" in reason
    assert latest(results) == latest(fold([opened(), *played(*lines)]))


def test_a_play_amended_to_another_feeds_kind_becomes_a_dead_letter() -> None:
    results = fold([opened(), *played(*OPENING), Amended(GAME, RUN, Goal(1, 1, 60, "syracuse", "sam"))])
    assert list(open_letters(results).values()) == [
        "team syracuse plays in neither side of this game: home is 101, away is 205"
    ]


def test_a_record_of_a_game_that_was_never_opened_is_rejected() -> None:
    with pytest.raises(RejectedRecord, match="before its opening"):
        fold(played("0 59:51 101 2 0"))


def test_an_operator_who_ends_a_game_settles_it() -> None:
    results = fold([opened(), *played(*OPENING), finished()])
    settled = settlement(results)
    assert settled is not None
    assert [(team.teamid, team.wins, team.losses) for team in settled.teams] == [(101, 0, 0), (205, 0, 0)]
    assert latest(results)["timestamp"] == "00:00"
