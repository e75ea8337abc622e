"""The history port: every moment of every game, read from the log and never folded from anything newer."""

from typing import Protocol

from pressbox.model.story import Story


class GameHistory(Protocol):
    """
    Tells what was known, and when.

    A moment is named by an event id and a revision, and never changes once it is told. Methods may be called from any
    thread and read the log; all raise `Unavailable` while it is away.
    """

    def stored(self, game: str, event_id: int, revision: int) -> bytes | None:
        """Return the document of *event_id* that the record at *revision* gave, byte for byte, or None."""
        ...

    def story(self, game: str, event_id: int, revision: int) -> Story | None:
        """Return the story up to the document of *event_id* that the record at *revision* gave, or None."""
        ...

    def known(self, game: str, time_ms: int) -> bytes | None:
        """Return the document that was the newest of *game* at *time_ms*, or None where there was none yet."""
        ...

    def next_ms(self, game: str, after_ms: int) -> int | None:
        """Return when the first record of *game* after *after_ms* came, or None where none has come since."""
        ...
