"""What the reference data does, in whatever database it lies."""

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, insert, inspect, select, update

from pressbox.errors import BadInput, BadSettings
from pressbox.model.reference import PlayerRow, ReferenceData, TeamRow
from pressbox.stores.database import Database
from pressbox.stores.reference import Reference
from pressbox.stores.reference_tables import FORMATS, PLAYERS, TABLES, TEAMS, TURNS, VERSION

LOADED = ReferenceData(
    (
        TeamRow(205, "johns hopkins", "Big 10", 4, 3),
        TeamRow(101, "syracuse", "ACC", 5, 2),
        TeamRow(7, "navy", "P", 0, 0),
    ),
    (
        PlayerRow(9, "selma", "00", 9, 2, 101),
        PlayerRow(11, "jack O'Neill; --", "1", 51, 18, 205),
        PlayerRow(1, "sam", "0", 56, 22, 101),
        PlayerRow(12, "sam", "00", 1, 1, 205),
    ),
)
OTHER = ReferenceData((TeamRow(101, "orange", "ACC", 9, 9),), (PlayerRow(1, "sam", "13", 60, 23, 101),))


class ReferenceContract(ABC):
    """Every database passes this; a new one adds only the fixture, an empty database."""

    @pytest.fixture
    @abstractmethod
    def database(self) -> Database: ...

    @pytest.fixture
    def reference(self, database: Database) -> Reference:
        reference = Reference(database)
        reference.open()
        return reference

    def test_a_new_database_holds_no_teams(self, reference: Reference) -> None:
        assert reference.read() == ReferenceData((), ())

    def test_what_was_loaded_is_read_in_its_order(self, reference: Reference) -> None:
        assert reference.load(LOADED) == []
        assert reference.read() == LOADED

    def test_it_is_still_there_after_opening_again(self, reference: Reference, database: Database) -> None:
        reference.load(LOADED)
        reference.close()
        again = Reference(database)
        again.open()
        assert again.read() == LOADED

    def test_tables_of_a_newer_pressbox_are_refused_and_not_touched(
        self, reference: Reference, database: Database
    ) -> None:
        with database.writing() as connection:
            connection.execute(update(FORMATS).values(version=VERSION + 1))
            TABLES.drop_all(connection, tables=[TURNS])
        with pytest.raises(BadSettings, match=rf"have format {VERSION + 1}, this pressbox knows {VERSION}: use the"):
            reference.open()
        with database.reading() as connection:
            assert not inspect(connection).has_table(TURNS.name)

    def test_tables_from_before_they_said_their_format_have_the_first(
        self, reference: Reference, database: Database
    ) -> None:
        reference.load(LOADED)
        with database.writing() as connection:
            TABLES.drop_all(connection, tables=[FORMATS])
        reference.open()
        assert reference.read() == LOADED
        with database.reading() as connection:
            assert connection.execute(select(FORMATS.c.version)).scalars().all() == [1]

    def test_loading_again_replaces_everything(self, reference: Reference) -> None:
        reference.load(LOADED)
        reference.load(OTHER)
        assert reference.read() == OTHER
        reference.reset()
        assert reference.read() == OTHER

    def test_a_reset_brings_the_loaded_rows_back(self, reference: Reference, database: Database) -> None:
        reference.load(LOADED)
        with database.writing() as connection:
            connection.execute(update(TEAMS).values(wins=99, name="changed"))
            connection.execute(delete(PLAYERS).where(PLAYERS.c.id == 1))
            connection.execute(
                insert(PLAYERS), {"id": 99, "name": "new", "number": "9", "shots": 0, "goals": 0, "teamid": 101}
            )
        assert reference.read() != LOADED
        assert reference.reset() == []
        assert reference.read() == LOADED

    def test_rows_of_the_site_are_read_by_id(self, reference: Reference, database: Database) -> None:
        fill_by_hand(database, LOADED)
        assert reference.read() == ReferenceData(
            tuple(sorted(LOADED.teams, key=lambda row: row.id)), tuple(sorted(LOADED.players, key=lambda row: row.id))
        )

    def test_rows_the_site_added_come_after_the_loaded_ones(self, reference: Reference, database: Database) -> None:
        reference.load(LOADED)
        fill_by_hand(database, ReferenceData((TeamRow(3, "army", "P", 0, 0),), (PlayerRow(2, "al", "2", 0, 0, 3),)))
        assert [row.id for row in reference.read().teams] == [205, 101, 7, 3]
        assert [row.id for row in reference.read().players] == [9, 11, 1, 12, 2]

    def test_there_is_no_original_of_rows_that_were_never_loaded(
        self, reference: Reference, database: Database
    ) -> None:
        fill_by_hand(database, OTHER)
        with pytest.raises(BadInput, match="not loaded by pressbox"):
            reference.reset()
        assert reference.read() == OTHER

    def test_rows_the_database_refuses_leave_everything_as_it_was(self, reference: Reference) -> None:
        reference.load(LOADED)
        orphan = ReferenceData(OTHER.teams, (PlayerRow(1, "sam", "13", 60, 23, 300),))
        with pytest.raises(BadInput, match="does not take these teams and players"):
            reference.load(orphan)
        assert reference.read() == LOADED
        reference.reset()
        assert reference.read() == LOADED

    def test_a_reader_sees_one_load_or_the_other_and_never_a_mixture(self, reference: Reference) -> None:
        reference.load(LOADED)

        def load_both_in_turn() -> None:
            for number in range(10):
                reference.load((OTHER, LOADED)[number % 2])

        with ThreadPoolExecutor(max_workers=3) as threads:
            writers = [threads.submit(load_both_in_turn) for _ in range(2)]
            reader = threads.submit(lambda: [reference.read() for _ in range(100)])
            seen = reader.result()
            for writer in writers:
                writer.result()
        assert all(one in (LOADED, OTHER) for one in seen)

    def test_opening_at_the_same_moment_is_no_conflict(self, database: Database) -> None:
        references = [Reference(database) for _ in range(4)]
        with ThreadPoolExecutor(max_workers=4) as threads:
            list(threads.map(Reference.open, references))
        assert references[0].read() == ReferenceData((), ())


def fill_by_hand(database: Database, data: ReferenceData) -> None:
    """Write rows the way a site does that knows nothing of pressbox."""
    with database.writing() as connection:
        for team in data.teams:
            values = {name: getattr(team, name) for name in TEAMS.c.keys()}  # noqa: SIM118 - the columns' names
            connection.execute(insert(TEAMS), values)
        for player in data.players:
            values = {name: getattr(player, name) for name in PLAYERS.c.keys()}  # noqa: SIM118 - the columns' names
            connection.execute(insert(PLAYERS), values)


def empty(database: Database) -> None:
    """Drop all tables of ours."""
    with database.writing() as connection:
        TABLES.drop_all(connection)
