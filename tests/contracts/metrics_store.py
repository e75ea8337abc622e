"""What every store of windows does, whatever it is made of."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import count
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pressbox.model.load import ResultErased, Window, WindowPerformance
from pressbox.model.session import FOOTBALL, AthleteProfile, terms_of
from pressbox.pipelines.athlete_load import shape, summarise
from pressbox.stream.metrics import MetricsEraser, MetricsReader
from pressbox.stream.store import Batch, Cursor, Store
from tests.pipelines.test_athlete_load_fold import running

_FRESH = count(1)
_TERMS = terms_of(FOOTBALL, 200)
_WINDOWS: tuple[Window, ...] = ("second", "minute", "session")


class MetricsStore(Store[Any], MetricsReader[WindowPerformance], MetricsEraser, Protocol):
    """The ports together, as one object."""


def told(
    start_s: int, revision: int, *, athlete: str = "7", window: Window = "second", index: int = 0, session: str = "a"
) -> WindowPerformance:
    """A window whose figures tell its revision: as many seconds of running."""
    profile = AthleteProfile(athlete=athlete)
    figures = shape(summarise(running(0, 1000 * (1 + revision % 7)), profile, _TERMS), profile, _TERMS)
    return WindowPerformance("dome", session, athlete, window, 1000 * start_s, revision, index, figures.performance)


tellings = st.builds(
    told,
    st.integers(0, 3),
    st.integers(0, 20),
    athlete=st.sampled_from(("7", "8")),
    window=st.sampled_from(_WINDOWS),
    index=st.integers(0, 2),
)


def expected(results: Sequence[WindowPerformance]) -> list[WindowPerformance]:
    """The newest telling of each window, in the order they are read."""
    newest: dict[tuple[int, str], WindowPerformance] = {}
    for one in results:
        key = one.start_ms, one.athlete
        known = newest.get(key)
        if known is None or (known.revision, known.index) < (one.revision, one.index):
            newest[key] = one
    return [newest[key] for key in sorted(newest)]


class MetricsStoreContract(ABC):
    """Subclass it and give an open store."""

    @abstractmethod
    @pytest.fixture
    def store(self) -> MetricsStore:
        """An open store with nothing in it."""

    def test_begins_without_a_cursor_and_keeps_that_of_a_batch(self, store: MetricsStore) -> None:
        assert store.cursor(0) is None
        store.write(Batch(0, [told(1, 1)], Cursor(2, 5)))
        assert store.cursor(0) == Cursor(2, 5)
        assert store.cursor(1) is None

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(tellings, max_size=12), st.data())
    def test_any_order_and_any_repeat_leave_the_newest_telling_of_each_window(
        self, store: MetricsStore, results: list[WindowPerformance], data: st.DataObject
    ) -> None:
        session = f"fresh-{next(_FRESH)}"
        mine = [replace(one, session=session) for one in results]
        distinct = {(one.athlete, one.window, one.start_ms, one.revision, one.index): one for one in mine}
        shuffled = data.draw(st.permutations(list(distinct.values()) * 2))
        for place, one in enumerate(shuffled):
            store.write(Batch(0, [one], Cursor(0, place + 1)))
        for window in _WINDOWS:
            of_window = [one for one in distinct.values() if one.window == window]
            assert store.windows("dome", session, window) == expected(of_window)

    def test_reads_one_athlete_and_a_span(self, store: MetricsStore) -> None:
        store.write(
            Batch(0, [told(start, start, athlete=athlete) for start in range(5) for athlete in "78"], Cursor(0, 10))
        )
        found = store.windows("dome", "a", "second", athlete="8", start_ms=1000, end_ms=3000)
        assert [(one.athlete, one.start_ms) for one in found] == [("8", 1000), ("8", 2000)]
        assert store.windows("dome", "none", "second") == []

    def test_tells_the_newest_sessions_of_an_athlete(self, store: MetricsStore) -> None:
        sessions = [told(day, 1, window="session", session=f"s{day}") for day in (1, 3, 2)]
        store.write(Batch(0, [*sessions, told(9, 1), told(9, 2, window="session", athlete="8")], Cursor(0, 5)))
        assert [one.session for one in store.history("7", sessions_max=2)] == ["s3", "s2"]

    def test_passes_over_what_was_erased(self, store: MetricsStore) -> None:
        store.write(Batch(0, [ResultErased("dome", "a", 1, 0), told(1, 2)], Cursor(0, 2)))
        assert store.windows("dome", "a", "second") == [told(1, 2)]
        assert store.cursor(0) == Cursor(0, 2)

    def test_erases_an_athlete_in_all_sessions_and_nobody_else(self, store: MetricsStore) -> None:
        kinds: tuple[Window, ...] = ("second", "minute", "period", "session")
        results = [
            told(1, 1, athlete=athlete, window=window, session=session)
            for athlete in "78"
            for window in kinds
            for session in "ab"
        ]
        store.write(Batch(0, results, Cursor(0, len(results))))
        for _ in range(2):
            store.erase("7")
        for window in kinds:
            for session in "ab":
                assert store.windows("dome", session, window) == [
                    told(1, 1, athlete="8", window=window, session=session)
                ]
        assert (store.history("7", sessions_max=9), len(store.history("8", sessions_max=9))) == ([], 2)
        assert store.cursor(0) == Cursor(0, len(results))
        store.write(Batch(0, [told(1, 1, athlete="8"), told(2, 2, athlete="8", session="b")], Cursor(0, 40)))
        assert [one.start_ms for one in store.windows("dome", "b", "second")] == [1000, 2000]
