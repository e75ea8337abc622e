"""
Faults of devices, by seed: connections lost, messages sent again, restarts.

The samples stay the same; what tells them apart, and how often and how late they come, does not.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from pressbox.codec.sensor_message import SensorMessage
from pressbox.simulate.chance import Chance
from pressbox.simulate.sending import Act, Cut, Sending

BOOTS_MAX: Final = 4
"""So many boots a device has at most."""

_BOOT_STEP: Final = 1 << 34
_CUT: Final = 1 / 200
_RESTARTED: Final = 1 / 300
_AGAIN: Final = 1 / 40
_KEPT: Final = 50


def boots_of(boot: int) -> list[int]:
    """Return the boots a device that begins with *boot* may have."""
    return [boot + number * _BOOT_STEP for number in range(BOOTS_MAX)]


class _Faulty(Struct):
    """What is to be known of a device: after which sequences it restarted, and what it sent last."""

    restarts: list[int] = field(default_factory=list)
    sequence: int = 0
    sent: deque[Sending] = field(default_factory=lambda: deque(maxlen=_KEPT))


def with_faults(sendings: Iterable[Sending], seed: int) -> Iterator[Act]:
    """Yield *sendings*, and what goes wrong with them by *seed*, in the same order."""
    chance = Chance(f"faults {seed}")
    devices: dict[str, _Faulty] = {}
    for sending in sendings:
        device = devices.setdefault(sending.message.device, _Faulty())
        if chance.happens(_CUT):
            yield Cut(sending.due_ms, sending.message.device)
        if device.sequence and len(device.restarts) < BOOTS_MAX - 1 and chance.happens(_RESTARTED):
            yield Cut(sending.due_ms, sending.message.device)
            device.restarts.append(device.sequence)
        device.sequence = max(device.sequence, sending.message.samples[-1].sequence)
        faulty = replace(sending, message=_rebooted(sending.message, device.restarts))
        device.sent.append(faulty)
        yield faulty
        if chance.happens(_AGAIN):
            yield replace(chance.pick(device.sent), due_ms=sending.due_ms)


def _rebooted(message: SensorMessage, restarts: list[int]) -> SensorMessage:
    """Return *message* as of the boot it was measured in, its sequences counted from there."""
    passed = [after for after in restarts if after < message.samples[0].sequence]
    if not passed:
        return message
    return replace(
        message,
        boot=boots_of(message.boot)[len(passed)],
        samples=tuple(replace(one, sequence=one.sequence - passed[-1]) for one in message.samples),
    )
