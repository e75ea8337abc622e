"""What holds for every game: replays, batches, and corrections that end where a straight fold ends."""

from collections.abc import Sequence
from itertools import groupby, pairwise

from hypothesis import given
from hypothesis import strategies as st

from pressbox.model.box_score import Document, Gone, Result, Settled, Unsettled
from pressbox.model.game import Corrected, GameRecord
from pressbox.pipelines.box_score import BOX_SCORE, BOX_SCORES, GAMES_DEAD_LETTERS, Box
from pressbox.stream.revision import revision_of
from tests.pipelines import generated
from tests.pipelines.scorebook import (
    corrected,
    entries,
    finished,
    fold,
    fold_record,
    newest,
    open_letters,
    opened,
    played,
    settlement,
    shelf,
)

Games = Sequence[Sequence[str]]

# Versions of one feed, as successive reads of a changed object would show them: they share lines, and often a beginning.
versions = st.lists(generated.disorderly_games(lines_max=8), min_size=2, max_size=4).map(
    lambda reads: [[*reads[0][:3], *read] for read in reads]
)


def common_prefix(old: Sequence[str], new: Sequence[str]) -> int:
    return next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def history(reads: Games) -> list[GameRecord]:
    """Return the records of a feed that was read as *reads*, one after the other."""
    records = [opened(), *played(*reads[0])]
    for old, new in pairwise(reads):
        keep = common_prefix(old, new)
        records.append(corrected(keep, *new[keep:]))
    return records


def straight(lines: Sequence[str]) -> list[GameRecord]:
    return [opened(), *played(*lines)]


@given(versions)
def test_a_replay_gives_the_same_results(reads: Games) -> None:
    assert fold(history(reads)) == fold(history(reads))


@given(versions, st.data())
def test_any_cut_of_the_log_into_restarts_gives_the_same_results(reads: Games, data: st.DataObject) -> None:
    records = history(reads)
    stored = data.draw(st.integers(0, len(records)))
    box: Box | None = None
    after_restart: list[Result] = []
    for revision, record in enumerate(records):
        box, results = BOX_SCORE.apply(box, revision, record, silent=revision < stored)
        assert revision >= stored or not results
        after_restart += results
    assert after_restart == [result for result in fold(records) if result.revision >= stored]


@given(versions)
def test_results_of_a_record_are_counted_from_zero_under_its_revision(reads: Games) -> None:
    results = fold(history(reads))
    for _, of_record in groupby(results, key=lambda result: result.revision):
        indexes = [result.index for result in of_record]
        assert indexes == list(range(len(indexes)))
    assert [result.revision for result in results] == sorted(result.revision for result in results)


@given(versions)
def test_a_document_names_its_own_place_in_the_log(reads: Games) -> None:
    for result in fold(history(reads)):
        if isinstance(result, Document):
            seen = BOX_SCORE.encode(result)
            assert f'"revision":{result.revision},"revision_index":{result.index},'.encode() in seen


@given(versions)
def test_each_result_goes_to_the_topic_of_its_kind(reads: Games) -> None:
    for result in fold(history(reads)):
        is_box = isinstance(result, Document | Gone | Settled | Unsettled)
        assert BOX_SCORE.topic_of(result) == (BOX_SCORES if is_box else GAMES_DEAD_LETTERS)


@given(versions)
def test_corrections_leave_a_store_with_the_documents_of_the_last_read(reads: Games) -> None:
    assert shelf(fold(history(reads))) == shelf(fold(straight(reads[-1])))


@given(versions)
def test_corrections_leave_the_dead_letters_of_the_last_read(reads: Games) -> None:
    assert open_letters(fold(history(reads))) == open_letters(fold(straight(reads[-1])))


@given(versions)
def test_corrections_leave_the_settlement_of_the_last_read(reads: Games) -> None:
    assert settlement(fold(history(reads))) == settlement(fold(straight(reads[-1])))


@given(versions, generated.disorderly_games(lines_max=3))
def test_a_game_goes_on_after_a_correction_as_if_there_had_been_none(reads: Games, more: Sequence[str]) -> None:
    gone_on = fold([*history(reads), *played(*more, first=len(reads[-1]) + 1)])
    assert shelf(gone_on) == shelf(fold(straight([*reads[-1], *more])))
    assert open_letters(gone_on) == open_letters(fold(straight([*reads[-1], *more])))


@given(versions)
def test_the_newest_document_is_the_last_one_written(reads: Games) -> None:
    box: Box | None = None
    held: dict[int, object] = {}
    for revision, record in enumerate(history(reads)):
        box, results = fold_record(box, revision, record)
        documents = [result for result in results if isinstance(result, Document)]
        held |= {document.event_id: document for document in documents}
        for result in results:
            if isinstance(result, Gone):
                del held[result.event_id]
        assert not documents or documents[-1].event_id == max(held)


@given(generated.disorderly_games(), generated.disorderly_games(lines_max=4), st.sampled_from(("", "7 10:00 101")))
def test_silence_ends_a_game_until_its_feed_speaks_again(lines: Sequence[str], more: Sequence[str], tail: str) -> None:
    ended = [*straight(lines), finished(tail, number=len(lines) + 1, by="silence")]
    assert settlement(fold(ended)) is not None
    assert all(document["final"] for document in [newest(fold(ended))] if document)
    lines_again = [*lines, tail + " 6 0", *more]
    again = fold([*ended, *played(*lines_again[len(lines) :], first=len(lines) + 1)])
    assert shelf(again) == shelf(fold(straight(lines_again)))
    assert open_letters(again) == open_letters(fold(straight(lines_again)))
    assert settlement(again) == settlement(fold(straight(lines_again)))


@given(generated.disorderly_games(), generated.disorderly_games(lines_max=4))
def test_an_operator_ends_a_game_for_good(lines: Sequence[str], more: Sequence[str]) -> None:
    results = fold([*straight(lines), finished(), finished(by="silence"), *played(*more, first=len(lines) + 1)])
    assert settlement(results) is not None
    assert all(document["final"] for document in [newest(results)] if document)


@given(versions)
def test_a_new_run_starts_afresh(reads: Games) -> None:
    before = history(reads)
    run = [opened(run=2), *played(*reads[0], run=2)]
    results = fold([*before, *run])
    of_run = [result for result in results if result.revision >= len(before)]
    assert shelf(of_run) == shelf(fold(run))
    assert {result.opened for result in of_run if isinstance(result, Document)} <= {len(before)}


@given(versions)
def test_a_record_of_an_earlier_run_changes_nothing(reads: Games) -> None:
    late = [*played(*reads[1]), corrected(0, *reads[1]), finished()]
    run = [opened(run=2), *played(*reads[0], run=2)]
    results = fold([*run, *late, *played("9 00:00 0 0 0", run=2)])
    assert not [result for result in results if len(run) <= result.revision < len(run) + len(late)]
    assert shelf(results) == shelf(fold([*run, *played("9 00:00 0 0 0", run=2)]))


def test_results_bear_the_revision_of_a_later_generation_too() -> None:
    revision = revision_of(3, 17)
    box, _ = fold_record(None, revision, opened())
    _, results = fold_record(box, revision + 1, *played("0 59:51 101 2 0"))
    assert [result.revision for result in results] == [revision + 1]


def test_a_correction_that_changes_nothing_writes_the_newest_document_again() -> None:
    lines = ("0 59:51 101 2 0", "1 57:06 101 6 1")
    nothing: Corrected = corrected(2)
    results = fold([*straight(lines), nothing])
    written = [result for result in results if result.revision == 3]
    assert [type(result) for result in written if isinstance(result, Document)][-1:] == [Document]
    assert shelf(results) == shelf(fold(straight(lines)))


def test_documents_whose_event_left_the_feed_are_removed() -> None:
    results = fold(
        [*straight(("0 59:51 101 2 0", "1 57:06 101 6 1", "2 56:13 205 8 1")), corrected(1, "4 50:00 101 2 1")]
    )
    assert [result.event_id for result in results if isinstance(result, Gone)] == [1, 2]
    assert sorted(shelf(results)) == [0, 4]


def test_a_document_that_stood_when_the_first_change_came_is_as_it_was_before_it() -> None:
    late = fold([*straight(("0 59:51 101 2 0", "5 50:00 101 6 1", "3 55:00 205 8 1")), corrected(2, "6 49:00 101 2 0")])
    assert shelf(late) == shelf(fold(straight(("0 59:51 101 2 0", "5 50:00 101 6 1", "6 49:00 101 2 0"))))
    horn = fold([*straight(("0 59:51 101 2 0", "-1 00:00 0 0 0")), corrected(1, "1 59:00 101 6 1")])
    assert not any(document["final"] for document in shelf(horn).values())


def test_entries_keep_the_number_of_their_line() -> None:
    assert [entry.number for entry in entries("0 59:51 101 2 0", "1 57:06 101 6 1")] == [1, 2]
