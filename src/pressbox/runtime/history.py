"""
Time travel: what was known of a game, and when, read from the log.

Documents are found again as they were stored. Plays and corrections, which no document holds whole, are folded from the
game's own records, up to the moment asked for and no further: so a moment never changes.
"""

import threading
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from pressbox.errors import RejectedRecord
from pressbox.model.box_score import Document, Gone, PlayLine, decode_box_score_result
from pressbox.model.game import (
    Amended,
    Confirmed,
    Corrected,
    Finished,
    GameOpened,
    Mended,
    Played,
    RosterAmended,
    Voided,
    decode_game_record,
)
from pressbox.model.story import Change, Correction, CorrectionKind, Story
from pressbox.pipelines.box_score import BOX_SCORES, GAMES, Box, apply
from pressbox.stream.log import Log, partition_of
from pressbox.stream.record import Record
from pressbox.stream.revision import generation_of, offset_of, revision_of

_RECORDS_A_READ: Final = 64
_RECORDS_A_LOOK: Final = 2000
_GAMES_TOLD: Final = 256
_MOMENTS_TOLD: Final = 64
_CORRECTIONS: Final[dict[type, CorrectionKind]] = {
    Corrected: "corrected",
    Amended: "amended",
    Voided: "voided",
    Confirmed: "confirmed",
    Mended: "mended",
    RosterAmended: "roster amended",
    Finished: "finished",
}


K = TypeVar("K")


class _PlayId(Struct):
    event_id: int


class _Body(Struct):
    """What a document says of itself: its run, and which plays were the newest."""

    run: int
    plays: list[_PlayId]


_decode_body = msgspec.json.Decoder(_Body).decode


class _Lane:
    """Where the records of one game stand, and when the log got them; times never fall."""

    __slots__ = ("offsets", "partition", "times_ms")

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.offsets: array[int] = array("Q")
        self.times_ms: array[int] = array("Q")


class _Telling(Struct):
    """A game as folded from its first *taken* records; *newest* is the revision of each document there is."""

    taken: int = 0
    box: Box | None = None
    newest: dict[int, int] = field(default_factory=dict)
    corrections: list[Correction] = field(default_factory=list)

    @property
    def plays(self) -> Sequence[PlayLine]:
        return () if self.box is None else self.box.sheet.plays


class LogHistory:
    """
    Every moment of every game; see the port `GameHistory`.

    It remembers where the records of each game stand (16 bytes a record), and of the games asked for last how they
    stand, so that the next look takes in only what is new.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._looking = threading.Lock()
        self._next = dict.fromkeys(range(log.partitions(GAMES)), 0)
        self._lanes: dict[str, _Lane] = {}
        self._telling = threading.Lock()
        self._tellings: OrderedDict[str, _Telling] = OrderedDict()
        self._moments: OrderedDict[tuple[str, int], _Telling] = OrderedDict()

    def stored(self, game: str, event_id: int, revision: int) -> bytes | None:
        """Return the document of *event_id* that the record at *revision* gave, byte for byte, or None."""
        found = None
        for document in self._documents_of(game, revision):
            if document.event_id == event_id:
                found = bytes(document.body)
        return found

    def story(self, game: str, event_id: int, revision: int) -> Story | None:
        """Return the story up to the document of *event_id* that the record at *revision* gave, or None."""
        body = self.stored(game, event_id, revision)
        lane = self._lane(game)
        if body is None or lane is None or generation_of(revision) != self._log.generation(GAMES):
            return None
        document = _decode_body(body)
        place = bisect_left(lane.offsets, offset_of(revision))
        if lane.offsets[place : place + 1] != array("Q", [offset_of(revision)]):
            return None
        with self._telling:
            telling = self._told(game, lane, place, event_id, revision)
            if telling.box is None or telling.box.run != document.run:
                return None  # retention has taken the beginning of the game
            corrections = [one for one in telling.corrections if one.revision <= revision]
            plays = _until(telling.plays, document)
        return Story(
            game,
            document.run,
            event_id,
            revision,
            lane.times_ms[place],
            self._changed_ms(lane, place),
            plays,
            tuple(corrections),
        )

    def known(self, game: str, time_ms: int) -> bytes | None:
        """Return the document that was the newest of *game* at *time_ms*, or None where there was none yet."""
        lane = self._lane(game)
        place = 0 if lane is None else bisect_right(lane.times_ms, time_ms)
        while lane is not None and place > 0:
            place -= 1
            *_, last = (None, *self._documents_of(game, self._revision(lane, place)))
            if last is not None:
                return bytes(last.body)
        return None

    def next_ms(self, game: str, after_ms: int) -> int | None:
        """Return when the first record of *game* after *after_ms* came, or None where none has come since."""
        lane = self._lane(game)
        place = 0 if lane is None else bisect_right(lane.times_ms, after_ms)
        return None if lane is None or place == len(lane.times_ms) else lane.times_ms[place]

    def _lane(self, game: str) -> _Lane | None:
        """Return where the records of *game* stand, after a look at what is new in the log."""
        with self._looking:
            for partition in self._next:
                while self._next[partition] < self._log.end(GAMES, partition):
                    self._look(partition)
            return self._lanes.get(game)

    def _look(self, partition: int) -> None:
        for record in self._log.read(GAMES, partition, self._next[partition], records_max=_RECORDS_A_LOOK):
            lane = self._lanes.get(record.key)
            if lane is None:
                lane = self._lanes[record.key] = _Lane(partition)
            lane.offsets.append(record.offset)
            lane.times_ms.append(max(record.time_ms, lane.times_ms[-1] if lane.times_ms else 0))
            self._next[partition] = record.offset + 1

    def _told(self, game: str, lane: _Lane, place: int, event_id: int, revision: int) -> _Telling:
        """Return the game as it stands now where that says the same of the moment, else as it stood then."""
        now = _remembered(self._tellings, game, _GAMES_TOLD)
        self._tell(now, lane, max(place + 1, now.taken))
        # A record that changes anything at or before an event writes its document again. So where the newest document
        # of the event is still the one asked for, nothing has changed up to there.
        if now.newest.get(event_id) == revision:
            return now
        then = _remembered(self._moments, (game, revision), _MOMENTS_TOLD)
        self._tell(then, lane, place + 1)
        return then

    def _tell(self, telling: _Telling, lane: _Lane, until: int) -> None:
        """Take in the game's records up to before place *until*."""
        for place in range(telling.taken, until):
            record = self._record(lane, place)
            if record is not None:
                self._take(telling, self._revision(lane, place), lane.times_ms[place], record)
        telling.taken = max(telling.taken, until)

    def _take(self, telling: _Telling, revision: int, time_ms: int, stored: Record) -> None:
        try:
            record = decode_game_record(stored.value)
            before = () if isinstance(record, Played) else tuple(telling.plays)
            telling.box, results = apply(telling.box, revision, record)
        except (RejectedRecord, msgspec.DecodeError):
            return  # it changed nothing, and is a dead letter
        if isinstance(record, GameOpened):
            telling.newest, telling.corrections = {}, []
        for result in results:
            if isinstance(result, Document):
                telling.newest[result.event_id] = revision
            elif isinstance(result, Gone):
                telling.newest.pop(result.event_id, None)
        kind = _CORRECTIONS.get(type(record))
        if kind is not None:
            changes = tuple(_changes(before, telling.plays))
            if changes or (isinstance(record, Finished) and record.by == "operator"):
                telling.corrections.append(Correction(revision, time_ms, kind, changes))

    def _record(self, lane: _Lane, place: int) -> Record | None:
        """Return the record at *place*, or None where retention has taken it."""
        found = self._log.read(GAMES, lane.partition, lane.offsets[place], records_max=1)
        return found[0] if found and found[0].offset == lane.offsets[place] else None

    def _changed_ms(self, lane: _Lane, place: int) -> int | None:
        record = self._record(lane, place)
        decoded = None if record is None else decode_game_record(record.value)
        return decoded.changed_ms if isinstance(decoded, Played | Corrected) else None

    def _revision(self, lane: _Lane, place: int) -> int:
        return revision_of(self._log.generation(GAMES), lane.offsets[place])

    def _documents_of(self, game: str, revision: int) -> Iterator[Document]:
        """
        Yield the documents of *game* that the record at *revision* gave, in order.

        Results of a partition stand in the order of their revisions, so they are found by halving.
        """
        partition = partition_of(game, self._log.partitions(BOX_SCORES))
        low, high = self._log.start(BOX_SCORES, partition), self._log.end(BOX_SCORES, partition)
        while low < high:
            middle = (low + high) // 2
            (record,) = self._log.read(BOX_SCORES, partition, middle, records_max=1)
            if decode_box_score_result(record.value).revision < revision:
                low = middle + 1
            else:
                high = middle
        while records := self._log.read(BOX_SCORES, partition, low, records_max=_RECORDS_A_READ):
            for record in records:
                result = decode_box_score_result(record.value)
                if result.revision > revision:
                    return
                if isinstance(result, Document) and result.game == game:
                    yield result
                low = record.offset + 1


def _remembered(tellings: "OrderedDict[K, _Telling]", key: K, tellings_max: int) -> _Telling:
    telling = tellings.setdefault(key, _Telling())
    tellings.move_to_end(key)
    while len(tellings) > tellings_max:
        tellings.popitem(last=False)
    return telling


def _until(plays: Sequence[PlayLine], document: _Body) -> tuple[PlayLine, ...]:
    """Return the plays up to the newest one of *document*."""
    if not document.plays:
        return ()
    newest = document.plays[0].event_id
    last = max(place for place, play in enumerate(plays) if play.event_id == newest)
    return tuple(plays[: last + 1])


def _changes(before: Sequence[PlayLine], after: Sequence[PlayLine]) -> Iterator[Change]:
    """Yield what a correction did to plays that were there, or that it put among them; new ones at the end are none."""
    was, now = ({play.event_id: play for play in plays} for plays in (before, after))
    newest = max(was, default=-1)
    for event_id in sorted(was.keys() | now.keys()):
        old, new = was.get(event_id), now.get(event_id)
        if old is None and event_id > newest:
            continue
        if old is None or new is None or _said(old) != _said(new):
            yield Change(event_id, old, new)


def _said(play: PlayLine) -> PlayLine:
    # The score beside a play follows from the plays before it.
    return replace(play, score=(0, 0))
