"""What the pages of sessions stand on: handed in by the wiring where devices bring samples."""

from collections.abc import Callable, Sequence

from litestar.exceptions import NotFoundException
from msgspec import Struct

from pressbox.model.load import SessionTold, WindowMedical, WindowPerformance
from pressbox.serve.touchline import Touchline
from pressbox.stream.metrics import MetricsReader


class Telemetry(Struct, frozen=True):
    """
    Where sessions stand, and the figures of their athletes.

    *sessions* returns all of them, open ones first; *told* one, by stadium and session. *touchline* has what is live. Whoever answers with anything
    of *medical* asks the viewer first whether they may see it, for each athlete.
    """

    sessions: Callable[[], Sequence[SessionTold]]
    told: Callable[[str, str], SessionTold | None]
    performance: MetricsReader[WindowPerformance]
    medical: MetricsReader[WindowMedical]
    touchline: Touchline

    def session(self, stadium: str, session: str) -> SessionTold:
        """
        Return where *session* of *stadium* stands.

        Raises:
            NotFoundException: there is no such session.
        """
        told = self.told(stadium, session)
        if told is None:
            raise NotFoundException(f"there is no session {session!r} in {stadium!r}")
        return told
