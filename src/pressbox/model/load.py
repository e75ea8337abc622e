"""
The records that open, divide and close a session and refold a minute, and the results of the load pipeline.

The records lie in topic `samples`, beside the samples themselves, and are medical: they hold heart rates.
"""

from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pressbox.model.metric import Medical, Performance
from pressbox.model.sample import Sample
from pressbox.model.session import AthleteProfile, Field, Period, Plane, Terms

Window: TypeAlias = Literal["second", "minute", "period", "session"]


class SessionOpened(Struct, frozen=True, tag="session_opened", kw_only=True):
    """
    A session begins, with everything its figures depend on.

    A second closes when a sample *grace_ms* after its end has come. What is closed still takes late samples, until its
    minute has been over for another *late_ms*. *opened_ms* is event time; 0: it was not told.
    """

    stadium: str
    session: str
    athletes: tuple[AthleteProfile, ...]
    terms: Terms
    plane: Plane | None = None
    grace_ms: int = 2_000
    late_ms: int = 60_000
    opened_ms: int = 0

    def without(self, athlete: str) -> "SessionOpened":
        """Return the same opening as if nobody had told of *athlete*."""
        return replace(self, athletes=tuple(one for one in self.athletes if one.athlete != athlete))


class SessionClosed(Struct, frozen=True, tag="session_closed"):
    """The session is over: whatever is open closes, and a period under way ends. 0: when was not told."""

    stadium: str
    session: str
    closed_ms: int = 0


class PeriodStarted(Struct, frozen=True, tag="period_started"):
    """
    A part of the session begins at *at_ms* of event time, in whole seconds: a quarter, a half, a drill.

    The period under way, where there is one, ends there.
    """

    stadium: str
    session: str
    period: str
    at_ms: int


class PeriodEnded(Struct, frozen=True, tag="period_ended"):
    """The period under way ends at *at_ms* of event time, in whole seconds."""

    stadium: str
    session: str
    at_ms: int


class MinuteReopened(Struct, frozen=True, tag="minute_reopened"):
    """A closed minute got a late sample; these are all its samples, the late one among them."""

    stadium: str
    session: str
    athlete: str
    minute_ms: int
    samples: tuple[Sample, ...]


class WindowPerformance(Struct, frozen=True, tag="performance"):
    """The performance of an athlete in one window, which begins at *start_ms*."""

    stadium: str
    session: str
    athlete: str
    window: Window
    start_ms: int
    revision: int
    index: int
    performance: Performance


class WindowMedical(Struct, frozen=True, tag="medical"):
    """What is medical in the same window; it has the key and the revision of the performance."""

    stadium: str
    session: str
    athlete: str
    window: Window
    start_ms: int
    revision: int
    index: int
    medical: Medical


class SetAside(Struct, frozen=True, tag="set_aside"):
    """Samples that do not count: *late* ones until their minute is reopened, those of the *future* for good."""

    stadium: str
    session: str
    athlete: str
    reason: Literal["late", "future"]
    minute_ms: int
    revision: int
    index: int
    samples: tuple[Sample, ...]


class AthleteName(Struct, frozen=True):
    """An athlete of a session, and nothing medical."""

    athlete: str
    name: str


class SessionTold(Struct, frozen=True, tag="session", kw_only=True):
    """
    What everybody may know of a session, told anew whenever it changes. Nothing in it is medical.

    *opened_ms* is 0 and *closed_ms* None where that was not told. *wearers* tells the athlete of a device.
    """

    stadium: str
    session: str
    state: Literal["open", "closed"]
    revision: int
    index: int
    opened_ms: int
    closed_ms: int | None
    sport: str
    zones_dkmh: tuple[int, ...]
    field: Field
    periods: tuple[Period, ...]
    athletes: tuple[AthleteName, ...]
    wearers: dict[str, str]

    def without(self, athlete: str) -> "SessionTold":
        """Return the same telling as if *athlete* had not been there."""
        wearers = {device: one for device, one in self.wearers.items() if one != athlete}
        return replace(self, athletes=tuple(one for one in self.athletes if one.athlete != athlete), wearers=wearers)


class RecordRefused(Struct, frozen=True, tag="refused"):
    """A record the fold could not take, and why: *message* is what the device sent, or the record as it stands."""

    stadium: str
    session: str
    device: str
    reason: str
    revision: int
    index: int
    received_ms: int
    message: bytes


class ResultErased(Struct, frozen=True, tag="erased"):
    """Stands in the log where a result of an athlete was who is erased: its mark goes on counting, nothing else is left."""

    stadium: str
    session: str
    revision: int
    index: int


LoadResult: TypeAlias = WindowPerformance | WindowMedical | SetAside | SessionTold | RecordRefused

encode_load_result = msgspec.json.Encoder().encode
decode_load_result = msgspec.json.Decoder(LoadResult | ResultErased).decode
