"""A heart that follows effort with a lag."""

from typing import Final

from pressbox.simulate.chance import Chance

UP_S: Final = 25.0
DOWN_S: Final = 55.0
"""Time constants of first-order kinetics: a heart rises faster than it comes down."""

_STANDING: Final = 0.26
_PER_M_S: Final = 0.17
_PER_M_S2: Final = 0.04
_REGULARITY: Final = 0.98
_UNREST_BPM: Final = 0.6


class Heart:
    """
    A heart between its rate at rest and its maximum, in beats per minute.

    What effort asks for grows with speed and acceleration; the rate goes there as a first-order lag does.
    """

    def __init__(self, bpm_rest: int, bpm_max: int, chance: Chance) -> None:
        self._bpm_rest, self._bpm_max = bpm_rest, bpm_max
        self._chance = chance
        self._unrest_bpm = 0.0
        self.bpm = bpm_rest + (bpm_max - bpm_rest) * chance.within(0.15, 0.35)

    def follow(self, speed_m_s: float, acceleration_m_s2: float, span_s: float) -> int:
        """Return the rate after *span_s* of an effort."""
        asked = min(_STANDING + _PER_M_S * speed_m_s + _PER_M_S2 * acceleration_m_s2, 1.0)
        towards_bpm = self._bpm_rest + (self._bpm_max - self._bpm_rest) * asked
        lag_s = UP_S if towards_bpm > self.bpm else DOWN_S
        self.bpm += (towards_bpm - self.bpm) * min(span_s / lag_s, 1.0)
        self._unrest_bpm = self._unrest_bpm * _REGULARITY + self._chance.within(-_UNREST_BPM, _UNREST_BPM)
        return min(max(round(self.bpm + self._unrest_bpm), self._bpm_rest), self._bpm_max)
