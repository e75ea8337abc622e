"""Which figures of athletes pages show, what they are called and how they are written; each is named as in its store."""

from typing import Any, Final

from msgspec import Struct

from pressbox.model.metric import Medical, Performance

NOTHING: Final = "–"
"""Stands where a figure cannot be told, or not to this viewer."""


class Figure(Struct, frozen=True):
    """
    One figure of a span: *name* is its field in `Performance` or `Medical`.

    It is shown as *value · scale* in *unit* with so many *decimals*.
    """

    name: str
    label: str
    unit: str
    decimals: int
    scale: float = 1.0

    def text(self, figures: Performance | Medical | None) -> str:
        """Return it as people read it."""
        value = self.value(figures)
        return NOTHING if value is None else f"{value:,.{self.decimals}f}"

    def value(self, figures: Performance | Medical | None) -> float | None:
        """Return it as a number in its unit; None where it cannot be told."""
        value: Any = None if figures is None else getattr(figures, self.name)
        return None if value is None else value * self.scale


PERFORMANCE_FIGURES: Final = (
    Figure("distance_m", "Distance", "km", 2, 0.001),
    Figure("high_speed_distance_m", "High speed", "m", 0),
    Figure("sprints", "Sprints", "", 0),
    Figure("speed_kmh_max", "Top speed", "km/h", 1),
    Figure("accelerations", "Accelerations", "", 0),
    Figure("decelerations", "Decelerations", "", 0),
    Figure("player_load", "Load", "", 1),
    Figure("metabolic_power_w_kg_mean", "Power", "W/kg", 1),
    Figure("covered_s", "Time", "min", 1, 1 / 60),
)
MEDICAL_FIGURES: Final = (
    Figure("heart_rate_bpm_mean", "Heart rate, mean", "bpm", 0),
    Figure("heart_rate_bpm_max", "Heart rate, max", "bpm", 0),
    Figure("trimp_edwards", "TRIMP Edwards", "", 1),
    Figure("trimp_banister", "TRIMP Banister", "", 1),
)
