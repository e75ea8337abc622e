"""
The source of games: reads each game's object whenever it changes and appends what is new to the topic `games`.

Nothing is acknowledged before the log has it, and nothing is remembered that the log does not hold: what was seen last
is the fold of the source's own records (`game_records`). A version told by the object store is a shortcut only.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from pressbox.codec.gamestream import read_gamestream
from pressbox.codec.playbyplay import read_playbyplay
from pressbox.codec.reading import Reading
from pressbox.errors import BadInput, BadSettings, PressboxError, RejectedRecord, Unavailable
from pressbox.model.game import (
    Corrected,
    FeedFormat,
    Finished,
    GameOpened,
    GameRecord,
    Played,
    RosterAmended,
)
from pressbox.model.roster import Team
from pressbox.sources.feed_memory import Difference, Seen, compare
from pressbox.sources.game_records import GameRecords
from pressbox.sources.object_store import ObjectInfo, ObjectStore
from pressbox.stream.clock import Clock
from pressbox.stream.log import Log

_STILL_SHORTER_S: Final = 0.2
_AGAIN_S: Final = 0.05
_FRESH_MS: Final = 100
_OBJECT_BYTES_MAX: Final = 64 << 20
_SHORTER: Final = (Difference.CORRECTED_IF_STILL_SHORTER, Difference.NEW_RUN_IF_STILL_SHORTER)

_LOGGER: Final = logging.getLogger(__name__)

Assign: TypeAlias = Callable[[str], "tuple[Team, Team] | str"]
"""Give a game's home and away team, or say in a sentence why they are not known and what to do."""


class Feed(Struct, frozen=True):
    """Objects whose key matches *pattern* are games in this *format*."""

    pattern: str
    format: FeedFormat


class Watched(Struct):
    """
    One object under watch.

    *problem* is a sentence for people: why its game does not move. *version* is empty where the object has to be read
    again although its store tells of no change.
    """

    game: str
    key: str
    format: FeedFormat
    version: str = ""
    content: bytes = b""
    reading: Reading | None = None
    shorter_since_s: float | None = None
    problem: str = ""


class GameSource:
    """Watches one object store. `poll` and `finish` may be called from any thread, one at a time."""

    def __init__(
        self,
        objects: ObjectStore,
        feeds: Sequence[Feed],
        log: Log,
        clock: Clock,
        assign: Assign,
        *,
        silence_s: float | None = None,
        final_in_memory_s: float = 600.0,
    ) -> None:
        self._objects = objects
        self._feeds = feeds
        self._clock = clock
        self._assign = assign
        self._silence_s = silence_s
        self._final_in_memory_s = final_in_memory_s
        self._records = GameRecords(log, clock, lambda game, error: _hold_up(self._first_of_game[game], error))
        self.meter, self.stopwatch = self._records.meter, self._records.stopwatch
        self._watched: dict[str, Watched] = {}
        self._first_of_game: dict[str, Watched] = {}
        self._heard_ms: dict[str, int] = {}
        self._again: set[str] = set()
        self._next_again_s = 0.0
        self._next_scan_s = 0.0
        self._turn = threading.RLock()
        self.problem = ""

    def take_in(self, game: str, record: GameRecord) -> None:
        """Remember *record*, which the log holds; called for every record of the topic at start."""
        self._records.take_in(game, record)

    def run(self, stopping: threading.Event) -> None:
        """Poll until *stopping* is set."""
        while not stopping.is_set():
            due_s = min(self._next_scan_s, self._next_again_s) if self._again else self._next_scan_s
            self.poll(self._objects.wait(max(0.001, due_s - self._clock.monotonic_s())))

    def poll(self, changed: Iterable[str] = ()) -> None:
        """Look at the *changed* objects, now and then at those that were undecided, and at times at all of them."""
        with self._turn:
            keys, now_s = set(changed), self._clock.monotonic_s()
            if not keys or now_s >= self._next_again_s:
                keys, self._again = keys | self._again, set()
                self._next_again_s = now_s + _AGAIN_S
            try:
                if now_s >= self._next_scan_s:
                    self._next_scan_s = now_s + self._objects.scan_s
                    keys -= self._scan()
                with self._records.gathering():
                    for key in keys:
                        now = self._objects.look(key)
                        if now is not None:
                            self._try(now)
                self.problem = ""
            except (Unavailable, BadSettings) as error:
                self._again |= keys
                self._tell_once(str(error))

    def finish(self, game: str, by: Literal["operator", "silence"] = "operator") -> None:
        """
        Take the game as over although its feed does not say so; an unfinished last line is given up.

        Raises:
            BadInput: the game has not begun.
            Unavailable: its object cannot be read, or the log cannot take the word, now.
        """
        with self._turn:
            tail = None
            watched = self._first_of_game.get(game)
            if watched is not None:
                now = self._objects.look(watched.key)
                if now is not None and by == "operator":
                    self._visit(watched, now)
                tail = watched.reading.tail if watched.reading is not None else None
            self.say(game, lambda seen: [Finished(game, seen.run, by, tail)])

    def say(self, game: str, words: Callable[[Seen], Sequence[GameRecord]]) -> None:
        """
        Append what somebody has to say about *game*, given what is known of its feed.

        Raises:
            BadInput: the game has not begun.
            Unavailable: the log cannot take it now.
        """
        with self._turn:
            seen = self._records.seen(game)
            if seen is None:
                raise BadInput(f"no game {game!r} has begun; `pressbox games list` shows those that have")
            self._records.append(words(seen))

    def watched(self) -> list[Watched]:
        """Return what is under watch, for people to look at; they never wait for an object store."""
        return list(self._watched.values())

    def _scan(self) -> set[str]:
        """Look at every object there is, forget those that are gone, and return the keys."""
        infos = sorted(self._objects.objects(), key=self._precedence)
        keys = {info.key for info in infos}
        for key in self._watched.keys() - keys:
            gone = self._watched.pop(key)
            if self._first_of_game.get(gone.game) is gone:
                del self._first_of_game[gone.game]
        with self._records.gathering():
            for info in infos:
                self._try(info)
        self._end_silent()
        return keys

    def _precedence(self, info: ObjectInfo) -> tuple[bool, str]:
        """Put objects in the format their game began with first: they keep their name where another has the same."""
        feed, began_as = self._feed_of(info.key), self._records.format_of(_game_of(info.key))
        return feed is not None and began_as not in (None, feed.format), info.key

    def _try(self, info: ObjectInfo) -> None:
        """Visit the object; what is wrong with it is its game's problem and holds up no other."""
        watched = self._watched.get(info.key) or self._watch(info.key)
        if watched is None:
            return
        try:
            self._visit(watched, info)
        except (BadInput, BadSettings, Unavailable) as error:
            _hold_up(watched, error)

    def _visit(self, watched: Watched, info: ObjectInfo) -> None:
        if self._refuse(watched, info):
            return
        self._heard_ms[watched.game] = info.modified_ms
        if watched.version == info.version:
            return
        content = self._objects.read(info.key)
        if content is None:
            self._again.add(info.key)
            return
        self._read(watched, content)
        # An object can change twice within one tick of its store's clock: what is this fresh is read once more.
        fresh = self._clock.now_ms() - info.modified_ms < _FRESH_MS
        settled = not fresh and watched.shorter_since_s is None and not watched.problem
        watched.version = info.version if settled else ""
        if fresh or watched.shorter_since_s is not None:
            self._again.add(info.key)

    def _watch(self, key: str) -> Watched | None:
        feed = self._feed_of(key)
        if feed is None:
            return None
        watched = self._watched[key] = Watched(_game_of(key), key, feed.format)
        return watched

    def _feed_of(self, key: str) -> Feed | None:
        return next((one for one in self._feeds if PurePosixPath(key).match(one.pattern)), None)

    def _refuse(self, watched: Watched, info: ObjectInfo) -> bool:
        twin = self._first_of_game.setdefault(watched.game, watched)
        if watched.game != PurePosixPath(watched.key).stem:
            watched.problem = f"the name of {watched.game} is no UTF-8: rename it"
        elif twin is not watched:
            watched.problem = (
                f"{watched.key} and {twin.key} are both called {watched.game}: rename the one that came last"
            )
        elif info.size > _OBJECT_BYTES_MAX:
            watched.problem = f"{watched.key} has {info.size} bytes, more than the {_OBJECT_BYTES_MAX} a feed may have"
        else:
            return False
        return True

    def _read(self, watched: Watched, content: bytes) -> None:
        try:
            reading = _decode(watched, content)
        except RejectedRecord as error:
            watched.problem = str(error)
            return
        watched.problem = ""
        watched.content, watched.reading = content, reading
        seen = self._records.seen(watched.game)
        if seen is not None and seen.format == watched.format:
            self._take(watched, seen, reading)
        elif reading.entries:
            self._open(watched, reading, 1 if seen is None else seen.run + 1)

    def _take(self, watched: Watched, seen: Seen, reading: Reading) -> None:
        game, run, entries = watched.game, seen.run, reading.entries
        difference, keep = compare(seen.entries, entries)
        if difference in _SHORTER and not self._is_still_shorter(watched):
            return
        watched.shorter_since_s = None
        if difference is Difference.NEW_RUN_IF_STILL_SHORTER:
            self._open(watched, reading, run + 1)
            return
        records: list[GameRecord] = []
        changed_ms = self._heard_ms.get(game)
        if entries and _rosters_differ(seen, reading):
            records.append(RosterAmended(game, run, reading.home or seen.home, reading.away or seen.away))
        if difference is Difference.APPENDED:
            records += [Played(game, run, entry, changed_ms) for entry in entries[keep:]]
        elif difference is not Difference.NOTHING:
            records.append(Corrected(game, run, keep, entries[keep:], changed_ms))
        self._records.append(records)

    def _is_still_shorter(self, watched: Watched) -> bool:
        now_s = self._clock.monotonic_s()
        if watched.shorter_since_s is None:
            watched.shorter_since_s = now_s
        return now_s - watched.shorter_since_s >= _STILL_SHORTER_S

    def _open(self, watched: Watched, reading: Reading, run: int) -> None:
        teams = (reading.home, reading.away) if reading.home and reading.away else self._assign(watched.game)
        if isinstance(teams, str):
            watched.problem = teams
            return
        home, away = teams
        opened = GameOpened(watched.game, run, watched.format, home, away)
        changed_ms = self._heard_ms.get(watched.game)
        self._records.append([opened, *(Played(watched.game, run, entry, changed_ms) for entry in reading.entries)])

    def _end_silent(self) -> None:
        """
        End the games whose feeds have been silent for too long, and let go of those that have been over for a while.

        A feed that is gone was last heard when it was seen.
        """
        now_ms = self._clock.now_ms()
        for game, seen in self._records.remembered():
            silent_s = (now_ms - self._heard_ms.setdefault(game, now_ms)) / 1000
            if not seen.over and self._silence_s is not None and silent_s > self._silence_s:
                self.finish(game, by="silence")
            elif seen.over and silent_s > self._final_in_memory_s:
                self._let_go(game)

    def _let_go(self, game: str) -> None:
        watched = self._first_of_game.get(game)
        if watched is not None:
            if not watched.version:  # it is still to be compared with what was seen
                return
            watched.content, watched.reading = b"", None
        self._records.let_go(game)

    def _tell_once(self, problem: str) -> None:
        if problem != self.problem:
            _LOGGER.warning("source: %s", problem)
        self.problem = problem


def _hold_up(watched: Watched, error: PressboxError) -> None:
    """Tell what is wrong with the object, and have it read again."""
    if watched.problem != str(error):
        _LOGGER.warning("game %s: %s", watched.game, error)
    watched.problem, watched.version = str(error), ""


def _decode(watched: Watched, content: bytes) -> Reading:
    """Decode *content*, only its last lines where what was read before still stands before them."""
    before, reading = watched.content, watched.reading
    if reading is not None and content == before:
        return reading
    if watched.format == "playbyplay":
        return read_playbyplay(content)
    if reading is None or not before.endswith(b"\n") or not content.startswith(before):
        return read_gamestream(content)
    more = read_gamestream(content[len(before) :], first_number=before.count(b"\n") + 1)
    return Reading(reading.entries + more.entries, more.tail)


def _rosters_differ(seen: Seen, reading: Reading) -> bool:
    if reading.home is None or reading.away is None:
        return False
    return reading.home.players != seen.home.players or reading.away.players != seen.away.players


def _game_of(key: str) -> str:
    """Return the name of the object's game; bytes that are no text are shown as such."""
    return PurePosixPath(key).stem.encode(errors="surrogateescape").decode(errors="backslashreplace")
