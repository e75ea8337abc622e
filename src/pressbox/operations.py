"""
What people may ask of a pressbox: each operation takes and returns plain values.

The running process answers them over loopback; where none runs, commands call them on the opened data. So both ways
do the same.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pressbox.codec.gamestream import decode_event
from pressbox.codec.playbyplay import decode_play
from pressbox.codec.reference import decode_reference
from pressbox.errors import BadInput, PartlyRejected
from pressbox.model.event import GameOver, PlayedEvent
from pressbox.model.game import Amended, Confirmed, FeedFormat, GameRecord, Mended, RosterAmended, Voided
from pressbox.model.overview import Verdict
from pressbox.model.reference import ReferenceData, team_of
from pressbox.model.summary import GameSummary
from pressbox.runtime.pump import PumpState
from pressbox.sources.feed_memory import Seen
from pressbox.sources.game_source import GameSource
from pressbox.stores.reference import Reference
from pressbox.stores.settlement import SettlementStore
from pressbox.stores.sqlite_dead_letters import SqliteDeadLetters, StoredDeadLetter
from pressbox.stream.document import DocumentReader
from pressbox.stream.store import Refusal


class Status(Struct, frozen=True):
    """Is everything moving, what is behind, what was refused: one answer, from the values the operations page shows."""

    games: dict[str, int]
    dead_letters: int
    fold_lag: int
    stores: list[PumpState]
    problems: list[str]
    verdict: Verdict


class Parts(Struct):
    """
    What the operations stand on.

    *settle* returns when what was said before is folded and stored, *retake* gives a store a result it refused.
    """

    source: GameSource
    documents: DocumentReader
    reference: Reference
    settlement: SettlementStore
    dead_letters: SqliteDeadLetters
    games: Callable[[], list[GameSummary]]
    status: Callable[[], Status]
    settle: Callable[[], None]
    retake: Callable[[Refusal], None]


class Operations:
    """The operations by name; the public methods are all there are."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def by_name(self) -> Mapping[str, Callable[..., Any]]:
        """Return every operation under the name it is asked for by."""
        names = [name for name in dir(self) if not name.startswith("_") and name != "by_name"]
        return {name: getattr(self, name) for name in names}

    def status(self) -> Status:
        """Return where everything stands."""
        return self._parts.status()

    def games_list(self) -> list[GameSummary]:
        """Return all games, live ones first."""
        return self._parts.games()

    def games_show(self, game: str, at: int | None = None) -> msgspec.Raw:
        """Return the newest document of *game*, or that at event *at*."""
        documents = self._parts.documents
        body = documents.newest(game) if at is None else documents.at(game, at)
        if body is None:
            raise BadInput(f"game {game!r} has no document{'' if at is None else f' at event {at}'}")
        return msgspec.Raw(body)

    def games_finish(self, game: str) -> GameSummary:
        """Take *game* as over although its feed does not say so."""
        self._parts.source.finish(game)
        return self._settled(game)

    def games_void(self, game: str, event_id: int) -> GameSummary:
        """Let the play *event_id* not count."""
        return self._say(game, lambda seen: Voided(game, seen.run, _known(seen, event_id)))

    def games_confirm(self, game: str, event_id: int) -> GameSummary:
        """Stand by the play *event_id*; one that was voided counts again."""
        return self._say(game, lambda seen: Confirmed(game, seen.run, _known(seen, event_id)))

    def games_amend(self, game: str, line: str) -> GameSummary:
        """Let the play whose id *line* has be what *line* says, in the format of the game's feed."""

        def amended(seen: Seen) -> GameRecord:
            event = _decode(seen.format, line)
            _known(seen, event.event_id)
            return Amended(game, seen.run, event)

        return self._say(game, amended)

    def deadletters_list(self, game: str | None = None, *, closed: bool = False) -> list[StoredDeadLetter]:
        """Return the open dead letters, and the closed ones where asked."""
        return self._parts.dead_letters.letters(game=game, closed=closed)

    def deadletters_show(self, letter: str) -> StoredDeadLetter:
        """Return the dead letter whose id begins with *letter*."""
        found = self._parts.dead_letters.letter(letter)
        if len(found) != 1:
            how_many = "more than one dead letter's id begins" if found else "no dead letter's id begins"
            raise BadInput(f"{how_many} with {letter!r}; `pressbox deadletters list` shows them")
        return found[0]

    def deadletters_replay(self, letter: str, line: str | None = None) -> StoredDeadLetter:
        """
        Try a dead letter again: as *line* says, or as it stands with the rosters of the reference tables of now.

        One that a store refused is given to that store again, as it stands.

        Returns:
            The letter afterwards: its state is `mended` where it counted.
        """
        found = self.deadletters_show(letter)
        if found.store:
            self._retake(found, line)
        elif line is None:
            self._amend_rosters(found.game)
        else:
            self._say(found.game, lambda seen: _mended(found, seen, line))
        return self.deadletters_show(found.id)

    def reference_load(self, teams: str, players: str) -> ReferenceData:
        """Replace both tables by the CSV texts *teams* and *players* and remember them as the original."""
        self._parts.reference.load(decode_reference(teams.encode(), players.encode()))
        return self._parts.reference.read()

    def reference_show(self) -> dict[str, ReferenceData | None]:
        """Return the tables as they are, and `teams2` and `players2` once a game was final."""
        return {"reference": self._parts.reference.read(), "standings": self._parts.settlement.standings()}

    def reference_reset(self) -> ReferenceData:
        """Put both tables back to the original; nothing else is touched."""
        self._parts.reference.reset()
        return self._parts.reference.read()

    def reference_accept(self, games: list[str] | None = None) -> list[str]:
        """Mark final *games*, or all, as contained in the base tables: somebody ran the closing script."""
        return self._parts.settlement.accept(games)

    def reference_unaccept(self, games: list[str] | None = None) -> list[str]:
        """Take that back, as when the base tables were put back by somebody's own script."""
        return self._parts.settlement.unaccept(games)

    def _say(self, game: str, word: Callable[[Seen], GameRecord]) -> GameSummary:
        self._parts.source.say(game, lambda seen: [word(seen)])
        return self._settled(game)

    def _retake(self, letter: StoredDeadLetter, line: str | None) -> None:
        if line is not None:
            raise BadInput(f"{letter.id} is a result and no line of a feed: replay it without --line")
        refusal = self._parts.dead_letters.refusal(letter.id)
        try:
            self._parts.retake(refusal)
        except PartlyRejected as error:
            self._parts.dead_letters.refuse(replace(refusal, reason=error.reasons[0]))
        else:
            self._parts.dead_letters.mend(letter.id)

    def _settled(self, game: str) -> GameSummary:
        self._parts.settle()
        return next(one for one in self._parts.games() if one.game == game)

    def _amend_rosters(self, game: str) -> None:
        data = self._parts.reference.read()

        def amended(seen: Seen) -> GameRecord:
            if seen.format != "gamestream":
                raise BadInput(f"the rosters of {game} come from its feed: mend the entry itself with --line")
            home, away = team_of(data, int(seen.home.id)), team_of(data, int(seen.away.id))
            if (home.players, away.players) == (seen.home.players, seen.away.players):
                raise BadInput(f"the rosters of {game} are as they were: load the missing player, or give --line")
            return RosterAmended(game, seen.run, home, away)

        self._say(game, amended)


def _mended(letter: StoredDeadLetter, seen: Seen, line: str) -> Mended:
    if letter.run != seen.run:
        raise BadInput(f"{letter.id} is of run {letter.run} of {letter.game}, which run {seen.run} has replaced")
    return Mended(letter.game, letter.run, letter.id, _decode(seen.format, line))


def _known(seen: Seen, event_id: int) -> int:
    if any(getattr(entry.event, "event_id", None) == event_id for entry in seen.entries):
        return event_id
    raise BadInput(f"the feed has no event {event_id}")


def _decode(feed_format: FeedFormat, line: str) -> PlayedEvent:
    try:
        event = decode_event(line) if feed_format == "gamestream" else decode_play(line.encode())
    except ValueError as error:
        raise BadInput(f"{line!r}: {error}") from error
    if isinstance(event, GameOver):
        raise BadInput("-1 is no play: end a game with `pressbox games finish`")
    return event  # type: ignore[return-value] # what decodes is a play, or the end of the game
