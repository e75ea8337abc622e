"""Settings: what is wrong is said with file, key and what would be right; every key has a meaning and a default."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.errors import BadSettings
from pressbox.settings import GameTeams, Settings, load_settings, structs_in
from pressbox.settings_text import commented_toml, markdown
from pressbox.sources.s3 import S3Settings
from pressbox.stores.influxdb import InfluxdbSettings
from pressbox.stores.mongodb import MongodbSettings
from pressbox.stores.reference import PostgresqlReferenceSettings

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(text: str, **environment: str) -> Settings:
        file = tmp_path / "pressbox.toml"
        file.write_text(text)
        return load_settings(file, environment)

    return load


def complaint(load: Load, text: str, **environment: str) -> str:
    with pytest.raises(BadSettings) as refused:
        load(text, **environment)
    message = str(refused.value)
    file, _, rest = message.partition(": ")
    assert file.endswith("pressbox.toml")
    return rest


def test_no_file_and_an_empty_file_are_the_defaults(load: Load) -> None:
    assert load_settings(None) == load("") == Settings()


def test_every_section_can_be_set(load: Load) -> None:
    settings = load(
        """
        source = { kind = "s3", poll_s = 1 }
        game.silence_s = 900
        log = { partitions = 3, retention.games.age_h = 24.5 }
        reference = { kind = "postgresql", url = "postgresql:///games" }
        web.port = 0
        [[feeds]]
        pattern = "feeds/*.txt"
        format = "gamestream"
        [[games]]
        pattern = "*"
        home = 205
        away = 101
        [documents]
        kind = "mongodb"
        """
    )
    assert settings.source == S3Settings(poll_s=1.0)
    assert (settings.game.silence_s, settings.log.partitions, settings.web.port) == (900.0, 3, 0)
    assert settings.log.retention["games"].age_h == 24.5
    assert settings.reference == PostgresqlReferenceSettings(url="postgresql:///games")
    assert settings.games == (GameTeams(pattern="*", home=205, away=101),)
    assert [feed.pattern for feed in settings.feeds] == ["feeds/*.txt"]
    assert settings.documents == MongodbSettings()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wep.port = 1", "wep: unknown key; the nearest known one is 'web'"),
        ("web.prot = 1", "web.prot: unknown key; the nearest known one is 'port'"),
        ("log.retention.games.age = 1", "log.retention.games.age: unknown key; the nearest known one is 'age_h'"),
        (
            '[[games]]\npattern = "a"\nhome = 1\naway = 2\n[[games]]\npatern = "b"',
            "games[1].patern: unknown key; the nearest known one is 'pattern'",
        ),
        (
            'source = { kind = "s3", endpont = "" }',
            "source.endpont: unknown key; the nearest known one is 'endpoint'",
        ),
        (
            'source = { kind = "folder", endpoint = "" }',
            "source.endpoint: unknown key; the nearest known one is 'path'",
        ),
        ('documents.kind = "mongo"', "documents.kind: unknown kind 'mongo'; the nearest known one is 'mongodb'"),
        ("documents.kind = 5", "documents.kind: unknown kind 5; the nearest known one is 'sqlite'"),
        ('documents.path = "a"', "documents.kind: missing; one of sqlite, mongodb"),
        ('log.kind = "kafka"', "log.kind: unknown kind 'kafka'; the nearest known one is 'segments'"),
        ('web.port = "8750"', "web.port: Expected `int`, got `str`"),
        ("web.port = 70000", "web.port: Expected `int` <= 65535"),
        ("game.silence_s = 0", "game.silence_s: Expected `float` > 0.0"),
        ("log.retention.games.size_mb = -1", "log.retention[...].size_mb: Expected `int` >= 1"),
        ('web = "8750"', "web: Expected `object`, got `str`"),
        ("feeds = 5", "feeds: Expected `array`, got `int`"),
        (
            '[[games]]\npattern = "a"\nhome = 1\naway = 1',
            "games[0].away: team 1 is home too; a game is between two",
        ),
        ('[[games]]\npattern = "a"\nhome = 1', "games[0]: Object missing required field `away`"),
        ('[[feeds]]\npattern = "a"\nformat = "xml"', "feeds[0].format: Invalid enum value 'xml'"),
        (
            '[[feeds]]\npattern = "games/*/feed.txt"\nformat = "gamestream"',
            "feeds[0].pattern: 'games/*/feed.txt' is no folder or bucket and a name in it",
        ),
        ('[[feeds]]\npattern = "feed.txt"\nformat = "gamestream"', "feeds[0].pattern: 'feed.txt' is no folder"),
        (
            'web.operators = ["127.0.0.0/8", "10.1.2.3/16"]',
            "web.operators[1]: 10.1.2.3/16 has host bits set; write it as 10.1.0.0/16",
        ),
        ('web.operators = ["office"]', "web.operators[0]: 'office' does not appear to be an IPv4 or IPv6 network"),
        ("web.port = ", "Invalid value (at end of document)"),
    ],
)
def test_what_is_wrong_is_said_with_its_key_and_what_is_near(load: Load, text: str, expected: str) -> None:
    assert complaint(load, text).startswith(expected)


def test_a_part_of_one_kind_needs_no_kind(load: Load) -> None:
    assert load("log.partitions = 2") == load('log = { kind = "segments", partitions = 2 }')


def test_a_missing_file_is_named_with_what_writes_one(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"missing\.toml: No such file or directory; `pressbox init`"):
        load_settings(tmp_path / "missing.toml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pressbox.toml"
    file.write_bytes(b"\xff")
    with pytest.raises(BadSettings, match=r"pressbox\.toml: .*utf-8"):
        load_settings(file)


def test_values_come_from_the_environment_and_from_files(load: Load, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("p%40ss\n")
    settings = load(
        f'reference = {{ kind = "postgresql", url = "postgresql://${{USER}}:${{file:{secret}}}@db/games" }}', USER="me"
    )
    assert settings.reference == PostgresqlReferenceSettings(url="postgresql://me:p%40ss@db/games")


def test_what_cannot_be_put_in_is_named(load: Load, tmp_path: Path) -> None:
    assert complaint(load, 'web.host = "${HOST_OF_MINE}"') == "web.host: the environment has no HOST_OF_MINE"
    missing = complaint(load, f'web.host = "${{file:{tmp_path}/missing}}"')
    assert missing == f"web.host: {tmp_path}/missing: No such file or directory"
    (tmp_path / "bytes").write_bytes(b"\xff")
    assert f"web.host: {tmp_path}/bytes is no text" in complaint(load, f'web.host = "${{file:{tmp_path}/bytes}}"')


@pytest.mark.parametrize("password", ["secret", "pa$$word", "a${USER}", "p@ss", "${USER}b"])
def test_a_password_in_the_file_is_refused_and_not_repeated(load: Load, password: str) -> None:
    text = f'documents = {{ kind = "mongodb", url = "mongodb://me:{password}@db/" }}'
    message = complaint(load, text, USER="me")
    advice = "put it into the environment or a file and write ${NAME} or ${file:PATH}"
    assert message == f"documents.url: holds a password; {advice}"


def test_a_secret_key_in_the_file_is_refused_and_one_from_the_environment_is_not(load: Load) -> None:
    assert "source.secret_key: is a secret" in complaint(load, 'source = { kind = "s3", secret_key = "abc" }')
    settings = load('source = { kind = "s3", secret_key = "${KEY}" }', KEY="abc")
    assert settings.source == S3Settings(secret_key="abc")


@given(st.from_regex(r"[a-z_]{1,12}", fullmatch=True).filter(lambda key: key not in Settings.__struct_fields__))
def test_no_unknown_key_is_taken(tmp_path_factory: pytest.TempPathFactory, key: str) -> None:
    file = tmp_path_factory.mktemp("settings") / "pressbox.toml"
    file.write_text(f"{key} = 1")
    with pytest.raises(BadSettings, match=f"{key}: unknown key; the nearest known one is"):
        load_settings(file)


def test_the_file_pressbox_init_writes_loads_as_the_defaults(load: Load) -> None:
    assert load(commented_toml()) == Settings()


def blocks() -> list[str]:
    return commented_toml().split("\n\n")[1:]


def uncommented(block: str) -> str:
    """Return *block* with every commented header and default in force; what has no default stays a comment."""
    lines = [re.sub(r"^# (?=\[|\w+ = (?!\.\.\.))", "", line) for line in block.splitlines()]
    return "\n".join(lines)


def test_that_file_is_still_the_defaults_with_every_default_in_force(load: Load) -> None:
    chosen = [block for block in blocks() if re.search(r"^(\[|# \[\[feeds)", block, re.MULTILINE)]
    text = "\n".join(uncommented(block) for block in chosen)
    assert text.count("\nkind = ") == 4
    assert "\npattern = " in text
    settings = load(text)
    assert list(settings.log.retention) == ["TOPIC"]
    assert msgspec.structs.replace(settings, log=Settings().log) == Settings()


def test_the_kinds_that_file_does_not_choose_load_as_their_defaults(load: Load) -> None:
    others = [block for block in blocks() if re.search(r"^# kind = ", block, re.MULTILINE)]
    kinds = [uncommented(block) for block in others]
    assert len(kinds) == 7
    assert load(next(kind for kind in kinds if '"s3"' in kind)).source == S3Settings()
    assert load(next(kind for kind in kinds if '"mongodb"' in kind)).documents == MongodbSettings()
    assert load(next(kind for kind in kinds if '"influxdb"' in kind)).metrics == InfluxdbSettings()
    for kind in kinds:
        assert next(iter(tomllib.loads(kind).values()))["kind"]


def keys() -> list[str]:
    """Return every key there is, however deep."""
    found, waiting = [], list(msgspec.structs.fields(Settings))
    while waiting:
        field = waiting.pop()
        inner = [one for struct in structs_in(field.type) for one in msgspec.structs.fields(struct)]
        waiting += inner
        found += [] if inner else [field.encode_name]
    return found


@pytest.mark.parametrize("key", keys())
def test_every_key_is_explained_in_the_file_and_in_the_reference(key: str) -> None:
    assert re.search(rf"^# {key} = \S.*  # \S", commented_toml(), re.MULTILINE)
    assert re.search(rf"^\| `(?:\S+\.)?{key}` \| \S.* \| \S+ \|$", markdown(), re.MULTILINE)
