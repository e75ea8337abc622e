"""
The errors pressbox raises on purpose, by what the caller should do next.

Anything that is not a `PressboxError` is a bug: the process stops and a restart begins from the log.
"""

from collections.abc import Mapping


class PressboxError(Exception):
    """Root of every error that carries a message meant for a person."""


class BadSettings(PressboxError):
    """The settings cannot be used: stop at start. The message names file, key and reason."""


class BadInput(PressboxError):
    """What a person handed over (a file, an argument) cannot be used. The message says what to change."""


class RejectedRecord(PressboxError):
    """One record cannot be used: it becomes a dead letter with this reason and everything else goes on."""


class Unavailable(PressboxError):
    """A store, source or disk cannot take or give data now: try the same batch again after a while."""

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        """Keep *message* for people and *retry_after_s* for the one who tries again."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class PartlyRejected(PressboxError):
    """A store takes a batch except the results named here: they become dead letters, the rest is given again."""

    def __init__(self, reasons: Mapping[int, str]) -> None:
        """Keep *reasons*, keyed by the result's position in the batch."""
        super().__init__(f"{len(reasons)} results refused by the store")
        self.reasons = dict(reasons)


class Corrupted(PressboxError):
    """Stored bytes are not what was written. Named and never returned; a person has to look."""
