"""
What the live channel carries: where athletes are now, and their figures so far, before anything of it is final.

It lives in memory and is for eyes and gauges: what counts is told again by the results in the log. Who is handed it has
to ask what of it is medical, and for whose eyes.
"""

from collections.abc import Sequence

from msgspec import Struct

from pressbox.model.load import WindowMedical, WindowPerformance


class LivePlace(Struct, frozen=True, gc=False):
    """
    The newest reading of an athlete: *time_ms* is when it was measured, *received_ms* when it came, by our clock.

    *heart_rate_bpm* and *heart_rate_zone* are medical: the zone is 0 below half of the athlete's maximum, then 1 to 5.
    What the sensor did not report, or cannot be told, is None.
    """

    athlete: str
    time_ms: int
    received_ms: int
    x_mm: int | None
    y_mm: int | None
    speed_mm_s: int | None
    heart_rate_bpm: int | None
    heart_rate_zone: int | None
    battery_pct: float | None


class LiveFrame(Struct, frozen=True):
    """The athletes of a session who have a new reading, each with the newest; *told_ms* is when it was folded."""

    stadium: str
    session: str
    told_ms: int
    places: Sequence[LivePlace]


class LiveFigures(Struct, frozen=True):
    """
    The figures so far of athletes of a session who moved on.

    Seconds that are open are among them under window "second", all that is known of the session under "session". Their
    marks grow, and are at most those of the results that follow in the log.
    """

    stadium: str
    session: str
    told_ms: int
    performance: Sequence[WindowPerformance]
    medical: Sequence[WindowMedical]
