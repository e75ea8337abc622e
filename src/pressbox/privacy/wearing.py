"""
Which messages of devices are those of one athlete, told by who wore what from when on.

What a device sent while nobody wore it is taken as theirs, too, where they wore it in the same session: somebody may
have told only afterwards whose it was.
"""

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Literal, TypeAlias

from msgspec import Struct

Whose: TypeAlias = Literal["theirs", "another's", "nobody's"]

EVERY_DEVICE = ""
"""Stands for all devices of a session: opened again, it has nobody wear any."""


class Wearing(Struct, frozen=True):
    """
    From a record on, what *device* sends in a session is the athlete's, another one's or nobody's.

    *session* is its key. The record stands at *offset* of the topic of samples, which got it at *time_ms*.
    """

    session: str
    offset: int
    time_ms: int
    device: str
    whose: Whose


class Wearings:
    """All that is known of who wore what, as far as it is about one athlete; what was noted first of a record stands."""

    def __init__(self, wearings: Iterable[Wearing] = ()) -> None:
        self._noted: dict[str, dict[tuple[str, int], Wearing]] = {}
        self._lanes: dict[tuple[str, str], list[Wearing]] = {}
        for one in wearings:
            self.note(one)

    def __iter__(self) -> Iterator[Wearing]:
        return (one for noted in self._noted.values() for one in noted.values())

    def note(self, wearing: Wearing) -> None:
        """Take note of *wearing*, where nothing was noted of its record and device before."""
        self._noted.setdefault(wearing.session, {}).setdefault((wearing.device, wearing.offset), wearing)
        self._lanes.clear()

    def knows(self, session: str) -> bool:
        """Return whether anything is known of who wore what in *session*."""
        return session in self._noted

    def spans(self) -> list[tuple[str, str, int, int | None]]:
        """Return session, device, begin and end of each time they wore one, in epoch milliseconds; no end: not yet."""
        spans = []
        for session, device in sorted({(one.session, one.device) for one in self if one.whose == "theirs"}):
            lane = self._lane(session, device)
            for one, following in zip(lane, [*lane[1:], None], strict=True):
                if one.whose == "theirs":
                    spans.append((session, device, one.time_ms, None if following is None else following.time_ms))
        return spans

    def is_worn(self, session: str, device: str, offset: int) -> bool:
        """Return whether they wore *device* when the record at *offset* came."""
        before = [one for one in self._lane(session, device) if one.offset <= offset]
        return bool(before) and before[-1].whose == "theirs"

    def is_theirs(self, session: str, device: str, offset: int) -> bool:
        """Return whether what *device* sent as the record at *offset* is theirs, or may be."""
        lane = self._lane(session, device)
        return bool(lane) and _may_be_theirs([one for one in lane if one.offset <= offset])

    def was_theirs(self, session: str, device: str, time_ms: int) -> bool:
        """Return whether what *device* sent at *time_ms* is theirs, or may be."""
        lane = self._lane(session, device)
        return bool(lane) and _may_be_theirs([one for one in lane if one.time_ms <= time_ms])

    def _lane(self, session: str, device: str) -> list[Wearing]:
        """Return what is known of *device* in *session*, in order; nothing where it never was theirs."""
        lane = self._lanes.get((session, device))
        if lane is None:
            noted = self._noted.get(session, {}).values()
            found = [one for one in noted if one.device in (device, EVERY_DEVICE)]
            is_theirs_ever = any(one.whose == "theirs" for one in found)
            lane = self._lanes[session, device] = sorted(found, key=attrgetter("offset")) if is_theirs_ever else []
        return lane


def _may_be_theirs(before: list[Wearing]) -> bool:
    return not before or before[-1].whose != "another's"
