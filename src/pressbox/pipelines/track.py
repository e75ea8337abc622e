"""
What the load fold keeps of one athlete: the samples of open minutes, the efforts of closed seconds, and minutes.

Nothing here depends on the order samples come in, as long as they come before their minute is dropped: a second is
computed from the set of its samples, and everything longer is merged anew where a late sample changed a part.
"""

from collections.abc import Iterable

from msgspec import Struct, field

from pressbox.model.effort import Effort
from pressbox.model.sample import Sample
from pressbox.pipelines.gauge import Gauge
from pressbox.pipelines.merge import merge, merge_all
from pressbox.pipelines.second import NOTHING, effort_of

SECOND_MS = 1_000
MINUTE_MS = 60_000


class Closed(Struct, frozen=True):
    """What became final, or final once more: the efforts of seconds and of minutes by their start, in order."""

    seconds: dict[int, Effort]
    minutes: dict[int, Effort]


class Track(Struct):
    """
    One athlete's part of a session.

    *watermark_ms* is the newest event time seen. Seconds that end by *closed_ms* are closed, minutes that begin before
    *kept_ms* are kept as one effort. *so_far* is the merge of all that is closed.
    """

    gauge: Gauge
    watermark_ms: int = -1
    closed_ms: int = 0
    kept_ms: int = 0
    samples: dict[int, dict[Sample, None]] = field(default_factory=dict)
    seconds: dict[int, Effort] = field(default_factory=dict)
    minutes: dict[int, Effort] = field(default_factory=dict)
    past: Effort = NOTHING
    so_far: Effort = NOTHING

    def add(self, sample: Sample) -> int:
        """Keep *sample*, whose minute is open, and return the start of its second."""
        time = sample.time_ms
        second = time - time % SECOND_MS
        of_second = self.samples.get(second)
        if of_second is None:
            of_second = self.samples[second] = {}
        of_second[sample] = None
        self.watermark_ms = max(self.watermark_ms, time)
        return second

    def close(self, touched: set[int], closed_ms: int) -> Closed:
        """Close the seconds that end by *closed_ms*, compute the closed ones of *touched* again, return what changed."""
        before, self.closed_ms = self.closed_ms, max(self.closed_ms, closed_ms)
        due = {second for second in touched if second < before}
        late = bool(due)
        if self.closed_ms > before:
            due.update(second for second in self.samples if before <= second < self.closed_ms)
        changed = {second: effort for second in sorted(due) if (effort := self._changed(second)) is not None}
        self.seconds.update(changed)
        if late:
            self.so_far = merge_all((self.past, *(self.seconds[second] for second in sorted(self.seconds))), self.gauge)
        else:
            self.so_far = merge_all((self.so_far, *changed.values()), self.gauge)
        return Closed(changed, self._minutes(changed, before))

    def _changed(self, second: int) -> Effort | None:
        effort = effort_of(self.samples[second], self.gauge)
        return effort if effort != self.seconds.get(second) else None

    def _minutes(self, changed: Iterable[int], closed_before_ms: int) -> dict[int, Effort]:
        """Return the minutes that are over and either were not before, or have one of the seconds *changed*."""
        starts = {second - second % MINUTE_MS for second in changed}
        first_open = closed_before_ms - closed_before_ms % MINUTE_MS
        if self.closed_ms >= first_open + MINUTE_MS:
            starts.update(second - second % MINUTE_MS for second in self.seconds if second >= first_open)
        return {start: self._minute(start) for start in sorted(starts) if start + MINUTE_MS <= self.closed_ms}

    def _minute(self, start: int) -> Effort:
        seconds = sorted(second for second in self.seconds if start <= second < start + MINUTE_MS)
        return merge_all((self.seconds[second] for second in seconds), self.gauge)

    def drop(self, kept_ms: int) -> None:
        """Keep minutes that begin before *kept_ms* as one effort each, and their samples no more."""
        if kept_ms <= self.kept_ms:
            return
        self.kept_ms = kept_ms
        dropped = sorted(second for second in self.seconds if second < kept_ms)
        for start in sorted({second - second % MINUTE_MS for second in dropped}):
            minute = self.minutes[start] = self._minute(start)
            self.past = merge(self.past, minute, self.gauge)
        for second in dropped:
            del self.seconds[second], self.samples[second]

    def reopen(self, minute_ms: int, samples: Iterable[Sample]) -> Closed:
        """Take *samples* as all there is of a minute that was dropped, and return its seconds and the minute."""
        by_second: dict[int, list[Sample]] = {}
        for sample in samples:
            by_second.setdefault(sample.time_ms - sample.time_ms % SECOND_MS, []).append(sample)
        seconds = {second: effort_of(by_second[second], self.gauge) for second in sorted(by_second)}
        self.minutes[minute_ms] = merge_all(seconds.values(), self.gauge)
        self.past = merge_all((self.minutes[start] for start in sorted(self.minutes)), self.gauge)
        self.so_far = merge_all((self.past, *(self.seconds[second] for second in sorted(self.seconds))), self.gauge)
        return Closed(seconds, {minute_ms: self.minutes[minute_ms]})

    def open_seconds(self) -> dict[int, Effort]:
        """Return the seconds that are not closed yet as they stand now, in order: what a live channel shows."""
        starts = sorted(second for second in self.samples if second >= self.closed_ms)
        return {second: effort_of(self.samples[second], self.gauge) for second in starts}

    def now(self) -> Effort:
        """Return all that is known so far, the open seconds among it."""
        return merge_all((self.so_far, *self.open_seconds().values()), self.gauge)
