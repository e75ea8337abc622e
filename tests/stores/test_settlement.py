"""The settlement store in SQLite and PostgreSQL, and the statements SQL Server gets."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import ClauseElement, event
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import ExecutableDDLElement

from pressbox.stores.database import Database, postgresql_database, sqlite_database
from pressbox.stores.reference import Reference
from pressbox.stores.settlement import SettlementStore
from tests.contracts.reference_store import empty
from tests.contracts.settlement_store import LOADED, SettlementStoreContract, batch, settled, unsettled

SQL_SERVER = mssql.dialect()  # type: ignore[no-untyped-call]


class TestSqlite(SettlementStoreContract):
    @pytest.fixture
    def database(self, tmp_path: Path) -> Iterator[Database]:
        database = sqlite_database(tmp_path / "reference.sqlite")
        yield database
        database.close()


@pytest.mark.server
class TestPostgresql(SettlementStoreContract):
    @pytest.fixture
    def database(self, postgresql_url: str) -> Iterator[Database]:
        database = postgresql_database(postgresql_url)
        empty(database)
        yield database
        database.close()


@pytest.fixture
def sql_server_statements(tmp_path: Path) -> Iterator[list[str]]:
    """Go through everything both stores do, in SQLite, and give each statement as SQL Server would get it."""
    database = sqlite_database(tmp_path / "reference.sqlite")
    statements: dict[str, None] = {}

    def keep(
        _connection: object,
        statement: ClauseElement,
        many: Sequence[Mapping[str, object]],
        one: Mapping[str, object],
        _options: object,
    ) -> None:
        if isinstance(statement, ExecutableDDLElement):  # the tables have a test of their own
            return
        keys = list(many[0] if many else one) or None
        compiled = statement.compile(dialect=SQL_SERVER, column_keys=keys, compile_kwargs={"render_postcompile": True})
        statements[re.sub(r"\s+", " ", str(compiled)).strip()] = None

    event.listen(database._engine, "before_execute", keep)
    reference, store = Reference(database), SettlementStore(database)
    reference.open()
    reference.load(LOADED)
    reference.read()
    store.write(batch([settled("a", 1), settled("b", 1)]))
    store.write(batch([unsettled("a", 2)]))
    store.accept(None)
    store.unaccept(None)
    store.standings()
    store.cursor(0)
    reference.reset()
    yield list(statements)
    database.close()


def test_sql_server_gets_no_statement_it_does_not_know(sql_server_statements: list[str]) -> None:
    foreign = re.compile(r"\b(LIMIT|ON CONFLICT|RETURNING|EXISTS|FOR UPDATE|TRUE|FALSE|IS [01])\b", re.IGNORECASE)
    assert [one for one in sql_server_statements if foreign.search(one)] == []


def test_sql_server_sums_the_ledger_up_in_one_statement(sql_server_statements: list[str]) -> None:
    assert (
        "INSERT INTO teams2 (id, name, conference, wins, losses) "
        "SELECT teams.id, teams.name, teams.conference, "
        "teams.wins + coalesce(added.wins, :coalesce_1) AS wins, "
        "teams.losses + coalesce(added.losses, :coalesce_2) AS losses "
        "FROM teams LEFT OUTER JOIN (SELECT pressbox_settlement_teams.teamid AS id, "
        "sum(CASE WHEN (pressbox_settlement_teams.accepted = 1) THEN -pressbox_settlement_teams.wins "
        "ELSE pressbox_settlement_teams.wins END) AS wins, "
        "sum(CASE WHEN (pressbox_settlement_teams.accepted = 1) THEN -pressbox_settlement_teams.losses "
        "ELSE pressbox_settlement_teams.losses END) AS losses "
        "FROM pressbox_settlement_teams GROUP BY pressbox_settlement_teams.teamid) AS added ON added.id = teams.id"
    ) in sql_server_statements


def test_settling_a_game_writes_to_no_base_table(tmp_path: Path) -> None:
    database = sqlite_database(tmp_path / "reference.sqlite")
    Reference(database).open()
    written: list[str] = []
    event.listen(database._engine, "before_cursor_execute", lambda *call: written.append(call[2]))
    SettlementStore(database).write(batch([settled("a", 1), settled("b", 1), unsettled("b", 2)]))
    SettlementStore(database).accept(None)
    database.close()
    assert not [one for one in written if re.match(r"(INSERT INTO|DELETE FROM|UPDATE) (teams|players)\b", one)]
    assert [one for one in written if one.startswith("DELETE FROM teams2")]
