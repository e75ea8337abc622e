"""What players do in a mobile game: types of events with their fields, and the tables of the lake they fill."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct

FieldType: TypeAlias = Literal["string", "bigint", "smallint", "float", "double", "boolean"]
"""Types as Hive names them."""

_NAME: Final = r"^[a-z][a-z0-9_]{0,62}$"

Name: TypeAlias = Annotated[str, Meta(pattern=_NAME)]


class Field(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field of an event, and the column it becomes. One that is not *required* may be null."""

    name: Name
    type: FieldType
    required: bool = True
    description: str = ""


class Lookup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The *table* of the game's catalogue that knows the rest of an event by its field *key*."""

    table: Name
    key: Name


class EventSchema(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One version of a type of event.

    Its events become rows of *table*, in the *folder* of the lake that has its name where none is given; without a
    table they are kept in the log only.
    """

    event_type: Name
    version: Annotated[int, Meta(ge=1)] = 1
    description: str = ""
    table: Name | None = None
    folder: Name | None = None
    lookup: Lookup | None = None
    fields: tuple[Field, ...] = ()


class Column(Struct, frozen=True):
    """A column of a table of the lake."""

    name: str
    type: FieldType


class ActionTable(Struct, frozen=True):
    """A table of the lake, and the folder its files lie in."""

    name: str
    folder: str
    columns: tuple[Column, ...]


LEADING_COLUMNS: Final = tuple(
    Column(name, "string") for name in ("raw_event", "timestamp", "Accept", "Host", "User_Agent", "event_type")
)
"""What every table begins with: the event as it was sent, when it came, and what was kept of the request."""

ENVELOPE: Final = ("event_type", "event_id", "game", "schema", "timestamp", "Accept", "Host", "User-Agent")
"""What pressbox says of an event beside its own fields; in the log all of it is one flat object."""


class Action(Struct, frozen=True):
    """An event as a fold sees it: *event* is the flat object the log holds."""

    game: str
    event_id: str
    event_type: str
    table: str | None
    event: bytes


class BrokenEvent(Struct, frozen=True, kw_only=True, tag_field="event_type", tag="#broken"):
    """An event that fits no schema, as the collector stores it: a dead letter with all its bytes."""

    game: str
    event_id: str
    reason: str
    timestamp: str
    content: bytes
    accept: str | None = None
    host: str | None = None
    user_agent: str | None = None


class _Told(Struct, frozen=True, kw_only=True, tag_field="kind"):
    revision: int
    index: int = 0


class RowAdded(_Told, frozen=True, kw_only=True, tag="row"):
    """A row of *table*, made of *event*."""

    table: str
    event: Raw


class Repeated(_Told, frozen=True, kw_only=True, tag="repeat"):
    """An event whose id was known already."""

    game: str
    event_id: str


class Untabled(_Told, frozen=True, kw_only=True, tag="untabled"):
    """An event of a type that has no table."""

    event_type: str


class EventRefused(_Told, frozen=True, kw_only=True, tag="refused"):
    """An event, or whatever it was, that became no row: its bytes and the *reason*."""

    game: str
    event_id: str
    reason: str
    content: bytes
    accept: str | None = None
    host: str | None = None
    user_agent: str | None = None


ActionResult: TypeAlias = RowAdded | Repeated | Untabled | EventRefused

encode_action_result: Final = msgspec.json.Encoder().encode
decode_action_result: Final = msgspec.json.Decoder(ActionResult).decode

Fields: TypeAlias = Mapping[str, str | int | float | bool | None]
