"""The reader port of a document store: the box score documents of a game, as the fold wrote them."""

from typing import Protocol


class DocumentReader(Protocol):
    """
    Reads what a document store holds: of each event of each game the newest document, byte for byte.

    Methods may be called from any thread while the store takes results. All raise `Unavailable` while the store is
    away.
    """

    def newest(self, game: str) -> bytes | None:
        """Return the document of the highest event id of *game*, or None where the game has none."""
        ...

    def at(self, game: str, event_id: int) -> bytes | None:
        """Return the document of the highest event id of *game* up to *event_id*, or None where there is none."""
        ...

    def event_ids(self, game: str) -> list[int]:
        """Return the event ids of *game* that have a document, ascending."""
        ...

    def games(self) -> list[str]:
        """Return the games that have documents, in the order of their names."""
        ...
