"""What every document store does, whatever it is made of."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from itertools import count
from typing import NamedTuple, Protocol

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from pressbox.model.box_score import BoxScore, BoxScoreResult, Document, Gone, PlayerLine, Settled, TeamBox, Unsettled
from pressbox.stream.document import DocumentReader
from pressbox.stream.revision import revision_of
from pressbox.stream.store import Batch, Cursor, Store

OTHER_GAME = "2012-08-26 DEN at CHE"

_FRESH = count(1)


class DocumentStore(Store[BoxScoreResult], DocumentReader, Protocol):
    """The two ports together, as one object."""


def document(
    event_id: int, revision: int, *, index: int = 0, opened: int = 0, run: int = 1, game: str = "gamestream"
) -> Document:
    box = BoxScore(
        id=event_id,
        timestamp="37:05",
        home=_team(1, "Łódź Lions"),
        away=_team(2, 'The "Aways" ☃'),
        game=game,
        run=run,
        revision=revision,
        revision_index=index,
        period=2,
        period_clock="07:05",
        final=False,
        plays=[],
        confirmed=[],
        amended=[3],
        voided=[],
    )
    return Document(
        game=game,
        revision=revision,
        index=index,
        run=run,
        opened=opened,
        event_id=event_id,
        final=False,
        body=Raw(msgspec.json.encode(box)),
    )


def gone(event_id: int, revision: int, *, index: int = 0, run: int = 1, game: str = "gamestream") -> Gone:
    return Gone(game=game, revision=revision, index=index, run=run, event_id=event_id)


def batch(*results: BoxScoreResult, first: int = 0) -> Batch[BoxScoreResult]:
    return Batch(partition=0, results=results, cursor=Cursor(0, first + len(results)))


def expected_documents(results: Iterable[BoxScoreResult]) -> dict[str, dict[int, bytes]]:
    """Take *results*, each once and in order, one after the other: the rule in its plainest words."""
    games: dict[str, dict[int, Document]] = {}
    for result in results:
        kept = games.setdefault(result.game, {})
        if isinstance(result, Document):
            kept[result.event_id] = result
            games[result.game] = {one: old for one, old in kept.items() if old.revision >= result.opened}
        elif isinstance(result, Gone):
            kept.pop(result.event_id, None)
    return {game: {one: bytes(kept[one].body) for one in sorted(kept)} for game, kept in games.items() if kept}


def stored_documents(store: DocumentReader, games: Iterable[str]) -> dict[str, dict[int, bytes | None]]:
    there = set(games) & set(store.games())
    return {game: {one: store.at(game, one) for one in store.event_ids(game)} for game in there}


def _team(teamid: int, name: str) -> TeamBox:
    players = [
        PlayerLine(id=7, name="Ø. Player", number="00", shots=8, goals=1, pct=0.13),
        PlayerLine(id=8, name="B", number="0", shots=1, goals=1, pct=1.0),
    ]
    return TeamBox(
        teamid=teamid,
        conference=None,
        wins=3,
        losses=0,
        score=1,
        status="tied",
        players=players,
        name=name,
        shots_by_period=[1, 2, 0, 0],
        goals_by_period=[0, 1, 0, 0],
    )


class Turn(NamedTuple):
    """One delivery: how far it goes back before it goes on, how much it brings, and whether its cursor is lost."""

    back: int
    size: int
    cursor_fails: bool


class Happening(NamedTuple):
    """One record of a game: a new run, or documents written again from an event on with others gone."""

    game: int
    new_run: bool
    written: list[int]
    gone: list[int]


_EVENT_IDS = st.lists(st.integers(0, 6), max_size=3, unique=True).map(sorted)
_HAPPENINGS = st.lists(st.builds(Happening, st.integers(0, 1), st.booleans(), _EVENT_IDS, _EVENT_IDS), max_size=12)
_TURNS = st.lists(st.builds(Turn, st.integers(0, 12), st.integers(1, 9), st.booleans()), max_size=6)


def results_of(happenings: Sequence[Happening], games: Sequence[str]) -> list[BoxScoreResult]:
    opened, runs = dict.fromkeys(games, 0), dict.fromkeys(games, 1)
    results: list[BoxScoreResult] = []
    for revision, happening in enumerate(happenings):
        game = games[happening.game]
        if happening.new_run:
            opened[game], runs[game] = revision, runs[game] + 1
        for event_id in happening.gone:
            results.append(gone(event_id, revision, index=len(results), run=runs[game], game=game))
        for event_id in happening.written:
            results.append(
                document(event_id, revision, index=len(results), opened=opened[game], run=runs[game], game=game)
            )
    return results


class DocumentStoreContract(ABC):
    """Every document store passes this; a new one adds the fixtures and how its cursor is made to fail."""

    @pytest.fixture
    @abstractmethod
    def store(self) -> DocumentStore:
        """Return an empty store, open."""

    @pytest.fixture
    @abstractmethod
    def reopen(self, store: DocumentStore) -> Callable[[], DocumentStore]:
        """Return what closes *store* and opens a new one over the same place."""

    @abstractmethod
    def failing_cursor(self, store: DocumentStore) -> AbstractContextManager[object]:
        """While it lasts, every `write` of *store* raises where it would store the cursor."""

    @pytest.fixture(params=["gamestream", OTHER_GAME])
    def game(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    def test_an_empty_store_has_no_cursor_and_no_documents(self, store: DocumentStore, game: str) -> None:
        assert store.cursor(0) is None
        assert store.games() == []
        assert store.event_ids(game) == []
        assert store.newest(game) is None
        assert store.at(game, 10) is None

    def test_a_document_comes_back_byte_for_byte(self, store: DocumentStore, game: str) -> None:
        written = document(5, revision_of(8191, 7), opened=revision_of(8191, 1), game=game)
        store.write(batch(written))
        assert store.newest(game) == bytes(written.body)
        assert store.at(game, 5) == bytes(written.body)

    def test_the_newest_document_is_that_of_the_highest_event(self, store: DocumentStore, game: str) -> None:
        documents = [document(event_id, event_id, game=game) for event_id in (8, 9, 10, 11)]
        store.write(batch(*documents))
        assert store.newest(game) == bytes(documents[-1].body)
        assert store.event_ids(game) == [8, 9, 10, 11]

    def test_a_moment_between_two_events_shows_the_earlier_one(self, store: DocumentStore, game: str) -> None:
        first, second = document(2, 1, game=game), document(10, 2, game=game)
        store.write(batch(first, second))
        assert [store.at(game, event_id) for event_id in (1, 2, 9, 10, 99)] == [
            None,
            *[bytes(first.body)] * 2,
            *[bytes(second.body)] * 2,
        ]

    def test_games_do_not_meet(self, store: DocumentStore) -> None:
        one, two, three = (document(5, 1, game=game) for game in ("gamestream", OTHER_GAME, f"{OTHER_GAME}:5"))
        store.write(batch(one, two, three))
        store.write(batch(gone(5, 2, game=OTHER_GAME), first=3))
        assert store.games() == sorted(["gamestream", f"{OTHER_GAME}:5"])
        assert store.newest("gamestream") == bytes(one.body)
        assert store.newest(f"{OTHER_GAME}:5") == bytes(three.body)

    def test_a_later_document_of_an_event_replaces_the_earlier_one(self, store: DocumentStore, game: str) -> None:
        later = document(5, 2, index=1, game=game)
        store.write(batch(document(5, 1, index=3, game=game), document(5, 2, game=game)))
        store.write(batch(later, first=2))
        assert store.newest(game) == bytes(later.body)
        assert store.event_ids(game) == [5]

    def test_a_document_that_is_gone_is_no_more(self, store: DocumentStore, game: str) -> None:
        stays = document(4, 1, game=game)
        store.write(batch(stays, document(5, 2, game=game)))
        store.write(batch(gone(5, 3, game=game), gone(6, 3, index=1, game=game), first=2))
        assert store.event_ids(game) == [4]
        assert store.at(game, 5) == bytes(stays.body)

    def test_an_event_that_was_gone_may_come_back(self, store: DocumentStore, game: str) -> None:
        again = document(5, 3, game=game)
        store.write(batch(document(5, 1, game=game), gone(5, 2, game=game), again))
        assert store.newest(game) == bytes(again.body)

    def test_a_new_run_leaves_nothing_of_earlier_ones(self, store: DocumentStore, game: str) -> None:
        store.write(batch(*[document(event_id, event_id, game=game) for event_id in (1, 2, 3)]))
        first = document(0, 4, opened=4, run=2, game=game)
        store.write(batch(first, first=3))
        assert (store.event_ids(game), store.newest(game)) == ([0], bytes(first.body))

    def test_a_new_run_leaves_other_games_alone(self, store: DocumentStore) -> None:
        store.write(batch(document(1, 1), document(1, 1, game=OTHER_GAME), document(1, 1, game="third")))
        store.write(batch(document(0, 9, opened=9, run=2), document(0, 9, opened=9, run=2, game="third"), first=3))
        assert {game: store.event_ids(game) for game in store.games()} == {
            "gamestream": [0],
            OTHER_GAME: [1],
            "third": [0],
        }

    def test_a_batch_written_twice_is_there_once(self, store: DocumentStore, game: str) -> None:
        twice = batch(document(5, 1, game=game), document(6, 2, game=game), gone(5, 3, game=game))
        store.write(twice)
        before = stored_documents(store, [game])
        store.write(twice)
        assert stored_documents(store, [game]) == before == expected_documents(twice.results)

    def test_a_repeated_beginning_changes_nothing(self, store: DocumentStore, game: str) -> None:
        results = [document(5, 1, game=game), document(6, 2, game=game), document(5, 3, game=game)]
        store.write(batch(*results))
        store.write(batch(*results[:2]))
        assert stored_documents(store, [game]) == expected_documents(results)

    def test_a_document_repeated_after_it_is_gone_stays_gone(self, store: DocumentStore, game: str) -> None:
        results = [document(4, 1, game=game), document(5, 2, game=game), gone(5, 3, game=game)]
        store.write(batch(*results))
        store.write(batch(results[1], first=1))
        assert store.event_ids(game) == [4]

    def test_a_document_of_an_ended_run_does_not_come_back(self, store: DocumentStore, game: str) -> None:
        ended = document(5, 1, game=game)
        store.write(batch(ended, document(0, 2, opened=2, run=2, game=game)))
        store.write(batch(ended))
        assert store.event_ids(game) == [0]

    def test_settlements_are_not_for_a_document_store(self, store: DocumentStore, game: str) -> None:
        written = document(5, 1, game=game)
        settled = Settled(game=game, revision=1, index=1, run=1, teams=(), players=())
        store.write(batch(written, settled, Unsettled(game=game, revision=2, index=0, run=1)))
        assert stored_documents(store, [game]) == expected_documents([written])
        assert store.cursor(0) == Cursor(0, 3)

    def test_the_cursor_moves_with_each_batch_even_an_empty_one(self, store: DocumentStore) -> None:
        store.write(batch(document(5, 1)))
        store.write(batch(first=7))
        store.write(Batch(partition=1, results=(), cursor=Cursor(3, 2**40)))
        assert (store.cursor(0), store.cursor(1), store.cursor(2)) == (Cursor(0, 7), Cursor(3, 2**40), None)

    def test_what_was_stored_outlives_the_store(
        self, store: DocumentStore, reopen: Callable[[], DocumentStore], game: str
    ) -> None:
        results = [document(4, 1, game=game), document(5, 2, game=game), gone(5, 3, game=game)]
        store.write(batch(*results))
        again = reopen()
        again.write(batch(*results[:2]))
        assert stored_documents(again, [game]) == expected_documents(results)

    def test_a_batch_whose_cursor_was_lost_comes_again_and_ends_the_same(
        self, store: DocumentStore, reopen: Callable[[], DocumentStore], game: str
    ) -> None:
        results = [document(4, 1, game=game), document(5, 2, game=game), gone(4, 3, game=game)]
        store.write(batch(results[0]))
        with self.failing_cursor(store), pytest.raises(Exception, match=r".*"):
            store.write(batch(*results))
        again = reopen()
        assert again.cursor(0) == Cursor(0, 1)
        again.write(batch(*results))
        assert stored_documents(again, [game]) == expected_documents(results)
        assert again.cursor(0) == Cursor(0, 3)

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[
            HealthCheck.differing_executors,  # every store runs this
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
    )
    @given(happenings=_HAPPENINGS, turns=_TURNS)
    def test_any_cut_with_any_repeats_and_losses_ends_in_the_same_documents(
        self, store: DocumentStore, happenings: list[Happening], turns: list[Turn]
    ) -> None:
        number = next(_FRESH)
        results = results_of(happenings, [f"first {number}", f"second {number}"])
        reached = 0
        for turn in turns:
            start = max(0, reached - turn.back)
            part = batch(*results[start : start + turn.size], first=start)
            if turn.cursor_fails:
                with self.failing_cursor(store), pytest.raises(Exception, match=r".*"):
                    store.write(part)
            else:
                store.write(part)
                reached = max(reached, min(start + turn.size, len(results)))
        store.write(batch(*results[reached:], first=reached))
        expected = expected_documents(results)
        assert stored_documents(store, expected) == expected
        assert not {f"first {number}", f"second {number}"} - set(expected) & set(store.games())
