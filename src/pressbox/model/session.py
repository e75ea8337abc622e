"""
A session: one wearing, game or training, and the terms its samples are measured by.

Everything the figures depend on is fixed when the session is opened and is a record in its topic, so a replay next
year gives the same figures, whatever tables say by then.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

Sex: TypeAlias = Literal["m", "f"]
DistanceFrom: TypeAlias = Literal["position", "device", "speed"]
SpeedFrom: TypeAlias = Literal["device", "step"]

GAP_INTERVALS = 5
GAP_MS_MIN = 500
GAP_MS_AT_1_HZ = 10_000
MS_AT_1_HZ = 1_000
LOAD_INTERVAL_MS = 10


class AthleteProfile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What figures need to know of an athlete; what is None leaves its figures out. All but the top speed is medical.

    *speed_mm_s_top* is the fastest the athlete was measured to run, before this session.
    """

    athlete: str
    name: str = ""
    heart_rate_bpm_rest: int | None = None
    heart_rate_bpm_max: int | None = None
    sex: Sex | None = None
    speed_mm_s_top: int | None = None


class Field(Struct, frozen=True, kw_only=True):
    """The field of play. Its plane has the origin in the middle, x along the length."""

    length_mm: int
    width_mm: int


class Plane(Struct, frozen=True, kw_only=True):
    """
    Where on the globe a field's plane lies: its origin in degrees of WGS84, and where its x axis points.

    *bearing_deg* is clockwise from north, so that 90 lets x point east and y north.
    """

    latitude_deg: float
    longitude_deg: float
    bearing_deg: float = 90.0


class Period(Struct, frozen=True):
    """A named part of a session, [start, end) in whole seconds of event time; None: it is under way."""

    name: str
    start_ms: int
    end_ms: int | None = None


class Preset(Struct, frozen=True, kw_only=True):
    """
    What a sport looks at.

    *zones_dkmh* are the lower bounds of the speed zones in 0.1 km/h, the first of them 0; a zone is [low, high).
    *high_speed_dkmh* and *sprint_dkmh* are the speeds high-speed running and sprinting begin at. A sprint lasts at
    least *sprint_ms_min*; an acceleration, a deceleration or an exposure to top speed at least *effort_ms_min*.
    """

    sport: str
    zones_dkmh: tuple[int, ...]
    high_speed_dkmh: int = 198
    sprint_dkmh: int = 252
    sprint_ms_min: int = 1_000
    acceleration_mm_s2: int = 3_000
    effort_ms_min: int = 300
    field: Field


FOOTBALL = Preset(sport="football", zones_dkmh=(0, 70, 150, 200, 250), field=Field(length_mm=105_000, width_mm=68_000))
"""Zones as in FIFA's physical reports: 0-7, 7-15, 15-20, 20-25, 25+ km/h."""

LACROSSE = Preset(sport="lacrosse", zones_dkmh=(0, 72, 144, 216), field=Field(length_mm=100_584, width_mm=54_864))
"""Zones 0-7.2, 7.2-14.4, 14.4-21.6, 21.6+ km/h (J Sports Sci Med 18:290); a field of 110 by 60 yards."""

PRESETS = {preset.sport: preset for preset in (FOOTBALL, LACROSSE)}


class Terms(Struct, frozen=True, kw_only=True):
    """
    How the samples of a session are measured.

    *interval_ms* is the nominal time between two samples of a device. Two readings further apart than *gap_ms* have a
    gap between them, which adds nothing. *distance_from* tells what distance is made of: steps between positions, the
    device's own cumulative distance, or speed times time. *speed_from* tells where speed comes from: the device, or
    each step and its time.
    """

    preset: Preset
    interval_ms: int
    gap_ms: int
    distance_from: DistanceFrom = "position"
    speed_from: SpeedFrom = "device"


def gap_ms_of(interval_ms: int) -> int:
    """Return the gap limit: 5 nominal intervals, at least 0.5 s; 10 s for devices of 1 Hz and slower."""
    return GAP_MS_AT_1_HZ if interval_ms >= MS_AT_1_HZ else max(GAP_INTERVALS * interval_ms, GAP_MS_MIN)


def terms_of(
    preset: Preset,
    interval_ms: int,
    *,
    distance_from: DistanceFrom = "position",
    speed_from: SpeedFrom = "device",
) -> Terms:
    """Return the terms for devices that give a sample every *interval_ms*, with the gap limit that follows from it."""
    return Terms(
        preset=preset,
        interval_ms=interval_ms,
        gap_ms=gap_ms_of(interval_ms),
        distance_from=distance_from,
        speed_from=speed_from,
    )
