"""Many devices publishing at their own pace, every message counted until it is acknowledged."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from msgspec import Struct

from pressbox.codec.sensor_message import SensorMessage
from pressbox.simulate.mqtt_device import Broker, Identity, MqttDevice, Outgoing, Watcher
from pressbox.simulate.sending import Act, Cut, Sending
from pressbox.stream.clock import Clock

TOPIC: Final = "pressbox/{stadium}/{session}/{device}/samples"

_CONNECTING_MAX: Final = 8
_WAITING_MAX: Final = 20_000
_PATIENCE_S: Final = 30.0
_LOOK_S: Final = 0.5
_BREATH: Final = 64


class Tally(Struct):
    """
    What became of the messages.

    *behind_ms_max* is how late a message was sent at worst, *acknowledged_ms_…* how long acknowledgements took.
    """

    messages_sent: int = 0
    samples_sent: int = 0
    messages_acknowledged: int = 0
    samples_acknowledged: int = 0
    messages_refused: int = 0
    reconnects: int = 0
    behind_ms_max: int = 0
    acknowledged_ms_p50: int | None = None
    acknowledged_ms_p99: int | None = None
    acknowledged_ms_max: int | None = None
    problems: list[str] = []

    @property
    def is_complete(self) -> bool:
        """Whether everything that was sent was acknowledged."""
        return self.messages_acknowledged == self.messages_sent


class Voice(Struct, frozen=True, kw_only=True):
    """How devices speak: to which broker, under which topic, in which form, how many times as fast as life."""

    broker: Broker
    stadium: str
    encode: Callable[[SensorMessage], bytes]
    topic: str = TOPIC
    speed: float = 1.0


class MqttPublisher:
    """Publishes sendings for devices as *voice* says, each when it is due by *clock*."""

    def __init__(
        self, voice: Voice, clock: Clock, *, patience_s: float = _PATIENCE_S, waiting_max: int = _WAITING_MAX
    ) -> None:
        self.tally = Tally()
        self._voice, self._clock, self._patience_s = voice, clock, patience_s
        self._waiting_max = waiting_max
        self._devices: dict[str, MqttDevice] = {}
        self._waiting = 0
        self._waits_ms: Counter[int] = Counter()
        self._moved = asyncio.Event()

    async def connect(self, identities: Sequence[Identity], progress: Callable[[int], object]) -> None:
        """
        Connect all devices; *progress* is told of each.

        Raises:
            BadInput: one is refused for good.
            Unavailable: the broker cannot be reached.
        """
        watcher = Watcher(self._acknowledged, self._refused)
        self._devices = {one.name: MqttDevice(one, self._voice.broker, watcher) for one in identities}
        turn = asyncio.Semaphore(_CONNECTING_MAX)

        async def connect(device: MqttDevice) -> None:
            async with turn:
                await device.connect()
            progress(1)

        tasks = [asyncio.create_task(connect(device)) for device in self._devices.values()]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def play(self, acts: Iterable[Act], progress: Callable[[int], object]) -> None:
        """
        Do each of *acts*, which are in order, when it is due; *progress* is told of the samples sent.

        It ends early where too much waits and nothing is acknowledged any more.
        """
        begun_s = self._clock.monotonic_s()
        care = asyncio.create_task(self._look_after())
        try:
            for count, act in enumerate(acts):
                await self._until(begun_s + act.due_ms / 1e3 / self._voice.speed, breathe=count % _BREATH == 0)
                while self._waiting >= self._waiting_max:
                    if not await self._moves():
                        return
                if isinstance(act, Cut):
                    self._devices[act.device].cut()
                else:
                    self._send(act)
                    progress(len(act.message.samples))
        finally:
            care.cancel()

    async def settle(self) -> None:
        """Wait until all is acknowledged, or nothing was for so long that nothing will be."""
        care = asyncio.create_task(self._look_after())
        while any(device.unacknowledged for device in self._devices.values()):
            if not await self._moves():
                break
        care.cancel()

    async def close(self) -> None:
        """Let all devices say goodbye."""
        await asyncio.gather(*(device.close() for device in self._devices.values()))
        self.tally.acknowledged_ms_p50 = _percentile(self._waits_ms, 50)
        self.tally.acknowledged_ms_p99 = _percentile(self._waits_ms, 99)
        self.tally.acknowledged_ms_max = _percentile(self._waits_ms, 100)
        self.tally.reconnects = sum(device.reconnects for device in self._devices.values())
        self.tally.problems += sorted({device.problem for device in self._devices.values()} - {""})

    async def _moves(self) -> bool:
        """Wait until something is acknowledged or refused; False: nothing was for too long."""
        self._moved.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                return await self._moved.wait()
        return False

    async def _until(self, due_s: float, *, breathe: bool) -> None:
        left_s = due_s - self._clock.monotonic_s()
        if left_s > 0 or breathe:
            await asyncio.sleep(max(left_s, 0))
        elif left_s < 0 and self._voice.speed != float("inf"):
            self.tally.behind_ms_max = max(self.tally.behind_ms_max, round(-left_s * 1e3))

    def _send(self, sending: Sending) -> None:
        device, tally = sending.message.device, self.tally
        payload = self._voice.encode(sending.sent(self._clock.now_ms()))
        topic = self._voice.topic.format(stadium=self._voice.stadium, session=sending.session, device=device)
        samples = len(sending.message.samples)
        tally.messages_sent += 1
        tally.samples_sent += samples
        self._waiting += 1
        self._devices[device].send(Outgoing(topic, payload, samples, self._clock.monotonic_s()))

    def _acknowledged(self, outgoing: Outgoing) -> None:
        self.tally.messages_acknowledged += 1
        self.tally.samples_acknowledged += outgoing.samples
        self._waits_ms[round((self._clock.monotonic_s() - outgoing.sent_s) * 1e3)] += 1
        self._settled()

    def _refused(self, outgoing: Outgoing, reason: str) -> None:
        told = f"{outgoing.topic}: {reason}"
        self.tally.messages_refused += 1
        if told not in self.tally.problems:
            self.tally.problems.append(told)
        self._settled()

    def _settled(self) -> None:
        self._waiting -= 1
        self._moved.set()

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            for device in self._devices.values():
                device.look_after()


def _percentile(counts: Counter[int], percent: int) -> int | None:
    """Return the least value that *percent* of what was counted do not exceed."""
    before = 0
    for value in sorted(counts):
        before += counts[value]
        if before * 100 >= counts.total() * percent:
            return value
    return None
