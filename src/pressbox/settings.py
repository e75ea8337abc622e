"""
The settings: one TOML file, every key of which has a default, so that none is needed.

A part is chosen by its `kind`. Unknown keys are refused with file, key and the nearest known key. `${NAME}` in a value
is taken from the environment and `${file:PATH}` from a file; a password belongs there and is refused in the file itself.
"""

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from pressbox.errors import BadSettings
from pressbox.model.game import FeedFormat
from pressbox.sources.collector import CollectorSettings
from pressbox.sources.mqtt_listener import MqttSettings
from pressbox.sources.mqtt_subscription import MqttBrokerSettings
from pressbox.sources.object_store import FolderSettings
from pressbox.sources.s3 import SECRET, S3Settings
from pressbox.stores.influxdb import InfluxdbSettings
from pressbox.stores.mongodb import MongodbSettings
from pressbox.stores.reference import ReferenceSettings, SqliteReferenceSettings
from pressbox.stores.sqlite_documents import SqliteDocumentSettings

SourceSettings: TypeAlias = FolderSettings | S3Settings
DocumentSettings: TypeAlias = SqliteDocumentSettings | MongodbSettings
_PositiveFloat: TypeAlias = Annotated[float, Meta(gt=0)]
_PositiveInt: TypeAlias = Annotated[int, Meta(gt=0)]

_WILDCARD: Final = re.compile(r"[*?\[\]]")
_REFERENCE: Final = re.compile(r"\$\{(?:file:(?P<file>[^}]+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*))\}")
_PASSWORD_IN_URL: Final = re.compile(r"://[^/@\s]*:[^/@\s]+@")
_WHERE_SECRETS_BELONG: Final = "put it into the environment or a file and write ${NAME} or ${file:PATH}"


class FeedSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which objects are games, and in which format. Several patterns may be given, as `[[feeds]]`."""

    pattern: Annotated[
        str, Meta(description="keys to watch, such as gamestreams/*.txt: a folder or bucket, then a name")
    ]
    format: Annotated[FeedFormat, Meta(description="one line a shot, or one JSON object a game")]


class GameTeams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The two teams of a game whose feed does not name them. Without it a reference of exactly two teams is enough."""

    pattern: Annotated[
        str, Meta(description="games, by name such as 2026-05-01-*, or by key such as gamestreams/2026-05-01-*.txt")
    ]
    home: Annotated[int, Meta(description="team id in the table teams")]
    away: Annotated[int, Meta(description="team id in the table teams")]


class GameSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When games end, and how long they stay in memory afterwards."""

    silence_s: Annotated[
        _PositiveFloat | None,
        Meta(description="end a game whose feed has been silent for so many seconds; unset: never"),
    ] = None
    final_in_memory_s: Annotated[
        float, Meta(description="seconds a final game stays in memory; a later correction folds it again", ge=0)
    ] = 600.0


class RetentionSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long records are kept, always at least until every store has taken them. Unset: for ever."""

    age_h: Annotated[_PositiveFloat | None, Meta(description="hours a record is kept")] = None
    size_mb: Annotated[_PositiveInt | None, Meta(description="megabytes a topic keeps")] = None


class LogSettings(Struct, frozen=True, kw_only=True, tag="segments", tag_field="kind", forbid_unknown_fields=True):
    """The durable log in segment files. *path* is relative to the data folder."""

    path: Annotated[str, Meta(description="folder of the log")] = "log"
    partitions: Annotated[
        int, Meta(description="partitions of each topic, fixed when the log is made", ge=1, le=256)
    ] = 1
    segment_mb: Annotated[int, Meta(description="megabytes a segment file is preallocated with", ge=1, le=1024)] = 8
    disk_mb_max: Annotated[
        _PositiveInt | None,
        Meta(description="hard limit of the log on disk, kept even where a store loses results by it"),
    ] = None
    retention: Annotated[
        dict[str, RetentionSettings], Meta(description="by topic, such as [log.retention.games]; off by default")
    ] = {}


class WebSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where pages and API are served. Loopback unless told otherwise."""

    host: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(description="port to listen on; 0: any free one", ge=0, le=65535)] = 8750
    certificate: Annotated[
        str | None, Meta(description="PEM file of the server's certificate and those above it; unset: no TLS")
    ] = None
    key: Annotated[str | None, Meta(description="PEM file of the certificate's key")] = None
    readers_max: Annotated[int, Meta(description="streams of games that may be open at once", ge=1)] = 10_000
    address_readers_max: Annotated[
        int,
        Meta(description="of these, to one address: a shared line is one, and so is a proxy on another machine", ge=1),
    ] = 1_000
    operators: Annotated[
        tuple[str, ...],
        Meta(description="networks whose machines may see the operations page and /metrics, such as 10.1.0.0/16"),
    ] = ("127.0.0.0/8", "::1/128")

    @property
    def is_tls(self) -> bool:
        """Whether pages are served over TLS."""
        return self.certificate is not None


class ArchiveSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether samples are archived as Parquet, in the folder archive of the data."""

    samples: Annotated[
        Literal["auto", "folder", "off"],
        Meta(description="auto: where devices are listened to and the extra recordings is installed"),
    ] = "auto"


_DEFAULT_FEEDS: Final = (
    FeedSettings(pattern="gamestreams/*.txt", format="gamestream"),
    FeedSettings(pattern="gamestreams/*.json", format="playbyplay"),
)


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything pressbox can be told. Relative paths begin at the data folder."""

    source: Annotated[SourceSettings, Meta(description="where the feeds of games grow")] = FolderSettings()
    feeds: Annotated[tuple[FeedSettings, ...], Meta(description="which objects are games")] = _DEFAULT_FEEDS
    games: Annotated[tuple[GameTeams, ...], Meta(description="the teams of games whose feed does not name them")] = ()
    game: Annotated[GameSettings, Meta(description="when games end")] = GameSettings()
    log: Annotated[LogSettings, Meta(description="the durable log")] = LogSettings()
    reference: Annotated[
        ReferenceSettings, Meta(description="tables teams and players; teams2 and players2 beside them")
    ] = SqliteReferenceSettings()
    documents: Annotated[DocumentSettings, Meta(description="where box score documents go")] = SqliteDocumentSettings()
    web: Annotated[WebSettings, Meta(description="pages and API")] = WebSettings()
    mqtt: Annotated[
        MqttSettings | MqttBrokerSettings | None, Meta(description="where devices publish samples; unset: nowhere")
    ] = None
    metrics: Annotated[
        InfluxdbSettings | None,
        Meta(description="where figures of athletes go besides the files of ours; unset: nowhere"),
    ] = None
    collector: Annotated[
        CollectorSettings | None, Meta(description="where mobile games send their events; unset: nowhere")
    ] = None
    archive: Annotated[ArchiveSettings, Meta(description="the archive of samples")] = ArchiveSettings()


def load_settings(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """
    Return the settings in *path*, or the defaults of the embedded profile where there is no path.

    Raises:
        BadSettings: the file is missing or malformed, or a key or value is wrong; the message says file, key, reason.
    """
    if path is None:
        return Settings()
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(f"{path}: {error.strerror}; `pressbox init` writes a commented one") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path}: {error}") from error
    if isinstance(tree.get("mqtt"), dict):
        tree["mqtt"].setdefault("kind", "listener")  # it was the only one, and files say nothing of it
    _check_keys(tree, Settings, path, "")
    resolved = _resolve(tree, path, "", environment)
    try:
        settings = msgspec.convert(resolved, Settings)
    except msgspec.ValidationError as error:
        raise BadSettings(f"{path}: {_readable(str(error))}") from error
    _check_feeds(settings, path)
    _check_games(settings, path)
    _check_operators(settings, path)
    return settings


def structs_in(annotation: Any) -> list[type[Struct]]:
    """Return the settings structs *annotation* allows: several where a `kind` chooses."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return structs_in(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [struct for one in get_args(annotation) for struct in structs_in(one)]
    if origin in (tuple, dict):
        return structs_in(get_args(annotation)[-1] if origin is dict else get_args(annotation)[0])
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, Struct) else []


def _check_feeds(settings: Settings, path: Path) -> None:
    for number, feed in enumerate(settings.feeds):
        folder, _, name = feed.pattern.rpartition("/")
        if not name or not folder or _WILDCARD.search(folder):
            raise BadSettings(
                f"{path}: feeds[{number}].pattern: {feed.pattern!r} is no folder or bucket and a name in it, "
                "such as gamestreams/*.txt; only the name may hold *, ? or [ ]"
            )


def _check_games(settings: Settings, path: Path) -> None:
    for number, teams in enumerate(settings.games):
        if teams.home == teams.away:
            raise BadSettings(f"{path}: games[{number}].away: team {teams.away} is home too; a game is between two")


def _check_operators(settings: Settings, path: Path) -> None:
    for number, network in enumerate(settings.web.operators):
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise BadSettings(f"{path}: web.operators[{number}]: {error}; write it as 10.1.0.0/16") from error


def _check_keys(tree: Any, annotation: Any, path: Path, key: str) -> None:
    """Refuse unknown keys, naming the nearest known one; values are checked afterwards."""
    candidates = structs_in(annotation)
    if isinstance(tree, list):
        for number, item in enumerate(tree):
            _check_keys(item, annotation, path, f"{key}[{number}]")
        return
    if not isinstance(tree, dict) or not candidates:
        return
    if _is_table_of_tables(annotation):
        for name, item in tree.items():
            _check_keys(item, candidates[0], path, f"{key}.{name}")
        return
    struct = _chosen(tree, candidates, path, key)
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}
    known = [*fields, "kind"] if struct.__struct_config__.tag_field else [*fields]
    for name, value in tree.items():
        if name not in known:
            raise BadSettings(f"{path}: {_dotted(key, name)}: unknown key{_nearest(name, known)}")
        if name in fields:
            _refuse_secret(value, fields[name], path, _dotted(key, name))
            _check_keys(value, fields[name], path, _dotted(key, name))


def _refuse_secret(value: Any, annotation: Any, path: Path, key: str) -> None:
    marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    is_secret = any(isinstance(mark, Meta) and mark.extra == SECRET for mark in marks)
    if is_secret and isinstance(value, str) and not _REFERENCE.search(value):
        raise BadSettings(f"{path}: {key}: is a secret; {_WHERE_SECRETS_BELONG}")


def _chosen(tree: Mapping[str, Any], candidates: list[type[Struct]], path: Path, key: str) -> type[Struct]:
    tags = {str(one.__struct_config__.tag): one for one in candidates if one.__struct_config__.tag_field}
    if not tags:
        return candidates[0]
    kind = tree.get("kind", *tags if len(tags) == 1 else ())
    if kind is None:
        raise BadSettings(f"{path}: {_dotted(key, 'kind')}: missing; one of {', '.join(tags)}")
    if kind not in tags:
        raise BadSettings(f"{path}: {_dotted(key, 'kind')}: unknown kind {kind!r}{_nearest(str(kind), list(tags))}")
    return tags[kind]


def _is_table_of_tables(annotation: Any) -> bool:
    plain = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return get_origin(plain) is dict


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return f"; the nearest known one is {near[0]!r}" if near else ""


def _dotted(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _resolve(value: Any, path: Path, key: str, environment: Mapping[str, str]) -> Any:
    """Put in what `${...}` stands for. What comes from there is a secret and never shown."""
    if isinstance(value, dict):
        return {name: _resolve(item, path, _dotted(key, name), environment) for name, item in value.items()}
    if isinstance(value, list):
        return [_resolve(item, path, f"{key}[{number}]", environment) for number, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    if _PASSWORD_IN_URL.search(_REFERENCE.sub("", value)):
        raise BadSettings(f"{path}: {key}: holds a password; {_WHERE_SECRETS_BELONG}")

    def stands_for(match: re.Match[str]) -> str:
        name, file = match["name"], match["file"]
        try:
            return environment[name] if name else Path(file).read_text(encoding="utf-8").strip()
        except KeyError:
            raise BadSettings(f"{path}: {key}: the environment has no {name}") from None
        except OSError as error:
            raise BadSettings(f"{path}: {key}: {file}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise BadSettings(f"{path}: {key}: {file} is no text: {error}") from error

    return _REFERENCE.sub(stands_for, value)


def _readable(message: str) -> str:
    """Put the key first, as the other messages do; msgspec says it last, as `$.web.port`."""
    reason, _, where = message.partition(" - at `$")
    return f"{where.strip('`.')}: {reason}" if where else reason
