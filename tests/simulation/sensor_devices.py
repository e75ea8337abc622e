"""Devices that behave badly, by seed: repeats, disorder, clocks that jump, new boots, impossible and unreadable messages."""

from collections.abc import Iterator
from random import Random

from msgspec import Struct

from pressbox.codec.sensor_message import SensorMessage, SensorSample, encode_json, encode_messagepack
from pressbox.model.session import AthleteProfile

STADIUM, SESSION = "north", "faults"
UNREADABLE = (b"", b"nonsense", b'{"version":9}', b'{"version":1,"device":"tag-1","boot":1,"samples":[]}', b"\x81\xff")
ATHLETES = tuple(
    AthleteProfile(
        athlete=f"a{number}",
        name=f"Athlete {number}",
        heart_rate_bpm_rest=50 + number,
        heart_rate_bpm_max=190 + number,
        sex="f",
        speed_mm_s_top=8000,
    )
    for number in (1, 2, 3)
)
WEARERS = {f"tag-{number}": athlete.athlete for number, athlete in enumerate(ATHLETES, 1)}
HZ = 10


class Sent(Struct, frozen=True):
    """A message on its way, and the device that sends it."""

    device: str
    message: bytes


class Device:
    """The device *name*: what it sends for one stretch of true time after another."""

    def __init__(self, name: str, random: Random) -> None:
        self.name = name
        self._random = random
        self._boot, self._sequence = 1, 0
        self._clock_error_ms = random.randint(-3_000_000, 3_000_000)
        self._x_m = 0.0
        self._earlier: list[bytes] = []
        self._kept_back: list[tuple[int, bytes]] = []

    def stretch(self, start_ms: int, end_ms: int) -> Iterator[Sent]:
        """Yield what is sent for [start, end): messages of a fifth of a second and less, with all that goes wrong."""
        self._go_wrong()
        for at_ms in range(start_ms, end_ms, 200):
            due = [message for due_ms, message in self._kept_back if due_ms <= at_ms]
            self._kept_back = [one for one in self._kept_back if one[0] > at_ms]
            message = self._message(at_ms)
            match self._random.randint(0, 19):
                case 0:  # out of order: mostly inside the grace, at times minutes late
                    delay_ms = self._random.choice((400, 900, 1600, 1600, 90_000, 200_000))
                    self._kept_back.append((at_ms + delay_ms, message))
                case 1:  # said twice
                    due += [message, message]
                case 2 if self._earlier:  # said long ago already
                    due += [message, self._random.choice(self._earlier)]
                case 3:
                    due += [self._random.choice((*UNREADABLE, message[:-3])), message]
                case 4:  # lost for good
                    pass
                case _:
                    due.append(message)
            self._earlier.append(message)
            yield from (Sent(self.name, one) for one in due)

    def last(self) -> Iterator[Sent]:
        """Yield what was kept back."""
        yield from (Sent(self.name, message) for _, message in self._kept_back)
        self._kept_back = []

    def _go_wrong(self) -> None:
        match self._random.randint(0, 11):
            case 0:  # the clock is set while the device runs: what it measures then lies in the future, or comes again
                self._clock_error_ms += self._random.choice((-2500, -700, 700, 1900, 4000))
            case 1:  # started again, with another clock
                self._boot, self._sequence = self._boot + 1, 0
                self._clock_error_ms = self._random.randint(-3_000_000, 3_000_000)

    def _message(self, at_ms: int) -> bytes:
        samples = []
        for tick_ms in range(at_ms, at_ms + 200, 1000 // HZ):
            self._sequence += 1
            speed_m_s = self._random.uniform(0, 9)
            self._x_m = (self._x_m + speed_m_s / HZ) % 100
            if self._random.random() < 0.01:
                speed_m_s = self._random.choice((-4.0, 99.0, 999_999.0))
            place = (round(self._x_m, 3), 0.0) if self._random.random() < 0.97 else (1e8, -1e8)
            bpm = self._random.choice((None, 0, 900, 140, 141, 150, 155, 160, 170, 185, 190))
            time_ms = max(tick_ms + self._clock_error_ms, 0)
            samples.append(
                SensorSample(
                    sequence=self._sequence,
                    time_ms=time_ms,
                    position_m=place,
                    speed_m_s=round(speed_m_s, 3),
                    heart_rate_bpm=bpm,
                )
            )
        message = SensorMessage(version=1, device=self.name, boot=self._boot, samples=tuple(samples))
        return self._random.choice((encode_json, encode_messagepack))(message)
