"""The reference data in SQLite and PostgreSQL, and the statements SQL Server gets."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Table, make_url
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateTable

from pressbox.errors import BadSettings, Unavailable
from pressbox.stores.database import Database, postgresql_database, sqlite_database
from pressbox.stores.reference import (
    Reference,
    ReferenceSettings,
    SqliteReferenceSettings,
    reference_database,
)
from pressbox.stores.reference_tables import PLAYERS, TABLES, TEAMS, TEAMS2
from tests.contracts.reference_store import ReferenceContract, empty


class TestSqlite(ReferenceContract):
    @pytest.fixture
    def database(self, tmp_path: Path) -> Iterator[Database]:
        database = sqlite_database(tmp_path / "new folder" / "reference.sqlite")
        yield database
        database.close()

    def test_a_file_that_is_no_database_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("x" * 5000)
        with pytest.raises(BadSettings, match=r"notes\.txt cannot be used: file is not a database"):
            Reference(sqlite_database(path)).open()

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(Unavailable, match="file: the folder cannot be made"):
            sqlite_database(tmp_path / "file" / "reference.sqlite")


@pytest.mark.server
class TestPostgresql(ReferenceContract):
    @pytest.fixture
    def database(self, postgresql_url: str) -> Iterator[Database]:
        database = postgresql_database(postgresql_url)
        empty(database)
        yield database
        database.close()

    def test_a_wrong_password_is_a_matter_of_settings_and_is_not_told(self, postgresql_url: str) -> None:
        url = make_url(postgresql_url).set(username="nobody_of_ours", password="swordfish")
        with pytest.raises(BadSettings) as caught:
            Reference(postgresql_database(url.render_as_string(hide_password=False))).open()
        assert "check user, password and database" in str(caught.value)
        assert "swordfish" not in str(caught.value)

    def test_a_database_that_is_not_there_is_a_matter_of_settings(self, postgresql_url: str) -> None:
        url = make_url(postgresql_url).set(database="no_such_database")
        with pytest.raises(BadSettings, match="no_such_database"):
            Reference(postgresql_database(url.render_as_string(hide_password=False))).open()


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as held:  # bound and not listening: nobody else can answer there
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.mark.parametrize("kind", ["postgresql", "sqlserver"])
def test_a_server_that_is_away_is_unavailable_and_its_password_is_not_told(kind: str, closed_port: int) -> None:
    scheme = {"postgresql": "postgresql", "sqlserver": "mssql"}[kind]
    settings = settings_of(kind, f"{scheme}://sa:swordfish@127.0.0.1:{closed_port}/sidearmdb")
    reference = Reference(reference_database(settings, Path()))
    with pytest.raises(Unavailable) as caught:
        reference.open()
    assert f"127.0.0.1:{closed_port}" in str(caught.value)
    assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize(("kind", "driver"), [("postgresql", "psycopg"), ("sqlserver", "pymssql")])
def test_a_driver_that_is_not_installed_is_named_with_its_extra(
    kind: str, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, driver, None)
    scheme = {"postgresql": "postgresql", "sqlserver": "mssql"}[kind]
    with pytest.raises(BadSettings, match=rf"{kind} needs {driver}: install it with pip install 'pressbox\[{kind}\]'"):
        reference_database(settings_of(kind, f"{scheme}://host/db"), Path())


@pytest.mark.parametrize("url", ["", "swordfish", "http://a:swordfish@host/db", "postgresql://a:swordfish@host:x/db"])
@pytest.mark.parametrize("kind", ["postgresql", "sqlserver"])
def test_a_url_that_is_none_is_refused_without_telling_it(kind: str, url: str) -> None:
    with pytest.raises(BadSettings, match=f"the url of the {kind} reference") as caught:
        reference_database(settings_of(kind, url), Path())
    assert "swordfish" not in str(caught.value)


def test_the_kind_in_the_settings_chooses_the_database(tmp_path: Path) -> None:
    assert msgspec.convert({"kind": "sqlite"}, ReferenceSettings) == SqliteReferenceSettings()
    database = reference_database(SqliteReferenceSettings(path="sub/r.sqlite"), tmp_path)
    Reference(database).open()
    database.close()
    assert (tmp_path / "sub" / "r.sqlite").is_file()


def test_settings_nobody_knows_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="pasword"):
        msgspec.convert({"kind": "postgresql", "url": "postgresql://", "pasword": ""}, ReferenceSettings)


def settings_of(kind: str, url: str) -> ReferenceSettings:
    settings: ReferenceSettings = msgspec.convert({"kind": kind, "url": url}, ReferenceSettings)
    return settings


def sql_server_ddl(table: Table) -> list[str]:
    text = str(CreateTable(table).compile(dialect=mssql.dialect()))  # type: ignore[no-untyped-call]
    return [line.strip().rstrip(", ") for line in text.strip().splitlines()]


def test_sql_server_gets_the_tables_of_the_seed() -> None:
    assert sql_server_ddl(TEAMS) == [
        "CREATE TABLE teams (",
        "id INT NOT NULL",
        "name VARCHAR(50) NOT NULL",
        "conference VARCHAR(50) NOT NULL",
        "wins INT NOT NULL",
        "losses INT NOT NULL",
        "PRIMARY KEY (id)",
        ")",
    ]
    assert sql_server_ddl(PLAYERS) == [
        "CREATE TABLE players (",
        "id INT NOT NULL",
        "name VARCHAR(50) NOT NULL",
        "number VARCHAR(3) NOT NULL",
        "shots INT NOT NULL",
        "goals INT NOT NULL",
        "teamid INT NOT NULL",
        "PRIMARY KEY (id)",
        "FOREIGN KEY(teamid) REFERENCES teams (id)",
        ")",
    ]


def test_the_new_tables_have_the_columns_of_the_old_ones() -> None:
    assert sql_server_ddl(TEAMS2)[1:] == sql_server_ddl(TEAMS)[1:]


def test_every_other_table_has_the_prefix_of_pressbox() -> None:
    others = set(TABLES.tables) - {"teams", "players", "teams2", "players2"}
    assert all(name.startswith("pressbox_") for name in others)
