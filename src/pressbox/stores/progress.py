"""How far a store has come: its cursor for each partition, and the high mark it keeps for each key."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from pressbox.stores.reference_tables import CURSORS, MARKS
from pressbox.stream.revision import Mark
from pressbox.stream.store import Cursor


def read_cursor(connection: Connection, store: str, partition: int) -> Cursor | None:
    """Return where *store* goes on reading *partition*, or None where it has read nothing yet."""
    row = connection.execute(select(CURSORS.c.generation, CURSORS.c.offset).where(_lane(store, partition))).first()
    return None if row is None else Cursor(*row)


def move_cursor(connection: Connection, store: str, partition: int, cursor: Cursor) -> None:
    """Move on to *cursor*. A batch that comes again does not move it back."""
    generation, offset = CURSORS.c.generation, CURSORS.c.offset
    not_ahead = or_(generation < cursor.generation, and_(generation == cursor.generation, offset <= cursor.offset))
    place = {"generation": cursor.generation, "offset": cursor.offset}
    moved = connection.execute(update(CURSORS).where(_lane(store, partition), not_ahead).values(place))
    if moved.rowcount == 0 and read_cursor(connection, store, partition) is None:
        connection.execute(insert(CURSORS), {"store": store, "partition": partition, **place})


def read_marks(connection: Connection, store: str, keys: Sequence[str]) -> dict[str, Mark]:
    """Return the high marks of those of *keys* that have one."""
    rows = connection.execute(
        select(MARKS.c.key, MARKS.c.revision, MARKS.c.result_index).where(MARKS.c.store == store, MARKS.c.key.in_(keys))
    )
    return {key: (revision, index) for key, revision, index in rows}


def keep_marks(connection: Connection, store: str, marks: Mapping[str, Mark]) -> None:
    """Keep *marks*, at least one, in place of those their keys had."""
    connection.execute(delete(MARKS).where(MARKS.c.store == store, MARKS.c.key.in_(list(marks))))
    rows = [
        {"store": store, "key": key, "revision": revision, "result_index": index}
        for key, (revision, index) in marks.items()
    ]
    connection.execute(insert(MARKS), rows)


def _lane(store: str, partition: int) -> ColumnElement[bool]:
    return and_(CURSORS.c.store == store, CURSORS.c.partition == partition)
