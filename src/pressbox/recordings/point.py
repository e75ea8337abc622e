"""The points of a track in XML: the leaves of one element, read into a row."""

import math
from datetime import UTC, datetime

from pressbox.recordings.markup import Node
from pressbox.recordings.row import Note, Row


class Point:
    """One point as it is read: values come one by one, and what cannot be one is noted."""

    def __init__(self, line: int, note: Note) -> None:
        """Begin a point that stands at *line*."""
        self._place = f"line {line}"
        self._note = note
        self._values: dict[str, float] = {}
        self._time_ms: int | None = None
        self._bad_time: str | None = None

    def take_time(self, text: str) -> None:
        """Read the point's time: ISO 8601, UTC where it names no zone."""
        try:
            told = datetime.fromisoformat(text)
        except ValueError:
            self._bad_time = text
            return
        self._time_ms = round((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1e3)

    def take(self, field: str, text: str, plus: float = 0.0) -> None:
        """Read the value of *field*, which grows by *plus*."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            self._values.setdefault(field, value + plus)
        else:
            self._note(self._place, f"{text!r} is no number ({field})")

    def value(self, field: str) -> float | None:
        """Return what was read of *field*."""
        return self._values.get(field)

    def row(self) -> Row | None:
        """Return the row; None where the point has no time, which is noted."""
        if self._time_ms is None:
            reason = "a point without a time" if self._bad_time is None else f"{self._bad_time!r} is no time"
            self._note(self._place, reason)
            return None
        return Row(self._time_ms, **self._values)  # type: ignore[arg-type]  # its keys are fields of a row


def node_value(node: Node, name: str) -> str:
    """Return the attribute *name* of *node*, empty where it has none."""
    return node.attributes.get(name, "")
