"""The ports of figures of windows beside `Store`: who reads them back, and who erases them; performance and medical apart."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from pressbox.model.load import Window

W_co = TypeVar("W_co", covariant=True)


class MetricsEraser(Protocol):
    """Forgets an athlete."""

    def erase(self, athlete: str) -> None:
        """
        Take out every window of *athlete*, of all sessions and kinds, so that nothing of them is left where it was kept.

        Cursors and the windows of others stay as they are. Nobody writes meanwhile. Erasing again changes nothing.

        Raises:
            Unavailable: it cannot be done now, or it is not certain that it was; erase again.
        """
        ...


class MetricsReader(Protocol[W_co]):
    """Reads windows, as they were told last."""

    def windows(
        self,
        stadium: str,
        session: str,
        window: Window,
        *,
        athlete: str | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
    ) -> Sequence[W_co]:
        """
        Return the windows of a session that begin in [start, end), by start, then athlete; of one *athlete*, or of all.

        Raises:
            Unavailable: they cannot be read now.
        """
        ...

    def history(self, athlete: str, *, sessions_max: int) -> Sequence[W_co]:
        """
        Return the newest sessions of *athlete*, each as the window of the whole session, the newest first.

        Raises:
            Unavailable: they cannot be read now.
        """
        ...
