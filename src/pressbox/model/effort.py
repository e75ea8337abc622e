"""
An effort: all that is kept of a span of an athlete's samples, and enough to join it with the span that follows.

Every number is an integer, and an effort is the ordered merge of the efforts of its parts: `merge(a, b)` wants *a*
wholly before *b* and is associative. So a minute made of seconds equals a minute made of samples, to the last digit.
Units last: um is 10⁻⁶ m, mj_kg is 10⁻³ J/kg, dkmh is 0.1 km/h, load_e6 is 10⁻⁶ load units.
"""

from msgspec import Struct


class Runs(Struct, frozen=True, gc=False):
    """
    The runs of readings beyond one threshold.

    A run lasts from its first to its last reading. *head_ms* is the run under way at the span's first reading,
    *tail_ms* the one under way at its last; None: there is none. *whole*: they are one and the same, and cover the
    span. *count* is how many of the others last long enough.
    """

    count: int = 0
    head_ms: int | None = None
    tail_ms: int | None = None
    whole: bool = False


class Surge(Struct, frozen=True):
    """
    The acceleration readings of a span, and the metabolic energy that follows from them.

    *runs* are those of accelerations and of decelerations. What is *high* was spent at 20 W/kg or more.
    """

    first_ms: int
    last_ms: int
    acceleration_mm_s2_max: int
    acceleration_mm_s2_min: int
    runs: tuple[Runs, ...]
    ms: int = 0
    energy_mj_kg: int = 0
    high_energy_mj_kg: int = 0
    high_ms: int = 0
    high_um: int = 0


class Motion(Struct, frozen=True):
    """
    The speed readings of a span.

    *opening* are the readings (time, speed) that had no reading 0.5 s before them; *closing* those that readings yet
    to come may look back to. *unbroken*: no gap lies between any two of them.
    """

    first_ms: int
    last_ms: int
    speed_mm_s_max: int
    unbroken: bool
    opening: tuple[tuple[int, int], ...]
    closing: tuple[tuple[int, int], ...]
    runs: tuple[Runs, ...]
    surge: Surge | None = None
    refused: int = 0


class Fix(Struct, frozen=True, gc=False):
    """A reading a step begins or ends at: *a* and *b* are x and y, or the device's distance and 0."""

    time_ms: int
    a: int
    b: int
    speed_mm_s: int | None


class Path(Struct, frozen=True):
    """The steps of a span, by the speed at their end in 0.1 km/h. *refused* are steps no athlete can make."""

    first: Fix
    last: Fix
    count: int
    um_by_dkmh: dict[int, int]
    ms_by_dkmh: dict[int, int]
    refused: int = 0


class Pulse(Struct, frozen=True):
    """The heart-rate readings of a span. A reading lasts until the next one, the gap limit at most."""

    first_ms: int
    last_ms: int
    last_bpm: int
    samples_by_bpm: dict[int, int]
    ms_by_bpm: dict[int, int]


class Jolt(Struct, frozen=True, gc=False):
    """The accelerometer readings of a span: (time, x, y, z) of the first and the last, and the load between them."""

    first: tuple[int, int, int, int]
    last: tuple[int, int, int, int]
    count: int
    load_e6: int


class Refused(Struct, frozen=True, gc=False):
    """How many values of single samples were left out because no athlete can have them."""

    heart_rate: int = 0
    speed: int = 0
    acceleration: int = 0


class Effort(Struct, frozen=True):
    """All that is kept of a span: *samples* counts each sample once; a channel nothing reported is None."""

    first_ms: int
    last_ms: int
    samples: int
    ms: int
    path: Path | None = None
    motion: Motion | None = None
    pulse: Pulse | None = None
    jolt: Jolt | None = None
    refused: Refused = Refused()
