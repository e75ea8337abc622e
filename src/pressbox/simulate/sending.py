"""What a simulated device sends, and when."""

from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from pressbox.codec.sensor_message import SensorMessage


class Sending(Struct, frozen=True):
    """
    A message of a device, due *due_ms* after the session's first moment.

    *clock_error_ms* is how far the device's clock is ahead of the true time then.
    """

    due_ms: int
    session: str
    message: SensorMessage
    clock_error_ms: int = 0

    def sent(self, now_ms: int) -> SensorMessage:
        """Return the message with the time of its sending, by the device's own clock."""
        return replace(self.message, sent_ms=max(now_ms + self.clock_error_ms, 0))


class Cut(Struct, frozen=True):
    """The moment *device* loses its connection."""

    due_ms: int
    device: str


Act: TypeAlias = Sending | Cut
