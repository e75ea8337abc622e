"""
Pipeline `game_play`: events of games -> one row an action, in the table of its type.

Key: game and event id. The state of a key is that it was seen. Every record of the topic gives exactly one result: a
row, a repeat of an event seen before, an event without a table, or a dead letter.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec import Raw

from pressbox.codec.action import broken_in, decode_action
from pressbox.codec.action_schema import EventSchemas
from pressbox.model.action import (
    Action,
    ActionResult,
    EventRefused,
    Repeated,
    RowAdded,
    Untabled,
    encode_action_result,
)
from pressbox.stream.fold import KeyedFold
from pressbox.stream.record import Record

EVENTS: Final = "events"
EVENTS_DEAD_LETTERS: Final = "events-deadletters"
ACTION_ROWS: Final = "action-rows"


def game_play(schemas: EventSchemas) -> KeyedFold[bool, Action, ActionResult]:
    """Return the pipeline over *schemas*."""
    return KeyedFold(
        name="game_play",
        source=EVENTS,
        targets=(EVENTS_DEAD_LETTERS, ACTION_ROWS),
        decode=partial(decode_action, schemas),
        apply=_apply,
        encode=encode_action_result,
        topic_of=lambda result: EVENTS_DEAD_LETTERS if isinstance(result, EventRefused) else ACTION_ROWS,
    )


def refused(record: Record, revision: int, reason: str) -> ActionResult:
    """Return the dead letter of *record*: what a client sent, where the collector could make nothing of it."""
    broken = broken_in(record.value)
    game, _, event_id = record.key.partition("/")
    if broken is None:
        return EventRefused(revision=revision, game=game, event_id=event_id, reason=reason, content=record.value)
    return EventRefused(
        revision=revision,
        game=game,
        event_id=event_id,
        reason=reason,
        content=broken.content,
        accept=broken.accept,
        host=broken.host,
        user_agent=broken.user_agent,
    )


def _apply(
    seen: bool | None, revision: int, action: Action, *, silent: bool = False
) -> tuple[bool | None, Sequence[ActionResult]]:
    if silent:
        return True, ()
    if seen:
        return None, (Repeated(revision=revision, game=action.game, event_id=action.event_id),)
    if action.table is None:
        return True, (Untabled(revision=revision, event_type=action.event_type),)
    return True, (RowAdded(revision=revision, table=action.table, event=Raw(action.event)),)
