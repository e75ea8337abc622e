"""What the settlement store does, in whatever database it lies."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import delete, event, select, update

import pressbox.stores.settlement
from pressbox.errors import BadInput, PartlyRejected
from pressbox.model.box_score import BoxScoreResult, Document, Gone, PlayerResult, Settled, TeamResult, Unsettled
from pressbox.model.reference import PlayerRow, ReferenceData, TeamRow, standings
from pressbox.stores.database import Database
from pressbox.stores.reference import Reference
from pressbox.stores.reference_tables import PLAYERS, PLAYERS2, TABLES, TEAMS, TEAMS2, TURNS
from pressbox.stores.settlement import SettlementStore
from pressbox.stream.store import Batch, Cursor

LOADED = ReferenceData(
    (TeamRow(205, "johns hopkins", "Big 10", 4, 3), TeamRow(101, "syracuse", "ACC", 5, 2)),
    (
        PlayerRow(9, "selma", "00", 9, 2, 101),
        PlayerRow(11, "jack", "1", 51, 18, 205),
        PlayerRow(1, "sam", "0", 56, 22, 101),
    ),
)


def settled(game: str, revision: int, index: int = 0, *, run: int = 0, shots: int = 3, home: int = 1) -> Settled:
    """Return a settlement in which 101 won (home 1), lost (-1) or tied (0) and its player 1 shot so often."""
    teams = (TeamResult(101, int(home > 0), int(home < 0)), TeamResult(205, int(home < 0), int(home > 0)))
    players = (PlayerResult(9, 0, 0), PlayerResult(1, shots, shots // 2), PlayerResult(11, 2, 1))
    return Settled(game, revision, index, run, teams, players)


def unsettled(game: str, revision: int, index: int = 0) -> Unsettled:
    return Unsettled(game, revision, index, 0)


def batch(results: Sequence[BoxScoreResult], end: int = 1, *, partition: int = 0) -> Batch[BoxScoreResult]:
    return Batch(partition, tuple(results), Cursor(0, end))


def run_closing_script(database: Database) -> None:
    """Copy `teams2` and `players2` into the base tables, as somebody does after a game."""
    with database.writing() as connection:
        for row in connection.execute(select(TEAMS2)).mappings().all():
            connection.execute(update(TEAMS).where(TEAMS.c.id == row["id"]).values(row))
        for row in connection.execute(select(PLAYERS2)).mappings().all():
            connection.execute(update(PLAYERS).where(PLAYERS.c.id == row["id"]).values(row))


def clear(database: Database) -> None:
    with database.writing() as connection:
        for table in reversed(TABLES.sorted_tables):
            if table is not TURNS:
                connection.execute(delete(table))


games = st.sampled_from(["game 1", "Game 1", "ŁKS–Łódź"])
told = st.one_of(
    st.builds(settled, games, st.just(0), st.integers(0, 3), shots=st.integers(0, 9), home=st.integers(-1, 1)),
    st.builds(unsettled, games, st.just(0), st.integers(0, 3)),
)
tellings = st.lists(told, max_size=9).map(
    lambda results: [replace(result, revision=revision) for revision, result in enumerate(results)]
)
# The same database serves all examples of a law, emptied before each, and every database is put to the same laws.
a_few = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


class SettlementStoreContract(ABC):
    """Every database passes this; a new one adds only the fixture, an empty database."""

    @pytest.fixture
    @abstractmethod
    def database(self) -> Database: ...

    @pytest.fixture
    def reference(self, database: Database) -> Reference:
        reference = Reference(database)
        reference.open()
        reference.load(LOADED)
        return reference

    @pytest.fixture
    def store(self, database: Database, reference: Reference) -> SettlementStore:  # noqa: ARG002 - it is loaded
        store = SettlementStore(database)
        store.open()
        return store

    def test_before_a_game_is_final_there_are_no_standings(self, store: SettlementStore) -> None:
        assert store.standings() is None
        assert store.cursor(0) is None

    def test_a_final_game_adds_to_the_standings_and_leaves_the_base_tables_alone(
        self, store: SettlementStore, reference: Reference
    ) -> None:
        store.write(batch([settled("a", 7, 2)]))
        assert store.standings() == ReferenceData(
            (TeamRow(205, "johns hopkins", "Big 10", 4, 4), TeamRow(101, "syracuse", "ACC", 6, 2)),
            (
                PlayerRow(9, "selma", "00", 9, 2, 101),
                PlayerRow(11, "jack", "1", 53, 19, 205),
                PlayerRow(1, "sam", "0", 59, 23, 101),
            ),
        )
        assert reference.read() == LOADED

    def test_a_later_result_of_the_game_replaces_the_earlier_one(self, store: SettlementStore) -> None:
        store.write(batch([settled("a", 7, 2, shots=3)]))
        store.write(batch([settled("a", 7, 3, shots=5, home=-1)]))
        assert store.standings() == standings(LOADED, [settled("a", 7, 3, shots=5, home=-1)])

    def test_a_new_run_replaces_the_old_one_when_it_is_final(self, store: SettlementStore) -> None:
        store.write(batch([settled("a", 7, shots=3)]))
        store.write(batch([document("a", 9, run=1)], 2))
        assert store.standings() == standings(LOADED, [settled("a", 7, shots=3)])
        store.write(batch([settled("a", 12, run=1, shots=4)], 3))
        assert store.standings() == standings(LOADED, [settled("a", 12, run=1, shots=4)])

    def test_a_withdrawn_game_adds_nothing_and_its_repeat_does_not_come_back(self, store: SettlementStore) -> None:
        store.write(batch([settled("a", 7), settled("b", 7)]))
        store.write(batch([unsettled("a", 8)]))
        store.write(batch([settled("a", 7)]))
        assert store.standings() == standings(LOADED, [settled("b", 7)])

    def test_without_any_final_game_left_there_are_no_standings(self, store: SettlementStore) -> None:
        store.write(batch([settled("a", 7)]))
        store.write(batch([unsettled("a", 8)]))
        assert store.standings() is None

    def test_documents_only_move_the_cursor(self, store: SettlementStore, database: Database) -> None:
        store.write(batch([settled("a", 1)]))
        statements: list[str] = []
        event.listen(database._engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
        store.write(batch([document("a", 2), Gone("a", 3, 0, 0, 17)], 4))
        assert store.cursor(0) == Cursor(0, 4)
        touched = [one for one in statements if one.split()[0] in {"UPDATE", "INSERT", "DELETE", "CREATE"}]
        assert [one.split()[:2] for one in touched] == [["UPDATE", "pressbox_cursors"]]

    def test_each_partition_has_its_cursor_and_a_repeat_does_not_move_it_back(self, store: SettlementStore) -> None:
        store.write(batch([], 5))
        store.write(batch([], 9, partition=1))
        store.write(batch([], 3))
        assert (store.cursor(0), store.cursor(1), store.cursor(2)) == (Cursor(0, 5), Cursor(0, 9), None)

    def test_a_new_generation_of_the_log_is_ahead_of_the_old_one(self, store: SettlementStore) -> None:
        store.write(batch([], 5))
        store.write(Batch(0, (), Cursor(1, 2)))
        assert store.cursor(0) == Cursor(1, 2)

    def test_what_fails_half_way_leaves_nothing(self, store: SettlementStore, monkeypatch: pytest.MonkeyPatch) -> None:
        store.write(batch([settled("a", 1)], 1))

        def fail(*_arguments: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(pressbox.stores.settlement, "move_cursor", fail)
            with pytest.raises(ZeroDivisionError):
                store.write(batch([unsettled("a", 2), settled("b", 2)], 3))
        assert store.cursor(0) == Cursor(0, 1)
        assert store.standings() == standings(LOADED, [settled("a", 1)])
        store.write(batch([unsettled("a", 2), settled("b", 2)], 3))
        assert store.standings() == standings(LOADED, [settled("b", 2)])

    def test_what_cannot_be_stored_is_refused_and_the_rest_is_asked_for_again(self, store: SettlementStore) -> None:
        twice = msgspec.structs.replace(settled("b", 2), teams=settled("b", 2).teams * 2)
        with pytest.raises(PartlyRejected) as caught:
            store.write(batch([settled("a", 1), settled("x" * 401, 1), twice], 3))
        assert set(caught.value.reasons) == {1, 2}
        assert (store.standings(), store.cursor(0)) == (None, None)
        store.write(batch([settled("a", 1)], 3))
        assert store.standings() == standings(LOADED, [settled("a", 1)])
        assert store.cursor(0) == Cursor(0, 3)

    def test_a_dropped_table_comes_back_with_the_next_game(self, store: SettlementStore, database: Database) -> None:
        store.write(batch([settled("a", 1)]))
        with database.writing() as connection:
            TABLES.drop_all(connection, tables=[TEAMS2, PLAYERS2])
        store.write(batch([settled("b", 1)]))
        assert store.standings() == standings(LOADED, [settled("a", 1), settled("b", 1)])

    def test_a_rebuild_takes_in_what_somebody_changed(self, store: SettlementStore, database: Database) -> None:
        store.write(batch([settled("a", 1)]))
        with database.writing() as connection:
            connection.execute(update(TEAMS).where(TEAMS.c.id == 101).values(wins=15))
        store.rebuild()
        found = store.standings()
        assert found is not None
        assert [row.wins for row in found.teams] == [4, 16]

    def test_after_a_load_the_standings_are_of_the_new_rows(self, store: SettlementStore, reference: Reference) -> None:
        store.write(batch([settled("a", 1)]))
        other = ReferenceData((*LOADED.teams, TeamRow(7, "navy", "P", 1, 1)), LOADED.players[:1])
        reference.load(other)
        assert store.standings() == standings(other, [settled("a", 1)])

    def test_two_writers_at_once_both_count(self, store: SettlementStore) -> None:
        def write(partition: int) -> None:
            for number in range(8):
                result = settled(f"game {number} of {partition}", number)
                store.write(batch([result], number + 1, partition=partition))

        with ThreadPoolExecutor(max_workers=3) as threads:
            list(threads.map(write, range(3)))
        every = [settled(f"game {number} of {partition}", number) for partition in range(3) for number in range(8)]
        assert store.standings() == standings(LOADED, every)

    def test_accepted_games_add_nothing_more(
        self, store: SettlementStore, reference: Reference, database: Database
    ) -> None:
        results = [settled("a", 1), settled("b", 2)]
        store.write(batch(results))
        run_closing_script(database)
        assert store.accept(None) == ["a", "b"]
        assert store.standings() == reference.read() == standings(LOADED, results)
        assert store.accept(None) == []

    def test_one_game_can_be_accepted_alone(self, store: SettlementStore) -> None:
        store.write(batch([settled("a", 1), settled("b", 2, shots=5)]))
        assert store.accept(["b"]) == ["b"]
        assert store.standings() == standings(LOADED, [settled("a", 1)])

    def test_a_game_that_is_not_final_cannot_be_accepted(self, store: SettlementStore) -> None:
        store.write(batch([settled("a1", 1)]))
        with pytest.raises(BadInput, match="game 'a2' is not in the ledger of final games; nearest there: a1"):
            store.accept(["a2"])
        with pytest.raises(BadInput, match="game 'a1' is not among the accepted games"):
            store.unaccept(["a1"])

    def test_a_correction_after_the_acceptance_adds_the_difference(
        self, store: SettlementStore, database: Database
    ) -> None:
        store.write(batch([settled("a", 1, shots=6)]))
        run_closing_script(database)
        store.accept(None)
        store.write(batch([settled("a", 2, shots=4, home=-1)]))
        assert store.standings() == standings(LOADED, [settled("a", 2, shots=4, home=-1)])

    def test_a_corrected_game_is_accepted_as_it_then_stands(
        self, store: SettlementStore, reference: Reference, database: Database
    ) -> None:
        told: list[Settled | Unsettled] = [settled("a", 1, shots=6), unsettled("a", 2), settled("a", 3, home=-1)]
        for end, result in enumerate(told, 1):
            store.write(batch([result], end))
            run_closing_script(database)
            assert store.accept(["a"]) == ["a"]
            assert reference.read() == standings(LOADED, [result])

    def test_base_tables_put_back_by_others_are_told_by_unaccepting(self, store: SettlementStore) -> None:
        store.write(batch([settled("a", 1), settled("b", 1)]))
        store.accept(None)
        assert store.unaccept(["b"]) == ["b"]
        assert store.standings() == standings(LOADED, [settled("b", 1)])
        assert store.unaccept(None) == ["a"]
        assert store.standings() == standings(LOADED, [settled("a", 1), settled("b", 1)])

    def test_a_reset_lets_accepted_games_count_again(
        self, store: SettlementStore, reference: Reference, database: Database
    ) -> None:
        store.write(batch([settled("a", 1)]))
        run_closing_script(database)
        store.accept(None)
        assert reference.reset() == ["a"]
        assert store.standings() == standings(LOADED, [settled("a", 1)])

    @a_few
    @given(results=tellings, data=st.data())
    def test_any_cut_into_batches_and_any_repeat_gives_the_same_tables(
        self,
        store: SettlementStore,
        reference: Reference,
        database: Database,
        results: list[Settled],
        data: st.DataObject,
    ) -> None:
        clear(database)
        reference.load(LOADED)
        position = 0
        while position < len(results):
            start = data.draw(st.integers(0, position), label="repeats from")
            end = data.draw(st.integers(position + 1, len(results)), label="up to")
            store.write(batch(results[start:end], end))
            position = end
        assert (store.standings() or LOADED) == standings(LOADED, results)

    @a_few
    @given(results=tellings, data=st.data())
    def test_whatever_was_accepted_or_reset_every_final_game_counts_once(
        self,
        store: SettlementStore,
        reference: Reference,
        database: Database,
        results: list[Settled],
        data: st.DataObject,
    ) -> None:
        clear(database)
        reference.load(LOADED)
        for end, result in enumerate(results, 1):
            store.write(batch([result], end))
            then = data.draw(st.sampled_from(["nothing", "closing script", "reset", "repeat"]), label="then")
            if then == "closing script":
                run_closing_script(database)
                store.accept(None)
            elif then == "reset":
                reference.reset()
            elif then == "repeat":
                store.write(batch(results[:end], end))
            assert (store.standings() or reference.read()) == standings(LOADED, results[:end])


def document(game: str, revision: int, *, run: int = 0) -> Document:
    return Document(game, revision, 0, run, 0, revision, final=False, body=msgspec.Raw(b"{}"))
