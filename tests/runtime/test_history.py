"""Every moment of a game found again: its document, its plays and corrections, the same for ever."""

from collections.abc import Iterable, Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pressbox.model.box_score import Document, Result, encode_result
from pressbox.model.game import (
    Amended,
    Confirmed,
    GameOpened,
    GameRecord,
    Mended,
    RosterAmended,
    Voided,
    encode_game_record,
)
from pressbox.model.roster import Player
from pressbox.model.story import Story
from pressbox.pipelines.box_score import BOX_SCORE, BOX_SCORES, GAMES
from pressbox.runtime.history import LogHistory
from pressbox.stream.log import Topic, partition_of
from pressbox.stream.record import NewRecord
from tests.contracts.document_store import document, gone
from tests.pipelines import generated
from tests.pipelines.scorebook import (
    AWAY,
    GAME,
    HOME,
    RUN,
    body,
    corrected,
    entries,
    finished,
    fold,
    letters,
    opened,
    played,
)
from tests.runtime.memory_log import MemoryLog

Happening = tuple[str, int, int]
"""A record of a game writes an event so many times."""

written = st.tuples(st.sampled_from(("one", "two")), st.integers(0, 3), st.integers(1, 3))

MINUTE_MS = 60_000
LINES = ("0 59:00 101 6 1", "1 58:00 205 8 0", "2 57:00 101 1 1", "3 56:00 205 1 1")


def new_log(partitions: int = 1) -> MemoryLog:
    return MemoryLog([Topic(GAMES, partitions), Topic(BOX_SCORES, partitions)])


def told(records: Sequence[GameRecord]) -> tuple[MemoryLog, list[Document]]:
    """Return the log of a game whose records came a minute apart, and the documents it gave."""
    log, results = new_log(), fold(records)
    for revision, record in enumerate(records):
        of_record = [one for one in results if one.revision == revision]
        tell(log, revision * MINUTE_MS, record, of_record)
    return log, [one for one in results if isinstance(one, Document)]


def tell(log: MemoryLog, time_ms: int, record: GameRecord, results: Iterable[Result]) -> None:
    log.append(GAMES, 0, [NewRecord(record.game, encode_game_record(record), time_ms)])
    here = [one for one in results if BOX_SCORE.topic_of(one) == BOX_SCORES]
    log.append(BOX_SCORES, 0, [NewRecord(record.game, encode_result(one), time_ms) for one in here])


def story_of(history: LogHistory, moment: Document) -> Story:
    story = history.story(moment.game, moment.event_id, moment.revision)
    assert story is not None
    return story


def results_of(happenings: list[Happening]) -> list[Document]:
    return [
        document(event_id, revision * 3, index=index, game=game)
        for revision, (game, event_id, times) in enumerate(happenings)
        for index in range(times)
    ]


@given(st.lists(written, max_size=40), st.integers(1, 3))
def test_the_last_document_a_record_gave_an_event_is_found_and_no_other(
    happenings: list[Happening], partitions: int
) -> None:
    log = new_log(partitions)
    expected: dict[tuple[str, int, int], bytes] = {}
    for result in results_of(happenings):
        lost: Result = gone(9, result.revision, index=9, game=result.game)
        for one in (result, lost):
            partition = partition_of(one.game, partitions)
            log.append(BOX_SCORES, partition, [NewRecord(one.game, encode_result(one), 0)])
        expected[result.game, result.event_id, result.revision] = bytes(result.body)
    history = LogHistory(log)
    for game in ("one", "two"):
        for event_id in range(4):
            for revision in range(-1, len(happenings) * 3 + 1):
                assert history.stored(game, event_id, revision) == expected.get((game, event_id, revision))


def test_nothing_is_found_in_an_empty_log() -> None:
    history = LogHistory(new_log())
    assert history.stored("one", 0, 0) is None
    assert history.story("one", 0, 0) is None
    assert history.known("one", MINUTE_MS) is None
    assert history.next_ms("one", -1) is None


def test_what_is_found_is_what_was_stored_byte_for_byte() -> None:
    log = new_log()
    stored = document(5, 7)
    log.append(BOX_SCORES, 0, [NewRecord("gamestream", encode_result(stored), 0)])
    expected = msgspec.json.encode(msgspec.json.decode(stored.body))
    assert LogHistory(log).stored("gamestream", 5, 7) == expected


words = st.one_of(
    st.builds(Voided, st.just(GAME), st.just(RUN), generated.small_ids),
    st.builds(Confirmed, st.just(GAME), st.just(RUN), generated.small_ids),
    st.builds(RosterAmended, st.just(GAME), st.just(RUN), st.just(HOME), st.just(AWAY)),
    st.just(finished()),
    st.tuples(st.integers(0, 6), generated.disorderly_games(lines_max=6)).map(lambda one: corrected(one[0], *one[1])),
)


@st.composite
def games(draw: st.DrawFn) -> list[GameRecord]:
    """A game that is played, corrected, talked about, and perhaps begun again."""
    records: list[GameRecord] = [opened(), *played(*draw(generated.disorderly_games()))]
    records += draw(st.lists(words, max_size=3))
    records += played(*draw(generated.disorderly_games(lines_max=5)), first=len(records) + 1)
    if draw(st.booleans()):
        records += [opened(run=RUN + 1), *played(*draw(generated.disorderly_games(lines_max=5)), run=RUN + 1)]
    return records


def moments_of(documents: Iterable[Document]) -> dict[tuple[int, int], Document]:
    """Return the last document each record gave each event: those that have a permalink."""
    return {(one.event_id, one.revision): one for one in documents}


@given(games(), st.randoms(use_true_random=False))
def test_the_plays_of_a_moment_end_with_those_its_document_shows(records: list[GameRecord], chance: object) -> None:
    log, documents = told(records)
    history, moments = LogHistory(log), list(moments_of(documents).values())
    chance.shuffle(moments)  # type: ignore[attr-defined]
    for moment in moments:
        plays = msgspec.json.decode(msgspec.json.encode(story_of(history, moment).plays))
        assert plays[:-6:-1] == body(moment)["plays"]
        assert len({play["event_id"] for play in plays}) == len(plays)


@given(games())
def test_a_moment_tells_the_same_whatever_came_later(records: list[GameRecord]) -> None:
    log, documents = told(records)
    late = LogHistory(log)
    for moment in moments_of(documents).values():
        early = LogHistory(told(records[: moment.revision + 1])[0])
        assert story_of(late, moment) == story_of(early, moment)


@given(games())
def test_asking_while_the_game_goes_on_is_asking_afterwards(records: list[GameRecord]) -> None:
    log, going = new_log(), fold(records)
    asked = LogHistory(log)
    for revision, record in enumerate(records):
        of_record = [one for one in going if one.revision == revision]
        tell(log, revision * MINUTE_MS, record, of_record)
        for moment in of_record:
            if isinstance(moment, Document):
                assert asked.story(GAME, moment.event_id, revision) == LogHistory(log).story(
                    GAME, moment.event_id, revision
                )


def test_the_plays_are_told_in_order_and_each_once() -> None:
    log, documents = told([opened(), *played(*LINES)])
    story = story_of(LogHistory(log), documents[-1])
    assert [play.event_id for play in story.plays] == [0, 1, 2, 3]
    assert [play.score for play in story.plays] == [(1, 0), (1, 0), (2, 0), (2, 1)]
    assert [play.event_id for play in story_of(LogHistory(log), documents[1]).plays] == [0, 1]
    assert (story.logged_ms, story.changed_ms, story.corrections) == (4 * MINUTE_MS, None, ())


def test_when_the_feed_was_written_is_told_where_its_store_knew() -> None:
    record = msgspec.structs.replace(played(LINES[0])[0], changed_ms=59_000)
    log, (moment,) = told([opened(), record])
    assert story_of(LogHistory(log), moment).changed_ms == 59_000


def changes_of(*later: GameRecord) -> list[tuple[str, list[tuple[int, str | None, str | None]]]]:
    """Return what each correction after LINES changed: event id, and the text with its status before and after."""
    log, documents = told([opened(), *played(*LINES), *later])
    return [
        (
            one.kind,
            [
                (
                    change.event_id,
                    *(play and f"{play.text} {play.status}".strip() for play in (change.before, change.after)),
                )
                for change in one.changes
            ],
        )
        for one in story_of(LogHistory(log), documents[-1]).corrections
    ]


def test_a_voided_play_is_a_correction_of_that_play_and_of_no_score_that_follows() -> None:
    assert changes_of(Voided(GAME, RUN, 0)) == [("voided", [(0, "goal by sam", "goal by sam voided")])]


def test_an_amended_play_is_named_as_it_was_and_as_it_is() -> None:
    really = entries("2 57:00 101 1 0")[0].event
    assert changes_of(Amended(GAME, RUN, really)) == [  # type: ignore[arg-type]
        ("amended", [(2, "goal by sarah", "shot on goal by sarah amended")])
    ]


def test_a_changed_feed_names_what_it_took_back_and_put_in_and_not_what_it_goes_on_with() -> None:
    log, _ = told([opened(), *played(*LINES)])
    assert log is not None
    assert changes_of(corrected(2, "9 57:30 101 2 1", "3 56:00 205 1 0", "10 50:00 101 2 1")) == [
        ("corrected", [(2, "goal by sarah", None), (3, "goal by jack", "shot on goal by jack")])
    ]


def test_a_corrected_name_is_named_for_every_play_it_stands_in() -> None:
    home = msgspec.structs.replace(HOME, players=(Player(1, "samuel", "6", 56, 22), *HOME.players[1:]))
    assert changes_of(RosterAmended(GAME, RUN, home, AWAY)) == [
        ("roster amended", [(0, "goal by sam", "goal by samuel")])
    ]


def test_a_correction_that_changes_no_play_is_none_but_an_end_somebody_gave_is() -> None:
    assert changes_of(corrected(3, LINES[3]), RosterAmended(GAME, RUN, HOME, AWAY), finished()) == [("finished", [])]
    assert changes_of(finished(by="silence")) == []


def test_a_mended_entry_is_a_correction_that_puts_a_play_in() -> None:
    records: list[GameRecord] = [opened(), *played(LINES[0], "1 58:00 205 77 1", *LINES[2:])]
    (letter,) = letters(fold(records))
    event = entries("1 58:00 205 8 1")[0].event
    log, documents = told([*records, Mended(GAME, RUN, letter.id, event)])  # type: ignore[arg-type]
    (correction,) = story_of(LogHistory(log), documents[-1]).corrections
    assert (correction.kind, correction.time_ms, correction.revision) == ("mended", 5 * MINUTE_MS, 5)
    (change,) = correction.changes
    assert change.before is None
    assert change.after is not None
    assert change.after.text == "goal by sam"


def test_what_was_known_at_a_time_is_the_newest_document_then() -> None:
    log, documents = told([opened(), *played(*LINES), Voided(GAME, RUN, 0)])
    history = LogHistory(log)
    assert history.known(GAME, MINUTE_MS - 1) is None
    for minute in range(1, 5):
        assert history.known(GAME, minute * MINUTE_MS) == bytes(documents[minute - 1].body)
        assert history.known(GAME, (minute + 1) * MINUTE_MS - 1) == bytes(documents[minute - 1].body)
    assert history.known(GAME, 5 * MINUTE_MS) == bytes(documents[-1].body)


def test_a_record_without_a_document_leaves_known_what_was() -> None:
    log, (moment, *_) = told([opened(), *played(LINES[0], "nonsense")])
    assert LogHistory(log).known(GAME, 9 * MINUTE_MS) == bytes(moment.body)


def test_a_new_run_is_known_from_its_first_document_on() -> None:
    log, documents = told([opened(), *played(*LINES[:2]), opened(run=2), *played(LINES[0], run=2)])
    history = LogHistory(log)
    assert history.known(GAME, 3 * MINUTE_MS) == bytes(documents[1].body)
    assert history.known(GAME, 4 * MINUTE_MS) == bytes(documents[2].body)


def test_the_next_record_is_told_by_its_time() -> None:
    log, _ = told([opened(), *played(*LINES[:2])])
    history = LogHistory(log)
    assert [history.next_ms(GAME, after_ms) for after_ms in (-1, 0, MINUTE_MS, 2 * MINUTE_MS)] == [
        0,
        MINUTE_MS,
        2 * MINUTE_MS,
        None,
    ]


def test_a_clock_that_was_set_back_puts_nothing_out_of_order() -> None:
    log = new_log()
    records: list[GameRecord] = [opened(), *played(*LINES[:2])]
    results = fold(records)
    for revision, (record, time_ms) in enumerate(zip(records, (5000, 3000, 6000), strict=True)):
        tell(log, time_ms, record, [one for one in results if one.revision == revision])
    assert LogHistory(log).known(GAME, 5500) == bytes(results[0].body)  # type: ignore[union-attr]


def test_bytes_that_are_no_record_are_passed_over() -> None:
    log, _ = told([opened(), *played(*LINES[:1])])
    log.append(GAMES, 0, [NewRecord(GAME, b"nonsense", 0)])
    (_, second) = played(*LINES[:2])
    results = fold([opened(), *played(*LINES[:1]), opened(), second])
    tell(log, MINUTE_MS, second, [msgspec.structs.replace(results[-1], revision=3)])
    story = LogHistory(log).story(GAME, 1, 3)
    assert story is not None
    assert [play.event_id for play in story.plays] == [0, 1]


def test_a_moment_of_another_generation_is_no_moment_of_this_log() -> None:
    log, (moment,) = told([opened(), *played(*LINES[:1])])
    assert LogHistory(log).story(GAME, moment.event_id, moment.revision + (1 << 40)) is None


def test_a_game_of_one_name_is_opened_by_its_own_record_only() -> None:
    log, (moment,) = told([opened(), *played(*LINES[:1])])
    other = GameOpened("other", 1, "gamestream", HOME, AWAY)
    log.append(GAMES, 0, [NewRecord(other.game, encode_game_record(other), 0)])
    assert len(story_of(LogHistory(log), moment).plays) == 1
    assert LogHistory(log).story("other", moment.event_id, moment.revision) is None
