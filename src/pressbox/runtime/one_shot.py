"""
One game folded in memory: no log, no store, the same fold.

What the log would give - offsets, one after the other - is counted here, so a document equals the one a fresh log gives.
"""

from collections.abc import Sequence

from pressbox.model.box_score import DeadLetter, Document, Result, Settled
from pressbox.model.event import Entry
from pressbox.model.game import FeedFormat, GameOpened, Played
from pressbox.model.roster import Team
from pressbox.pipelines.box_score import Box, apply


class OneShot:
    """One run of one game, entry by entry."""

    def __init__(self, game: str, feed_format: FeedFormat, home: Team, away: Team) -> None:
        self._game = game
        self._offset = 0
        self._box: Box | None = None
        self.settled: Settled | None = None
        self._box, _ = apply(None, 0, GameOpened(game, 1, feed_format, home, away))

    def enter(self, entry: Entry) -> tuple[Document | None, list[DeadLetter]]:
        """Return the document *entry* gives, if it gives one, and the dead letters it leaves."""
        self._offset += 1
        results: Sequence[Result]
        self._box, results = apply(self._box, self._offset, Played(self._game, 1, entry))
        document = None
        for result in results:
            if isinstance(result, Document):
                document = result
            elif isinstance(result, Settled):
                self.settled = result
        return document, [result for result in results if isinstance(result, DeadLetter)]
