"""Objects that are rewritten, a clock that is told the time, and a game source over them: no file, no waiting."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet

from pressbox.errors import PressboxError
from pressbox.model.game import GameRecord, decode_game_record
from pressbox.model.roster import Team
from pressbox.pipelines.box_score import GAMES
from pressbox.sources.game_source import Feed, GameSource
from pressbox.sources.object_store import ObjectInfo
from pressbox.stream.log import Log, Topic, partition_of
from tests.pipelines.scorebook import AWAY, HOME
from tests.runtime.memory_log import MemoryLog

FEEDS = (Feed("gamestreams/*.txt", "gamestream"), Feed("gamestreams/*.json", "playbyplay"))
KEY = "gamestreams/syracuse-at-home.txt"
SETTLE_S = 0.25
"""A little more than a shorter object has to stay shorter before it is believed."""


class FakeClock:
    """Time goes when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def now_ms(self) -> int:
        return int(self.now_s * 1000)

    def monotonic_s(self) -> float:
        return self.now_s

    def go(self, seconds: float) -> None:
        self.now_s += seconds


class FakeObjects:
    """
    An object store in memory. *refusing* holds what an operation on a key raises; *torn* keys keep changing.

    *listed* orders a listing: stores promise nothing about it.
    """

    scan_s = 1.0

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._objects: dict[str, tuple[bytes, ObjectInfo]] = {}
        self._writes = 0
        self.refusing: dict[str, PressboxError] = {}
        self.torn: set[str] = set()
        self.reads = 0
        self.listed: Callable[[list[str]], Sequence[str]] = sorted

    def put(self, content: bytes | str, key: str = KEY) -> None:
        self._writes += 1
        whole = content.encode() if isinstance(content, str) else content
        self._objects[key] = (whole, ObjectInfo(key, str(self._writes), len(whole), self._clock.now_ms()))

    def put_within_the_same_tick(self, content: str, key: str = KEY) -> None:
        """Rewrite the object so that its store shows no sign of it."""
        self._objects[key] = (content.encode(), self._objects[key][1])

    def remove(self, key: str = KEY) -> None:
        del self._objects[key]

    def objects(self) -> Iterable[ObjectInfo]:
        if "" in self.refusing:
            raise self.refusing[""]
        return [self._objects[key][1] for key in self.listed(list(self._objects))]

    def look(self, key: str) -> ObjectInfo | None:
        return self._objects[key][1] if key in self._objects else None

    def read(self, key: str) -> bytes | None:
        self.reads += 1
        if key in self.refusing:
            raise self.refusing[key]
        return self._objects[key][0] if key in self._objects and key not in self.torn else None

    def wait(self, timeout_s: float) -> AbstractSet[str]:
        self._clock.go(timeout_s)
        return frozenset()

    def close(self) -> None: ...


class Desk:
    """A source at work: what its objects are made to hold, and what it has said to the log."""

    def __init__(self, *, silence_s: float | None = None, final_in_memory_s: float = 600.0) -> None:
        self.clock = FakeClock()
        self.objects = FakeObjects(self.clock)
        self.log: MemoryLog = MemoryLog([Topic(GAMES)])
        self.teams: Callable[[str], tuple[Team, Team] | str] = lambda _game: (HOME, AWAY)
        self._silence_s, self._final_in_memory_s = silence_s, final_in_memory_s
        self.restart()

    def restart(self) -> None:
        """Begin again with nothing but the objects and the log."""
        self.log = self.log.reopened()
        self.source = GameSource(
            self.objects,
            FEEDS,
            self.log,
            self.clock,
            self._assign,
            silence_s=self._silence_s,
            final_in_memory_s=self._final_in_memory_s,
        )
        for record in self.log.read(GAMES, 0, 0, records_max=1 << 20):
            self.source.take_in(record.key, decode_game_record(record.value))

    def _assign(self, game: str) -> tuple[Team, Team] | str:
        return self.teams(game)

    def look(self) -> list[GameRecord]:
        """Let a second pass, look at everything, and return what is new in the log."""
        before = self.log.end(GAMES, 0)
        self.clock.go(1.0)
        self.source.poll()
        return said(self.log)[before:]

    def see(self, content: bytes | str, key: str = KEY) -> list[GameRecord]:
        """Rewrite the object, look twice, far enough apart to believe anything, and return what is new in the log."""
        self.objects.put(content, key)
        return self.look() + self.look()

    def problem(self, game: str) -> str:
        return next((one.problem for one in self.source.watched() if one.game == game), "")


def said(log: Log) -> list[GameRecord]:
    """Return all records in the order of the log."""
    return [decode_game_record(record.value) for record in log.read(GAMES, 0, 0, records_max=1 << 20)]


def games_said(log: Log) -> list[str]:
    assert partition_of("any", log.partitions(GAMES)) == 0
    return [record.key for record in log.read(GAMES, 0, 0, records_max=1 << 20)]
