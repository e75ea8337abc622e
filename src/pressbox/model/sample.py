"""
A sample: one reading of a sensor on an athlete, in integers.

Whoever decodes a sensor's message or a recording quantises once (`pressbox.codec.sample`); everything after it counts
in integers, so sums come out the same in any order and on any engine.
"""

from typing import TypeAlias

from msgspec import Struct

Identity: TypeAlias = tuple[int, int, int, str]
"""(time, sequence, boot, device): samples with the same identity are one sample, sent more than once."""


class Sample(Struct, frozen=True, gc=False, omit_defaults=True):
    """
    One reading of a sensor, quantised once when it was decoded. None: the sensor does not report it.

    *time_ms* is event time, since the epoch or since the session began. *x_mm* and *y_mm* lie on the field's plane.
    *speed_mm_s* and *distance_mm* (cumulative) are the device's own. Accelerations are in 10⁻⁴ g. *sequence* counts
    within *boot*, one start of the device; a recording that has neither leaves both 0.
    """

    time_ms: int
    x_mm: int | None = None
    y_mm: int | None = None
    speed_mm_s: int | None = None
    distance_mm: int | None = None
    heart_rate_bpm: int | None = None
    ax_e4g: int | None = None
    ay_e4g: int | None = None
    az_e4g: int | None = None
    sequence: int = 0
    boot: int = 0
    device: str = ""

    @property
    def identity(self) -> Identity:
        """What tells this sample from every other of its athlete, and the order samples are taken in."""
        return self.time_ms, self.sequence, self.boot, self.device
