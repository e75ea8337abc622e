"""The smallest fold with everything a runner has to mind: two targets, rejections, several results, an end."""

import msgspec
from msgspec import Struct

from pressbox.errors import RejectedRecord
from pressbox.runtime.embedded import EmbeddedRunner
from pressbox.runtime.states import RefoldedStates, States
from pressbox.stream.fold import KeyedFold
from pressbox.stream.log import Log, Topic
from pressbox.stream.record import NewRecord, Record
from tests.runtime.memory_log import MemoryLog
from tests.sources.fake_objects import FakeClock

NUMBERS, SUMS, REFUSED = "numbers", "sums", "refused"
DONE_S = 60.0


class Said(Struct, frozen=True):
    """A result: the sum after a number, as part *index* of what its record gave; *reason* where it was refused."""

    revision: int
    index: int
    key: str
    sum: int
    reason: str = ""


class Tally(Struct):
    """The numbers of a key added up; done at 100."""

    sum: int = 0

    @property
    def done(self) -> bool:
        return self.sum >= 100


class Number(Struct, frozen=True):
    """A record: *times* is how often its sum is said."""

    key: str
    number: int
    times: int = 1


def apply(
    tally: Tally | None, revision: int, number: Number, *, silent: bool = False
) -> tuple[Tally | None, list[Said]]:
    """Add; a negative number is refused, and a zero is said to the topic of what was refused too."""
    if number.number < 0:
        raise RejectedRecord(f"{number.number} is below zero")
    tally = tally or Tally()
    tally.sum += number.number
    if silent:
        return tally, []
    said = [Said(revision, index, number.key, tally.sum) for index in range(number.times)]
    if number.number == 0:
        said.append(Said(revision, number.times, number.key, tally.sum, "zero"))
    return tally, said


TALLY: KeyedFold[Tally, Number, Said] = KeyedFold(
    name="tally",
    source=NUMBERS,
    targets=(REFUSED, SUMS),
    decode=msgspec.json.Decoder(Number).decode,
    apply=apply,
    encode=msgspec.json.Encoder().encode,
    topic_of=lambda said: REFUSED if said.reason else SUMS,
    freeze=msgspec.json.Encoder().encode,
    thaw=msgspec.json.Decoder(Tally).decode,
)


def new_log(partitions: int = 1, *, generation: int = 0) -> MemoryLog:
    return MemoryLog([Topic(name, partitions) for name in (NUMBERS, SUMS, REFUSED)], generation=generation)


def add(log: Log, *numbers: Number, partition: int = 0) -> None:
    log.append(NUMBERS, partition, [NewRecord(one.key, msgspec.json.encode(one), 0) for one in numbers])


def results(log: Log, topic: str = SUMS, partition: int = 0) -> list[Said]:
    records = log.read(topic, partition, 0, records_max=1 << 20)
    return [msgspec.json.decode(record.value, type=Said) for record in records]


class Bench:
    """A runner of the tally over a log, and what it told."""

    def __init__(self, log: Log, clock: FakeClock | None = None, states: States[Tally] | None = None) -> None:
        self.clock = clock or FakeClock()
        self.log = log
        self.sums: dict[str, int] = {}
        self.times_ms: dict[str, int] = {}
        self.lag_when_told: list[int] = []
        self.observed: list[tuple[str, int]] = []
        self.states: RefoldedStates[Tally] = RefoldedStates(
            TALLY, log, self.clock, is_done=lambda tally: tally.done, done_state_s=DONE_S
        )
        self.runner: EmbeddedRunner[Tally, Number, Said] = EmbeddedRunner(
            TALLY,
            log,
            self.clock,
            reject=_refused,
            states=states or self.states,
            moved=self._moved,
        )

    def recover(self) -> None:
        self.runner.recover(lambda key, number: self.observed.append((key, number.number)))

    def run(self) -> None:
        """Fold what there is."""
        for partition in range(self.log.partitions(NUMBERS)):
            while self.runner.step(partition):
                pass

    def _moved(self, states: object) -> None:
        assert isinstance(states, dict)
        self.lag_when_told.append(self.runner.lag())
        self.sums |= {key: moved.state.sum for key, moved in states.items()}
        self.times_ms |= {key: moved.time_ms for key, moved in states.items()}


def _refused(record: Record, revision: int, reason: str) -> Said:
    return Said(revision, 0, record.key, 0, reason)
