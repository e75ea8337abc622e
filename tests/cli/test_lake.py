"""`pressbox lake`, `sql`, `ddl` and `catalogue`, as people call them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pressbox.cli import pressbox
from pressbox.codec.action import Kept, encode_event, event_key
from pressbox.errors import BadInput
from pressbox.game_events import EVENT_TOPICS, GameEvents, event_schemas
from pressbox.log.segments import SegmentLog
from pressbox.pipelines.game_play import EVENTS
from pressbox.settings import LogSettings
from pressbox.sources.collector import CollectorSettings
from pressbox.stores.catalogue import COLUMNS
from pressbox.stream.clock import SystemClock
from pressbox.stream.log import Topic
from pressbox.stream.record import NewRecord


def run(*arguments: str) -> Result:
    return CliRunner().invoke(pressbox, arguments)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three swords in a file, and one axe in the log only."""
    folder = tmp_path_factory.mktemp("lake")
    log = SegmentLog(
        folder / LogSettings().path, [Topic(name) for name in EVENT_TOPICS], now_ms=lambda: 1, segment_bytes=1 << 20
    )
    schemas = event_schemas(folder)
    events = GameEvents(folder, log, SystemClock(), CollectorSettings())
    for pump in events.pumps:
        pump.store.open()
    events.open()
    for number, item in enumerate(("sword", "sword", "sword", "axe")):
        value = encode_event(schemas.of(f"purchase_{item}"), "game", str(number), 0, Kept(), {"item": item})
        log.append(EVENTS, 0, [NewRecord(event_key("game", str(number)), value, 0)])
        events.catch_up()
        if number == 2:
            events.lake.roll()
    events.close()
    log.close()
    return folder


def test_tables_tell_what_is_in_files(data: Path) -> None:
    told = json.loads(run("lake", "tables", "--data", str(data), "--json").output)
    assert len(told) == 8
    assert {"table": "purchases", "folder": "purchases", "files": 1, "rows_in_files": 3} in told
    assert "enemies_killed" in run("lake", "tables", "--data", str(data)).output


def test_describe_shows_columns_and_refuses_a_table_nobody_knows(data: Path) -> None:
    told = json.loads(run("lake", "describe", "enemy_kills", "--data", str(data), "--json").output)
    assert told[-3:] == [
        {"name": "enemy_id", "type": "bigint"},
        {"name": "name", "type": "string"},
        {"name": "level", "type": "smallint"},
    ]
    assert isinstance(run("lake", "describe", "nothing", "--data", str(data)).exception, BadInput)


def test_sql_sees_files_and_log_as_one(data: Path) -> None:
    question = "select item, count(*) as total from purchases group by item order by item"
    told = json.loads(run("sql", question, "--data", str(data), "--json").output)
    assert told == [{"item": "axe", "total": 1}, {"item": "sword", "total": 3}]
    cut = run("sql", question, "--data", str(data), "--rows", "1")
    assert "only the first 1 rows" in cut.output
    assert isinstance(run("sql", "drop table purchases", "--data", str(data)).exception, BadInput)


def test_verify_accounts_for_every_event_and_fails_where_a_file_is_gone(data: Path) -> None:
    told = json.loads(run("lake", "verify", "--data", str(data), "--json").output)
    assert (told["events"], told["rows_in_files"], told["rows_not_rolled"], told["problems"]) == (4, 3, 1, [])
    (file,) = (data / "lake" / "purchases").glob("*.parquet")
    content = file.read_bytes()
    file.unlink()
    try:
        failed = run("lake", "verify", "--data", str(data))
        assert failed.exit_code == 1
        assert file.name in failed.output
    finally:
        file.write_bytes(content)


def test_a_folder_without_a_lake_says_how_one_begins(tmp_path: Path) -> None:
    for command in (("lake", "tables"), ("lake", "verify"), ("sql", "select 1")):
        refused = run(*command, "--data", str(tmp_path))
        assert isinstance(refused.exception, BadInput)
        assert "[collector]" in str(refused.exception)


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (
            "hive",
            "create external table if not exists default.enemy_kills (\n  `raw_event` string,\n  `timestamp` string,",
        ),
        ("trino", "external_location = 'hdfs:///tmp/enemies_killed', format = 'PARQUET'"),
        ("spark", "using parquet location 'hdfs:///tmp/enemies_killed';"),
    ],
)
def test_ddl_names_the_folders_and_types_of_the_seed(tmp_path: Path, dialect: str, expected: str) -> None:
    told = run("ddl", dialect, "--location", "hdfs:///tmp/", "--data", str(tmp_path))
    assert expected in told.output
    assert told.output.count("if not exists") == 8
    assert ('"level" smallint' if dialect == "trino" else "`level` smallint") in told.output


def test_a_studio_brings_its_own_catalogue(tmp_path: Path) -> None:
    guilds = tmp_path / "guilds.csv"
    guilds.write_text("name,guild_id\nThe Few,7\n")
    assert run("catalogue", "load", str(guilds), "--data", str(tmp_path)).output == "guilds: 1 rows\n"
    shown = run("catalogue", "show", "guilds", "--data", str(tmp_path), "--json").output
    assert json.loads(shown) == [{"guild_id": 7, "name": "The Few"}]
    assert len(json.loads(run("catalogue", "show", "enemies", "--data", str(tmp_path), "--json").output)) == 10
    assert set(COLUMNS) == {"guilds", "enemies", "damages", "quests", "stores", "inventory"}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("guilds.csv", "guild_id\n1\n", "column name is missing"),
        ("guilds.csv", "guild_id,name\none,Owls\n", "line 2: guild_id 'one' is no whole number"),
        ("guilds.csv", "guild_id,name\n1,Owls\n1,Crows\n", "guild_id 1 stands there twice"),
        ("guilds.csv", "guild_id,name\n1,\n", "name is empty"),
        ("swords.csv", "a\n", "one file a table"),
    ],
)
def test_a_catalogue_that_cannot_be_read_changes_nothing(tmp_path: Path, name: str, content: str, reason: str) -> None:
    file = tmp_path / name
    file.write_text(content)
    refused = run("catalogue", "load", str(file), "--data", str(tmp_path))
    assert isinstance(refused.exception, BadInput)
    assert reason in str(refused.exception)
    shown = json.loads(run("catalogue", "show", "guilds", "--data", str(tmp_path), "--json").output)
    assert shown[0] == {"guild_id": 1, "name": "Owls of the North"}
