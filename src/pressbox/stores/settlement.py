"""
The store of settlements: the ledger of final games, and `teams2` and `players2` made of it.

It lies in the database of the reference tables and never changes a row of those. Ledger, high marks, cursor and the
rebuilt tables move in one transaction, so nobody ever sees half a game.
"""

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import TypeAlias

from sqlalchemy import Connection

from pressbox.errors import BadInput, PartlyRejected
from pressbox.model.box_score import BoxScoreResult, Settled, Unsettled
from pressbox.model.reference import ReferenceData
from pressbox.stores import ledger
from pressbox.stores.database import Database
from pressbox.stores.progress import keep_marks, move_cursor, read_cursor, read_marks
from pressbox.stores.reference_tables import GAME_CHARACTERS_MAX, PLAYERS2, TEAMS2
from pressbox.stores.standings import create_tables, read_rows, rebuild, take_turn
from pressbox.stream.revision import BEFORE_ALL, Mark
from pressbox.stream.store import Batch, Cursor

_Settlement: TypeAlias = Settled | Unsettled


class SettlementStore:
    """
    Takes `Settled` and `Unsettled`; of other results it notes only that they were read. Safe from any thread.

    Every method but the constructor raises `Unavailable` where the database is away and `BadSettings` where it can be
    reached and not be used.
    """

    name = "settlements"

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self) -> None:
        """Create the tables that are missing; see `Store.open`."""
        create_tables(self._database)

    def cursor(self, partition: int) -> Cursor | None:
        """Return where to go on reading *partition*; see `Store.cursor`."""
        with self._database.reading() as connection:
            return read_cursor(connection, self.name, partition)

    def write(self, batch: Batch[BoxScoreResult]) -> None:
        """Take *batch* in one transaction, which is a small one where it settles nothing; see `Store.write`."""
        newest, refused = _sorted_out(batch.results)
        if refused:
            raise PartlyRejected(refused)
        with self._database.writing() as connection:
            if newest:
                take_turn(connection)
                self._settle(connection, newest)
            move_cursor(connection, self.name, batch.partition, batch.cursor)

    def rebuild(self) -> None:
        """Make `teams2` and `players2` anew, as is due when somebody else changed `teams` or `players`."""
        with self._database.writing() as connection:
            take_turn(connection)
            rebuild(connection)

    def accept(self, games: Sequence[str] | None = None) -> list[str]:
        """
        Take *games*, or all, as contained in the base tables, since somebody ran the closing script.

        They add nothing more; one that changes afterwards adds the difference. Those that were not contained before,
        or not as they stand now, are returned.

        Raises:
            BadInput: one of *games* is not in the ledger.
        """
        with self._database.writing() as connection:
            take_turn(connection)
            added, accepted = (ledger.entries(connection, accepted=which) for which in (False, True))
            asked = _known(games, {*added, *accepted}, "in the ledger of final games")
            changed = [game for game in asked if added.get(game) != accepted.get(game)]
            if changed:
                ledger.accept(connection, changed)
                rebuild(connection)
        return changed

    def unaccept(self, games: Sequence[str] | None = None) -> list[str]:
        """
        Take *games*, or all, as not contained in the base tables, since somebody put those back: they count again.

        Raises:
            BadInput: one of *games* was not accepted.
        """
        with self._database.writing() as connection:
            take_turn(connection)
            asked = _known(games, ledger.entries(connection, accepted=True), "among the accepted games")
            ledger.forget(connection, asked)
            rebuild(connection)
        return asked

    def standings(self) -> ReferenceData | None:
        """Return `teams2` and `players2`, in the order of the reference; None while no game is final."""
        with self._database.reading() as connection:
            data = read_rows(connection, TEAMS2, PLAYERS2)
        return data if data.teams else None

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def _settle(self, connection: Connection, newest: dict[str, _Settlement]) -> None:
        marks = read_marks(connection, self.name, list(newest))
        fresh = [one for game, one in newest.items() if _mark(one) > marks.get(game, BEFORE_ALL)]
        if fresh:
            ledger.withdraw(connection, [one.game for one in fresh])
            ledger.enter(connection, [one for one in fresh if isinstance(one, Settled)])
            keep_marks(connection, self.name, {one.game: _mark(one) for one in fresh})
            rebuild(connection)


def _sorted_out(results: Sequence[BoxScoreResult]) -> tuple[dict[str, _Settlement], dict[int, str]]:
    """Return the newest settlement of each game, and why others cannot be stored, by their position."""
    newest: dict[str, _Settlement] = {}
    refused: dict[int, str] = {}
    for position, result in enumerate(results):
        if not isinstance(result, Settled | Unsettled):
            continue
        reason = _reason_against(result)
        if reason is not None:
            refused[position] = reason
        elif result.game not in newest or _mark(newest[result.game]) < _mark(result):
            newest[result.game] = result
    return newest, refused


def _reason_against(result: _Settlement) -> str | None:
    if len(result.game) > GAME_CHARACTERS_MAX:
        return f"the game's name has {len(result.game)} characters; the ledger holds {GAME_CHARACTERS_MAX}"
    if isinstance(result, Settled):
        if len({team.teamid for team in result.teams}) < len(result.teams):
            return "a team stands in it twice"
        if len({player.id for player in result.players}) < len(result.players):
            return "a player stands in it twice"
    return None


def _mark(result: _Settlement) -> Mark:
    return result.revision, result.index


def _known(games: Sequence[str] | None, known: Collection[str], where: str) -> list[str]:
    if games is None:
        return sorted(known)
    for game in games:
        if game not in known:
            nearest = ", ".join(get_close_matches(game, known, cutoff=0)) or "none is"
            raise BadInput(f"game {game!r} is not {where}; nearest there: {nearest}")
    return sorted(set(games))
