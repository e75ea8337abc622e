"""The clock port: runners and sources are told the time, so that tests can tell it too."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two times: one for people and records, one that only ever grows."""

    def now_ms(self) -> int:
        """Return epoch milliseconds."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds from some beginning; never set back."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Return epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Return seconds since some fixed moment."""
        return time.monotonic()
