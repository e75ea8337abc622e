"""
The records that open and close a session and refold a minute, and the results of the load pipeline.

All of them lie in topic `samples`, beside the samples themselves, and are medical: they hold heart rates.
"""

from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from pressbox.model.metric import Medical, Performance
from pressbox.model.sample import Sample
from pressbox.model.session import AthleteProfile, Plane, Terms

Window: TypeAlias = Literal["second", "minute", "session"]


class SessionOpened(Struct, frozen=True, tag="session_opened", kw_only=True):
    """
    A session begins, with everything its figures depend on.

    A second closes when a sample *grace_ms* after its end has come. What is closed still takes late samples, until its
    minute has been over for another *late_ms*.
    """

    stadium: str
    session: str
    athletes: tuple[AthleteProfile, ...]
    terms: Terms
    plane: Plane | None = None
    grace_ms: int = 2_000
    late_ms: int = 60_000


class SessionClosed(Struct, frozen=True, tag="session_closed"):
    """The session is over: whatever is open closes."""

    stadium: str
    session: str


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


LoadResult: TypeAlias = WindowPerformance | WindowMedical | SetAside

encode_load_result = msgspec.json.Encoder().encode
decode_load_result = msgspec.json.Decoder(LoadResult).decode
