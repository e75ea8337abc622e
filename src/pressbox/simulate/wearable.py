"""A device on an athlete: what it makes of the truth, with its own clock, and what gets lost on the way."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from pressbox.codec.sensor_message import VERSION, SensorMessage, SensorSample
from pressbox.simulate.athlete import Reading
from pressbox.simulate.chance import Chance
from pressbox.simulate.sending import Sending

_WANDER: Final = 0.999
_WANDER_M: Final = 0.002
_SPEED_NOISE_M_S: Final = 0.03
_SHAKE_G: Final = 0.015
_HOUR_S: Final = 3600.0
_BATTERY_PCT_PER_HOUR: Final = 9.0
_LONG_DROPOUTS: Final = 0.1


class Trouble(Struct, frozen=True, kw_only=True):
    """
    How much goes wrong with a device.

    Clocks are off by up to *clock_error_ms* at the start and drift by up to *drift_ppm*. *dropouts_per_hour* are
    stretches without samples, or out of reach: then they are sent late, all at once. *belts_lost* is the share of
    athletes whose heart rate is missing, for a stretch or for good; *doubled* and *reordered* are shares of messages.
    """

    clock_error_ms: int = 400
    drift_ppm: float = 40.0
    dropouts_per_hour: float = 2.0
    belts_lost: float = 0.1
    doubled: float = 0.002
    reordered: float = 0.002


NO_TROUBLE: Final = Trouble(
    clock_error_ms=0, drift_ppm=0.0, dropouts_per_hour=0.0, belts_lost=0.0, doubled=0.0, reordered=0.0
)


class Wearable:
    """
    The device *name* in a session of *span_s* seconds.

    `transmit` takes what is true, in the order of time, and gives what is sent for it: nothing, one message, or more.
    """

    def __init__(self, name: str, session: str, span_s: float, trouble: Trouble, chance: Chance) -> None:
        self.name = name
        self._session = session
        self._trouble, self._chance = trouble, chance
        self._sequence = 0
        self._wander_x_m = self._wander_y_m = 0.0
        self._battery_pct = chance.within(60, 100)
        self._clock_error_ms = chance.within(-trouble.clock_error_ms, trouble.clock_error_ms)
        self._drift = chance.within(-trouble.drift_ppm, trouble.drift_ppm) / 1e6
        self._felt_s = self._belt(span_s)
        self._away_s = (0.0, 0.0)
        self._keeps = False
        self._next_dropout_s = self._dropout_wait_s()

    def transmit(
        self, readings: Sequence[Reading], heart_rate_bpm: int, times_ms: Sequence[int], start_ms: int
    ) -> list[Sending]:
        """Return what is sent for *readings* at *times_ms* of a session that began, as the devices did, at *start_ms*."""
        due_ms = times_ms[-1]
        now_s = due_ms / 1e3
        self._look_at_dropouts(now_s)
        is_away = self._away_s[0] <= now_s < self._away_s[1]
        if is_away and not self._keeps:
            return []
        error_ms = self._clock_error_ms + due_ms * self._drift
        felt_bpm = heart_rate_bpm if self._felt_s[0] <= now_s < self._felt_s[1] else None
        offset_ms = start_ms + round(error_ms)
        message = SensorMessage(
            version=VERSION,
            device=self.name,
            boot=start_ms // 1000,
            samples=tuple(
                self._sample(reading, max(time_ms + offset_ms, 0), felt_bpm)
                for reading, time_ms in zip(readings, times_ms, strict=True)
            ),
            battery_pct=round(max(self._battery_pct - _BATTERY_PCT_PER_HOUR * now_s / _HOUR_S, 0.0), 1),
        )
        if is_away:
            due_ms = round(self._away_s[1] * 1e3)
        return self._on_its_way(Sending(due_ms, self._session, message, round(error_ms)), len(readings))

    def _on_its_way(self, sending: Sending, samples: int) -> list[Sending]:
        chance, trouble = self._chance, self._trouble
        apart_ms = max(sending.message.samples[-1].time_ms - sending.message.samples[0].time_ms, 1)
        apart_ms = apart_ms * (samples + 1) // samples
        if chance.happens(trouble.reordered):
            sending = _later(sending, apart_ms * chance.between(2, 4))
        if chance.happens(trouble.doubled):
            return [sending, _later(sending, apart_ms * chance.between(1, 10))]
        return [sending]

    def _sample(self, reading: Reading, time_ms: int, felt_bpm: int | None) -> SensorSample:
        draw = self._chance.fraction
        self._wander_x_m = self._wander_x_m * _WANDER + (draw() - 0.5) * 2 * _WANDER_M
        self._wander_y_m = self._wander_y_m * _WANDER + (draw() - 0.5) * 2 * _WANDER_M
        shake = (draw() - 0.5) * 2 * _SHAKE_G
        speed_m_s = reading.speed_m_s + (draw() - 0.5) * 2 * _SPEED_NOISE_M_S
        self._sequence += 1
        return SensorSample(
            sequence=self._sequence,
            time_ms=time_ms,
            position_m=(round(reading.x_m + self._wander_x_m, 3), round(reading.y_m + self._wander_y_m, 3)),
            speed_m_s=round(speed_m_s, 3) if speed_m_s > 0 else 0.0,
            heart_rate_bpm=felt_bpm,
            acceleration_g=(
                round(reading.along_g + shake, 3),
                round(reading.across_g - shake, 3),
                round(reading.upwards_g + shake, 3),
            ),
            quality=round(1.0 - draw() * 0.1, 2),
        )

    def _belt(self, span_s: float) -> tuple[float, float]:
        """Return from when to when the belt feels the heart."""
        if not self._chance.happens(self._trouble.belts_lost):
            return 0.0, float("inf")
        if self._chance.happens(0.5):
            return 0.0, 0.0
        return 0.0, self._chance.within(0.1, 0.9) * span_s

    def _dropout_wait_s(self) -> float:
        rate = self._trouble.dropouts_per_hour
        return self._chance.within(0.0, 2.0) * _HOUR_S / rate if rate else float("inf")

    def _look_at_dropouts(self, now_s: float) -> None:
        if now_s < self._next_dropout_s:
            return
        chance = self._chance
        long = chance.happens(_LONG_DROPOUTS)
        self._away_s = now_s, now_s + (chance.within(60, 240) if long else chance.within(1, 20))
        self._keeps = chance.happens(0.5)
        self._next_dropout_s = self._away_s[1] + self._dropout_wait_s()


def _later(sending: Sending, by_ms: int) -> Sending:
    return Sending(sending.due_ms + by_ms, sending.session, sending.message, sending.clock_error_ms)
