"""The index of sessions: where each stands, in memory, for whoever shows or changes one."""

import threading
from typing import Final

from pressbox.model.load import SessionTold
from pressbox.stream.revision import Mark
from pressbox.stream.store import Batch, Cursor

_OF_ALL_S: Final = 5.0


class SessionIndex:
    """A store of what is told of sessions; it begins with the oldest the log still has. Any thread may ask."""

    name = "sessions in memory"

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], SessionTold] = {}
        self._turn = threading.Condition()

    def open(self) -> None:
        """Nothing to make ready."""

    def cursor(self, partition: int) -> Cursor | None:
        """Return None: everything there is has to be read."""
        del partition
        return None

    def write(self, batch: Batch[SessionTold]) -> None:
        """Take *batch*; what is older than what is known changes nothing."""
        with self._turn:
            for told in batch.results:
                key = told.stadium, told.session
                known = self._told.get(key)
                if known is None or _mark(known) < _mark(told):
                    self._told[key] = told
            self._turn.notify_all()

    def close(self) -> None:
        """Nothing to let go of."""

    def sessions(self) -> list[SessionTold]:
        """Return all sessions, open ones first, the newest of each kind first."""
        return sorted(
            self._told.values(), key=lambda one: (one.state != "open", -one.opened_ms, one.stadium, one.session)
        )

    def session(self, stadium: str, session: str) -> SessionTold | None:
        """Return where *session* of *stadium* stands, or None where there is none."""
        return self._told.get((stadium, session))

    def told(self, stadium: str, session: str, revision: int, timeout_s: float = _OF_ALL_S) -> SessionTold | None:
        """Return where the session stands once what the record of *revision* said is known; None: it took too long."""

        def is_told() -> bool:
            known = self.session(stadium, session)
            return known is not None and known.revision >= revision

        with self._turn:
            return self.session(stadium, session) if self._turn.wait_for(is_told, timeout=timeout_s) else None


def _mark(told: SessionTold) -> Mark:
    return told.revision, told.index
