"""Retention: which old segments of a topic may go, and which must because its disk is at its limit. Pure."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from pressbox.log.finding import Gap


class Retention(Struct, frozen=True, kw_only=True):
    """
    How much of a topic is kept; None sets no limit, and without limits all is kept.

    What a store or a checkpoint still needs stays beyond *age_ms* and *bytes_max*, but not beyond *disk_bytes_max*.
    """

    age_ms: int | None = None
    bytes_max: int | None = None
    disk_bytes_max: int | None = None


class Sealed(Struct, frozen=True):
    """A segment that is full: its records, its size, and when the next one was begun."""

    partition: int
    base: int
    end: int
    length_bytes: int
    ended_ms: int


class Retained(Struct, frozen=True):
    """What retention did: the segments *removed*, and the *gaps* that leaves to those who had not read them."""

    removed: list[Sealed]
    gaps: list[Gap]


Held = Mapping[str, Mapping[int, int]]
"""Per store or checkpoint the first offset it still needs of each partition; one not named is needed from 0."""


def expired(
    sealed: Sequence[Sealed], total_bytes: int, retention: Retention, *, now_ms: int, held: Held
) -> list[Sealed]:
    """
    Return which of the *sealed* segments of a topic of *total_bytes* have to go, always the oldest of a partition.

    Three rounds, each oldest first: what is due and nobody needs; at the limit on disk also what is not due and
    nobody needs; and only then what somebody needs.
    """

    def is_due(segment: Sealed) -> bool:
        too_old = retention.age_ms is not None and now_ms - segment.ended_ms >= retention.age_ms
        return too_old or (retention.bytes_max is not None and plan.kept_bytes > retention.bytes_max)

    def is_free(segment: Sealed) -> bool:
        return all(segment.end <= needed.get(segment.partition, 0) for needed in held.values())

    def is_over_limit(_: Sealed) -> bool:
        return retention.disk_bytes_max is not None and plan.kept_bytes > retention.disk_bytes_max

    plan = _Plan(sealed, total_bytes)
    plan.take(lambda segment: is_due(segment) and is_free(segment))
    plan.take(lambda segment: is_over_limit(segment) and is_free(segment))
    plan.take(is_over_limit)
    return plan.taken


def gaps(topic: str, removed: Sequence[Sealed], held: Held) -> list[Gap]:
    """Return what the holders of *held* miss of *topic* once the *removed* segments are gone."""
    spans: dict[int, tuple[int, int]] = {}
    for segment in removed:
        start, end = spans.get(segment.partition, (segment.base, segment.end))
        spans[segment.partition] = (min(start, segment.base), max(end, segment.end))
    return [
        Gap(store, topic, partition, max(start, needed.get(partition, 0)), end)
        for store, needed in held.items()
        for partition, (start, end) in spans.items()
        if needed.get(partition, 0) < end
    ]


class _Plan:
    def __init__(self, sealed: Sequence[Sealed], total_bytes: int) -> None:
        self.taken: list[Sealed] = []
        self.kept_bytes = total_bytes
        self._left = sorted(sealed, key=lambda segment: (segment.ended_ms, segment.partition, segment.base))

    def take(self, wanted: Callable[[Sealed], bool]) -> None:
        staying: list[Sealed] = []
        for segment in self._left:
            if wanted(segment):
                self.taken.append(segment)
                self.kept_bytes -= segment.length_bytes
            else:
                staying.append(segment)
        self._left = staying
