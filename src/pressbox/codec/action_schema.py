"""Files of schemas <-> the types of events a game may send, and what may change from one version to the next."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from pressbox.errors import BadInput, RejectedRecord
from pressbox.model.action import ENVELOPE, LEADING_COLUMNS, ActionTable, Column, EventSchema, FieldType

_FLOAT_MAX: Final = 3.4028234663852886e38
_STRING_CHARACTERS_MAX: Final = 65_536
_TYPES: Final[Mapping[FieldType, Any]] = {
    "string": Annotated[str, Meta(max_length=_STRING_CHARACTERS_MAX)],
    "bigint": Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)],
    "smallint": Annotated[int, Meta(ge=-(2**15), le=2**15 - 1)],
    "float": Annotated[float, Meta(ge=-_FLOAT_MAX, le=_FLOAT_MAX)],
    "double": float,
    "boolean": bool,
}
_TAKEN: Final = {name.lower().replace("-", "_") for name in (*ENVELOPE, "raw_event")}

_decode: Final = msgspec.json.Decoder(EventSchema).decode


class EventSchemas:
    """
    Every version of every type of event.

    Raises:
        BadInput: two of them do not go together; the message says which and why.
    """

    def __init__(self, schemas: Iterable[EventSchema]) -> None:
        self._versions: dict[str, dict[int, EventSchema]] = {}
        self._structs: dict[tuple[str, int], type[Struct]] = {}
        for schema in sorted(schemas, key=lambda one: (one.event_type, one.version)):
            self._add(schema)
        self.tables = _tables(self.newest())

    def newest(self) -> list[EventSchema]:
        """Return the newest version of each type, by its name."""
        return [versions[max(versions)] for _, versions in sorted(self._versions.items())]

    def of(self, event_type: str, version: int | None = None) -> EventSchema:
        """
        Return the schema of *event_type* in *version*, the newest where none is said.

        Raises:
            RejectedRecord: there is none.
        """
        versions = self._versions.get(event_type)
        if versions is None:
            raise RejectedRecord(f"event type {event_type!r} is unknown: register a schema for it")
        found = versions.get(max(versions) if version is None else version)
        if found is None:
            raise RejectedRecord(f"event type {event_type!r} has no version {version}: it has {sorted(versions)}")
        return found

    def check(self, schema: EventSchema, fields: object) -> Struct:
        """
        Return the typed *fields* of an event; what *schema* does not know is passed over.

        Raises:
            RejectedRecord: a field is missing, or of another type; the message names it.
        """
        try:
            checked: Struct = msgspec.convert(fields, self._structs[schema.event_type, schema.version])
        except msgspec.ValidationError as error:
            raise RejectedRecord(_readable(schema, str(error))) from error
        return checked

    def decode(self, schema: EventSchema, event: bytes | memoryview) -> Struct:
        """
        Return the typed fields of *event*, the flat object the log holds.

        Raises:
            RejectedRecord: as in `check`.
        """
        try:
            decoded: Struct = msgspec.json.decode(event, type=self._structs[schema.event_type, schema.version])
        except msgspec.DecodeError as error:
            raise RejectedRecord(_readable(schema, str(error))) from error
        return decoded

    def _add(self, schema: EventSchema) -> None:
        versions = self._versions.setdefault(schema.event_type, {})
        if schema.version in versions:
            raise BadInput(f"{_told(schema)}: there are two of it")
        if schema.version != len(versions) + 1:
            raise BadInput(f"{_told(schema)}: version {len(versions) + 1} is missing")
        _check_names(schema)
        if versions:
            reasons = list(incompatibilities(versions[schema.version - 1], schema))
            if reasons:
                raise BadInput(f"{_told(schema)} cannot follow version {schema.version - 1}: {'; '.join(reasons)}")
        versions[schema.version] = schema
        self._structs[schema.event_type, schema.version] = _struct_of(schema)


def decode_event_schema(content: bytes) -> EventSchema:
    """
    Return the schema in a file of *content*.

    Raises:
        BadInput: it is none.
    """
    try:
        return _decode(content)
    except msgspec.DecodeError as error:
        raise BadInput(str(error)) from error


def incompatibilities(before: EventSchema, after: EventSchema) -> Iterable[str]:
    """Yield why *after* cannot follow *before*: only optional fields may be added, and only at the end."""
    if (before.table, before.folder) != (after.table, after.folder):
        yield f"its table was {before.table} in folder {before.folder}"
    for place, field in enumerate(before.fields):
        if place >= len(after.fields) or after.fields[place].name != field.name:
            yield f"field {field.name} stood at place {place + 1}: keep it there"
            continue
        now = after.fields[place]
        if now.type != field.type:
            yield f"field {field.name} was {field.type} and would be {now.type}"
        if now.required and not field.required:
            yield f"field {field.name} was optional: older events have none"
    for field in after.fields[len(before.fields) :]:
        if field.required:
            yield f"new field {field.name} has to be optional: older events have none"


def _tables(schemas: Iterable[EventSchema]) -> dict[str, ActionTable]:
    tables: dict[str, ActionTable] = {}
    for schema in schemas:
        if schema.table is None:
            continue
        columns = LEADING_COLUMNS + tuple(Column(field.name, field.type) for field in schema.fields)
        table = ActionTable(schema.table, schema.folder or schema.table, columns)
        if tables.setdefault(table.name, table) != table:
            raise BadInput(f"{_told(schema)}: table {table.name} has other columns or another folder by another type")
    folders: dict[str, str] = {}
    for table in tables.values():
        if folders.setdefault(table.folder, table.name) != table.name:
            raise BadInput(f"tables {folders[table.folder]} and {table.name} have the same folder {table.folder}")
    return tables


def _struct_of(schema: EventSchema) -> type[Struct]:
    required = [(one.name, _TYPES[one.type]) for one in schema.fields if one.required]
    optional = [(one.name, _TYPES[one.type] | None) for one in schema.fields if not one.required]
    # Fields are told by place, for a name may be a word of Python.
    fields: list[Any] = [(f"f{place}", kind) for place, (_, kind) in enumerate(required)]
    fields += [(f"f{place}", kind, None) for place, (_, kind) in enumerate(optional, start=len(required))]
    names = {f"f{place}": name for place, (name, _) in enumerate(required + optional)}
    return msgspec.defstruct(schema.event_type, fields, rename=names, frozen=True, gc=False)


def _check_names(schema: EventSchema) -> None:
    names = [field.name for field in schema.fields]
    for name in names:
        if name in _TAKEN:
            raise BadInput(f"{_told(schema)}: field {name} is a name pressbox uses itself: choose another")
        if names.count(name) > 1:
            raise BadInput(f"{_told(schema)}: there are two fields {name}")
    if schema.lookup is not None and schema.lookup.key not in names:
        raise BadInput(f"{_told(schema)}: its lookup is by {schema.lookup.key}, which is no field of it")


def _told(schema: EventSchema) -> str:
    return f"schema {schema.event_type} version {schema.version}"


def _readable(schema: EventSchema, message: str) -> str:
    reason, _, where = message.partition(" - at `$")
    place = where.strip("`.")
    return f"{schema.event_type}: {place}: {reason}" if place else f"{schema.event_type}: {reason}"
