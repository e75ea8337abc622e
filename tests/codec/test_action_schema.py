"""Types of events: what may change from version to version, and what an event has to be."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.codec.action import Kept, decode_action, encode_event, row_of, told_time
from pressbox.codec.action_schema import EventSchemas, decode_event_schema
from pressbox.errors import BadInput, RejectedRecord
from pressbox.model.action import EventSchema, Field, FieldType, Lookup

VALUES: dict[FieldType, st.SearchStrategy[Any]] = {
    "string": st.text(st.characters(codec="utf-8"), max_size=30),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "smallint": st.integers(-(2**15), 2**15 - 1),
    "float": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
}


def schema(*fields: Field, version: int = 1, **more: Any) -> EventSchema:
    return EventSchema(event_type="duel", version=version, table="duels", fields=fields, **more)


def field(name: str, kind: FieldType = "bigint", *, required: bool = True) -> Field:
    return Field(name=name, type=kind, required=required)


@given(st.data(), st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_an_event_comes_back_from_the_log_as_the_row_it_was(data: st.DataObject, event_id: str) -> None:
    kinds = data.draw(st.lists(st.sampled_from(list(VALUES)), max_size=6))
    one = schema(*(field(f"field_{place}", kind) for place, kind in enumerate(kinds)))
    schemas = EventSchemas([one])
    fields = {f"field_{place}": data.draw(VALUES[kind]) for place, kind in enumerate(kinds)}
    event = encode_event(one, "game", event_id, 0, Kept("*/*", "host", None), fields)
    action = decode_action(schemas, event)
    assert (action.game, action.event_id, action.event_type, action.table) == ("game", event_id, "duel", "duels")
    leading = (event.decode(), "1970-01-01 00:00:00.000", "*/*", "host", None, "duel")
    assert row_of(schemas, schemas.tables["duels"], event) == (*leading, *fields.values())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bigint", 2**63),
        ("bigint", 1.5),
        ("bigint", True),
        ("bigint", "7"),
        ("smallint", 2**15),
        ("float", 1e39),
        ("float", "1"),
        ("string", 5),
        ("string", "x" * 65_537),
        ("boolean", 1),
        ("string", None),
    ],
)
def test_a_value_of_another_type_is_refused_and_named(kind: FieldType, value: Any) -> None:
    schemas = EventSchemas([schema(field("stake", kind))])
    with pytest.raises(RejectedRecord, match="duel: stake: "):
        schemas.check(schemas.of("duel"), {"stake": value})


def test_a_field_left_out_is_null_where_it_is_optional_and_refused_where_not() -> None:
    schemas = EventSchemas([schema(field("winner"), field("stake", "float", required=False))])
    event = encode_event(schemas.of("duel"), "game", "1", 0, Kept(), {"winner": 4})
    assert row_of(schemas, schemas.tables["duels"], event)[-2:] == (4, None)
    with pytest.raises(RejectedRecord, match="winner"):
        schemas.check(schemas.of("duel"), {"stake": 1.0})


def test_a_new_optional_field_needs_nothing_and_older_events_have_none() -> None:
    before = schema(field("winner"))
    after = schema(field("winner"), field("arena", "string", required=False), version=2)
    schemas = EventSchemas([before, after])
    old = encode_event(before, "game", "1", 0, Kept(), {"winner": 4})
    new = encode_event(after, "game", "2", 0, Kept(), {"winner": 5, "arena": "pit"})
    table = schemas.tables["duels"]
    assert [row_of(schemas, table, event)[-2:] for event in (old, new)] == [(4, None), (5, "pit")]
    assert decode_action(schemas, old).event == old


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (schema(field("winner"), field("arena"), version=2), "arena has to be optional"),
        (schema(field("winner", "string"), version=2), "winner was bigint and would be string"),
        (schema(version=2), "winner stood at place 1"),
        (schema(field("loser", required=False), field("winner"), version=2), "winner stood at place 1"),
        (EventSchema(event_type="duel", version=2, table="fights", fields=(field("winner"),)), "its table was duels"),
        (schema(field("winner"), version=3), "version 2 is missing"),
        (schema(field("winner")), "there are two of it"),
        (schema(field("game"), version=1), "there are two of it|a name pressbox uses"),
    ],
)
def test_an_incompatible_change_is_refused_with_the_reason(after: EventSchema, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        EventSchemas([schema(field("winner")), after])


@pytest.mark.parametrize(
    ("schemas", "reason"),
    [
        ([schema(field("timestamp"))], "pressbox uses itself"),
        ([schema(field("stake"), field("stake"))], "two fields stake"),
        ([schema(lookup=Lookup(table="guilds", key="guild_id"))], "which is no field"),
        ([schema(), EventSchema(event_type="brawl", table="duels", fields=(field("x"),))], "other columns"),
        ([schema(), EventSchema(event_type="brawl", table="brawls", folder="duels")], "the same folder"),
    ],
)
def test_schemas_that_do_not_go_together_are_refused(schemas: list[EventSchema], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        EventSchemas(schemas)


@pytest.mark.parametrize("content", [b"{", b'{"event_type": "Duel!"}', b'{"event_type": "duel", "colour": 1}', b"[]"])
def test_a_file_that_is_no_schema_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        decode_event_schema(content)


def test_a_type_or_version_nobody_registered_is_refused() -> None:
    schemas = EventSchemas([schema()])
    with pytest.raises(RejectedRecord, match="unknown"):
        schemas.of("brawl")
    with pytest.raises(RejectedRecord, match="no version 4"):
        schemas.of("duel", 4)


@given(st.integers(0, 2**41))
def test_times_are_told_to_the_millisecond_and_sort_as_text(time_ms: int) -> None:
    assert told_time(time_ms) < told_time(time_ms + 1)
    assert math.isclose(int(told_time(time_ms)[-3:]), time_ms % 1000)
