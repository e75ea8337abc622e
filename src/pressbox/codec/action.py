"""
Events of games <-> the flat objects in the log.

    {"event_type": "guild_join", "event_id": "…", "game": "…", "schema": 1, "timestamp": "2026-05-01 19:00:00.000",
     "Accept": "*/*", "Host": "…", "User-Agent": "…", "guild_id": 3, "name": "…"}
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from pressbox.codec.action_schema import EventSchemas
from pressbox.errors import RejectedRecord
from pressbox.model.action import Action, ActionTable, BrokenEvent, EventSchema

EVENT_ID_CHARACTERS_MAX: Final = 128


class Kept(Struct, frozen=True):
    """What is kept of the request an event came with."""

    accept: str | None = None
    host: str | None = None
    user_agent: str | None = None


class _Envelope(Struct, frozen=True, gc=False):
    event_type: str
    event_id: str
    game: str
    schema: int | None = None
    timestamp: str | None = None
    accept: str | None = field(default=None, name="Accept")
    host: str | None = field(default=None, name="Host")
    user_agent: str | None = field(default=None, name="User-Agent")


_encode: Final = msgspec.json.Encoder().encode
_decode_envelope: Final = msgspec.json.Decoder(_Envelope).decode
_decode_broken: Final = msgspec.json.Decoder(BrokenEvent).decode
_BROKEN: Final = b'{"event_type":"#broken"'


def told_time(time_ms: int) -> str:
    """Return *time_ms* as tables have it, in UTC."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{time_ms % 1000:03d}"


def event_key(game: str, event_id: str) -> str:
    """Return the key of an event in the log."""
    return f"{game}/{event_id}"


def encode_event(
    schema: EventSchema, game: str, event_id: str, time_ms: int, kept: Kept, fields: Mapping[str, Any]
) -> bytes:
    """Return the flat object of an event; what *fields* says in a name of pressbox's own is passed over."""
    told: dict[str, Any] = {
        "event_type": schema.event_type,
        "event_id": event_id,
        "game": game,
        "schema": schema.version,
        "timestamp": told_time(time_ms),
        "Accept": kept.accept,
        "Host": kept.host,
        "User-Agent": kept.user_agent,
    }
    return _encode({**told, **{name: value for name, value in fields.items() if name not in told}})


def encode_broken(game: str, event_id: str, time_ms: int, kept: Kept, content: bytes, reason: str) -> bytes:
    """Return how the log holds *content*, which fits no schema."""
    return _encode(
        BrokenEvent(
            game=game,
            event_id=event_id,
            reason=reason,
            timestamp=told_time(time_ms),
            content=content,
            accept=kept.accept,
            host=kept.host,
            user_agent=kept.user_agent,
        )
    )


def broken_in(value: bytes) -> BrokenEvent | None:
    """Return what of an event the collector stored in *value* although it fits no schema; None where it is another."""
    if not value.startswith(_BROKEN):
        return None
    try:
        return _decode_broken(value)
    except msgspec.DecodeError:
        return None


def decode_action(schemas: EventSchemas, value: bytes) -> Action:
    """
    Return the event in *value*.

    Raises:
        RejectedRecord: it fits no schema.
    """
    broken = broken_in(value)
    if broken is not None:
        raise RejectedRecord(broken.reason)
    try:
        envelope = _decode_envelope(value)
    except msgspec.DecodeError as error:
        raise RejectedRecord(f"no event: {error}") from error
    schema = schemas.of(envelope.event_type, envelope.schema)
    schemas.decode(schema, value)
    return Action(envelope.game, envelope.event_id, envelope.event_type, schema.table, value)


def row_of(schemas: EventSchemas, table: ActionTable, event: bytes) -> tuple[Any, ...]:
    """Return the row of *table* that *event*, a flat object of the log, makes: a value a column, in their order."""
    envelope = _decode_envelope(event)
    schema = schemas.of(envelope.event_type, envelope.schema)
    values = msgspec.to_builtins(schemas.decode(schema, event))
    leading = (
        event.decode(),
        envelope.timestamp,
        envelope.accept,
        envelope.host,
        envelope.user_agent,
        envelope.event_type,
    )
    return leading + tuple(values.get(column.name) for column in table.columns[len(leading) :])
