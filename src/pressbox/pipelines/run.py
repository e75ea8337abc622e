"""Runs of readings beyond a threshold, told so that a run over the border of two spans is one run."""

from collections.abc import Iterable, Sequence
from typing import Final

from pressbox.model.effort import Runs
from pressbox.pipelines.gauge import Threshold

NO_RUNS: Final = Runs()


def runs_of(times_ms: Sequence[int], values: Iterable[int], threshold: Threshold, gap_ms: int) -> Runs:
    """Return the runs of *values* at *threshold* or above; *times_ms* ascend, and a gap ends a run."""
    value_min, ms_min = threshold
    runs: list[tuple[int, int]] = []
    start: int | None = None
    before = times_ms[0]
    for time, value in zip(times_ms, values, strict=True):
        if start is not None and (value < value_min or time - before > gap_ms):
            runs.append((start, before))
            start = None
        if start is None and value >= value_min:
            start = time
        before = time
    if start is not None:
        runs.append((start, before))
    return _told(runs, times_ms[0], before, ms_min)


def _told(runs: list[tuple[int, int]], first_ms: int, last_ms: int, ms_min: int) -> Runs:
    if not runs:
        return NO_RUNS
    at_start, at_end = runs[0][0] == first_ms, runs[-1][1] == last_ms
    inner = runs[int(at_start) : len(runs) - int(at_end)]
    return Runs(
        count=sum(end - start >= ms_min for start, end in inner),
        head_ms=runs[0][1] - runs[0][0] if at_start else None,
        tail_ms=runs[-1][1] - runs[-1][0] if at_end else None,
        whole=at_start and at_end and len(runs) == 1,
    )


def join_runs(a: Runs, b: Runs, step_ms: int | None, ms_min: int) -> Runs:
    """Join the runs of *a* with those of *b*, which begins *step_ms* after *a* ends; None: after a gap."""
    if step_ms is not None and a.tail_ms is not None and b.head_ms is not None:
        ms = a.tail_ms + step_ms + b.head_ms
        complete = not a.whole and not b.whole and ms >= ms_min
        return Runs(
            count=a.count + b.count + complete,
            head_ms=ms if a.whole else a.head_ms,
            tail_ms=ms if b.whole else b.tail_ms,
            whole=a.whole and b.whole,
        )
    return Runs(
        count=a.count
        + b.count
        + (not a.whole and _lasts(a.tail_ms, ms_min))
        + (not b.whole and _lasts(b.head_ms, ms_min)),
        head_ms=a.head_ms,
        tail_ms=b.tail_ms,
    )


def run_count(runs: Runs, ms_min: int) -> int:
    """Return how many runs last long enough, those at the borders of the span as long as they are seen in it."""
    return runs.count + _lasts(runs.head_ms, ms_min) + (not runs.whole and _lasts(runs.tail_ms, ms_min))


def _lasts(ms: int | None, ms_min: int) -> bool:
    return ms is not None and ms >= ms_min
