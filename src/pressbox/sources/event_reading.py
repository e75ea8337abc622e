"""What clients of a game send -> records of the log: each event by its schema, filled from the catalogue."""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from pressbox.codec.action import Kept, encode_broken, encode_event, event_key
from pressbox.codec.action_schema import EventSchemas
from pressbox.errors import RejectedRecord
from pressbox.model.action import EventSchema
from pressbox.stream.clock import Clock
from pressbox.stream.record import NewRecord

Find: TypeAlias = Callable[[str, Any], Mapping[str, Any] | None]
"""Returns the row of a table of the catalogue by its id, or None where there is none."""

EVENTS_MAX: Final = 500

_EVENT_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
_CATALOGUE_S: Final = 1.0
_OWN_REASON_CHARACTERS_MAX: Final = 500

_decode_list: Final = msgspec.json.Decoder(list[Raw]).decode


class EventAnswer(Struct, frozen=True, omit_defaults=True):
    """
    What became of an event.

    It is *accepted* when it is on disk, at *offset* of *partition*; a *dead letter* is there too. An *unknown* one names
    an id that the catalogue has not, and is nowhere. One that was *refused* may be sent again later.
    """

    event_id: str
    status: Literal["accepted", "dead letter", "unknown", "refused"]
    partition: int | UnsetType = UNSET
    offset: int | UnsetType = UNSET
    reason: str = ""


class ReadEvent(Struct, frozen=True):
    """An event as it came: its *record*, or None where there is nothing to store."""

    event_id: str
    record: NewRecord | None
    reason: str = ""


class EventReading:
    """Reads events by *schemas*; *find* asks the catalogue, whose rows are known for a second."""

    def __init__(self, schemas: EventSchemas, find: Find, clock: Clock) -> None:
        self._schemas, self._find, self._clock = schemas, find, clock
        self._known: dict[tuple[str, Any], Mapping[str, Any] | None] = {}
        self._known_s = float("-inf")

    def body(self, game: str, body: bytes, kept: Kept, header_id: str | None) -> tuple[list[ReadEvent], bool]:
        """Return the events in *body*, one or a list of them, and whether it was a list."""
        if body.lstrip()[:1] != b"[":
            return [self.one(game, body, kept, header_id)], False
        try:
            events = _decode_list(body)
        except msgspec.DecodeError as error:
            return [self._broken(game, header_id, kept, body, f"no JSON: {error}")], False
        return [self.one(game, bytes(event), kept, None) for event in events], True

    def one(self, game: str, content: bytes, kept: Kept, header_id: str | None) -> ReadEvent:
        """Return the event in *content*, one JSON object; *header_id* is its id where it names none itself."""
        event_id = header_id
        try:
            fields = _object_in(content)
            event_id = _id_of(fields, header_id)
            schema = self._schema_of(fields)
        except RejectedRecord as refusal:
            return self._broken(game, event_id, kept, content, str(refusal))
        return self._read(game, event_id, schema, fields, kept, content)

    def named(self, game: str, event_type: str, key: int | None, kept: Kept, header_id: str | None) -> ReadEvent:
        """Return an event of *event_type* about *key* of the catalogue; the request says nothing else."""
        schema = self._schemas.of(event_type)
        fields = {} if schema.lookup is None else {schema.lookup.key: key}
        return self._read(game, header_id, schema, fields, kept, b"")

    def fixed(
        self, game: str, event_type: str, fields: Mapping[str, Any], kept: Kept, header_id: str | None
    ) -> ReadEvent:
        """Return an event of *event_type* with *fields*."""
        return self._read(game, header_id, self._schemas.of(event_type), dict(fields), kept, b"")

    def _read(
        self, game: str, event_id: str | None, schema: EventSchema, fields: dict[str, Any], kept: Kept, content: bytes
    ) -> ReadEvent:
        event_id = event_id or os.urandom(16).hex()
        if schema.lookup is not None:
            key = fields.get(schema.lookup.key)
            row = self._row(schema.lookup.table, key) if isinstance(key, int) and not isinstance(key, bool) else {}
            if row is None:
                return ReadEvent(event_id, None, f"the catalogue has no {schema.lookup.key} {key}")
            named = [field.name for field in schema.fields if field.name in row]
            fields = {**{name: row[name] for name in named}, **fields}
        try:
            self._schemas.check(schema, fields)
            # Numbers JSON knows and 64 bits do not hold would make bytes nobody can read again.
            value = encode_event(schema, game, event_id, self._clock.now_ms(), kept, fields)
        except RejectedRecord as refusal:
            return self._broken(game, event_id, kept, content, str(refusal))
        except (OverflowError, ValueError) as error:
            return self._broken(game, event_id, kept, content, f"{schema.event_type}: {error}")
        return ReadEvent(event_id, NewRecord(event_key(game, event_id), value, self._clock.now_ms()))

    def _broken(self, game: str, event_id: str | None, kept: Kept, content: bytes, reason: str) -> ReadEvent:
        event_id = event_id or os.urandom(16).hex()
        reason = reason[:_OWN_REASON_CHARACTERS_MAX]
        now_ms = self._clock.now_ms()
        value = encode_broken(game, event_id, now_ms, kept, content, reason)
        return ReadEvent(event_id, NewRecord(event_key(game, event_id), value, now_ms), reason)

    def _schema_of(self, fields: Mapping[str, Any]) -> EventSchema:
        event_type, version = fields.get("event_type"), fields.get("schema")
        if not isinstance(event_type, str):
            raise RejectedRecord('event_type is missing: say what happened, as in "event_type": "guild_join"')
        if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
            raise RejectedRecord("schema: the version is a whole number")
        return self._schemas.of(event_type, version)

    def _row(self, table: str, key: int) -> Mapping[str, Any] | None:
        if not -(2**63) <= key < 2**63:
            return None
        now_s = self._clock.monotonic_s()
        if now_s - self._known_s >= _CATALOGUE_S:
            self._known.clear()
            self._known_s = now_s
        place = (table, key)
        if place not in self._known:
            self._known[place] = self._find(table, key)
        return self._known[place]


def _object_in(content: bytes) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RejectedRecord(f"no JSON: {error}") from error
    except RecursionError:
        raise RejectedRecord("no event: it is nested too deep") from None
    if not isinstance(fields, dict):
        raise RejectedRecord("no event: an event is a JSON object")
    return fields


def _id_of(fields: Mapping[str, Any], header_id: str | None) -> str | None:
    event_id = fields.get("event_id", header_id)
    if event_id is None:
        return None
    if not isinstance(event_id, str) or not _EVENT_ID.fullmatch(event_id):
        raise RejectedRecord("event_id is 1 to 128 visible ASCII characters")
    return event_id


def is_event_id(text: str) -> bool:
    """Return whether *text* can be the id of an event."""
    return _EVENT_ID.fullmatch(text) is not None
