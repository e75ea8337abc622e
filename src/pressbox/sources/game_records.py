"""The topic `games` as its source writes it and remembers it: what was seen of each game is a fold of these records."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeAlias

from pressbox.errors import BadInput, BadSettings, PressboxError, Unavailable
from pressbox.model.game import FeedFormat, GameRecord, decode_game_record, encode_game_record
from pressbox.pipelines.box_score import GAMES
from pressbox.sources.feed_memory import Seen, remember
from pressbox.stream.clock import Clock
from pressbox.stream.log import Log, partition_of
from pressbox.stream.meter import Meter, Stopwatch
from pressbox.stream.record import NewRecord

_GROUP_RECORDS: Final = 1000
_GROUP_BYTES: Final = 8 << 20
_RECORDS_A_READ: Final = 500

_Encoded: TypeAlias = tuple[GameRecord, bytes]


class GameRecords:
    """
    Appends records of games and knows what was seen of each.

    *held_up* is told of a game whose gathered records could not be appended.
    """

    def __init__(self, log: Log, clock: Clock, held_up: Callable[[str, PressboxError], None]) -> None:
        self._log = log
        self._clock = clock
        self._held_up = held_up
        self._seen: dict[str, Seen] = {}
        self._let_go: dict[str, FeedFormat] = {}
        self._gathered: list[_Encoded] | None = None
        self.meter = Meter(clock)
        self.stopwatch = Stopwatch(clock)

    def take_in(self, game: str, record: GameRecord) -> None:
        """Remember *record*, which the log holds."""
        seen = remember(self.seen(game), record)
        if seen is not None:
            self._seen[game] = seen

    def seen(self, game: str) -> Seen | None:
        """Return what the log holds of the feed of *game*, read from there again where it was let go."""
        if self._let_go.pop(game, None) is not None:
            for record in self._records_of(game):
                self.take_in(game, record)
        return self._seen.get(game)

    def format_of(self, game: str) -> FeedFormat | None:
        """Return the format *game* began in, without recalling what was let go."""
        seen = self._seen.get(game)
        return seen.format if seen is not None else self._let_go.get(game)

    def remembered(self) -> list[tuple[str, Seen]]:
        """Return what is in memory, by game."""
        return list(self._seen.items())

    def let_go(self, game: str) -> None:
        """Forget the entries of *game*; the log has them."""
        self._let_go[game] = self._seen.pop(game).format

    def append(self, records: Sequence[GameRecord]) -> None:
        """
        Append *records*, in groups that are stored whole or not at all; within `gathering`, at its end.

        Raises:
            Unavailable: the log cannot take them now; those of earlier groups are stored.
            BadInput: one of them is larger than the log can hold.
        """
        encoded = [(one, encode_game_record(one)) for one in records]
        if self._gathered is not None:
            self._gathered += encoded
            return
        for group in _groups(encoded):
            self._store(group)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Append at the end of the block what all its games say: one sync for many, where each would cost one."""
        gathered: list[_Encoded] = []
        self._gathered = gathered
        try:
            yield
        finally:
            self._gathered = None
            held_up: set[str] = set()
            for partition in range(self._log.partitions(GAMES)):
                for group in _groups([one for one in gathered if self._partition_of(one[0].game) == partition]):
                    held_up |= self._try_to_store([one for one in group if one[0].game not in held_up])

    def _try_to_store(self, group: Sequence[_Encoded]) -> set[str]:
        """Store the group; where that fails, return its games."""
        try:
            self._store(group)
        except (BadInput, BadSettings, Unavailable) as error:
            games = {record.game for record, _ in group}
            for game in games:
                self._held_up(game, error)
            return games
        return set()

    def _store(self, group: Sequence[_Encoded]) -> None:
        if not group:
            return
        now_ms = self._clock.now_ms()
        records = [NewRecord(record.game, value, now_ms) for record, value in group]
        self._log.append(GAMES, self._partition_of(group[0][0].game), records)
        self.meter.count(len(records))
        self.stopwatch.passed(getattr(record, "changed_ms", None) for record, _ in group)
        for record, _ in group:
            self.take_in(record.game, record)

    def _records_of(self, game: str) -> Iterator[GameRecord]:
        partition = self._partition_of(game)
        offset = self._log.start(GAMES, partition)
        while records := self._log.read(GAMES, partition, offset, records_max=_RECORDS_A_READ):
            offset = records[-1].offset + 1
            yield from (decode_game_record(record.value) for record in records if record.key == game)

    def _partition_of(self, game: str) -> int:
        return partition_of(game, self._log.partitions(GAMES))


def _groups(records: Sequence[_Encoded]) -> Iterator[Sequence[_Encoded]]:
    """Cut *records* into groups the log can hold; one that is too long for any group stands alone."""
    first = size = 0
    for place, (_, value) in enumerate(records):
        if place > first and (place - first == _GROUP_RECORDS or size + len(value) > _GROUP_BYTES):
            yield records[first:place]
            first, size = place, 0
        size += len(value)
    if records:
        yield records[first:]
