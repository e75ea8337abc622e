"""
What the load fold keeps of one athlete: the samples of open minutes, the efforts of closed seconds, and minutes.

Nothing here depends on the order samples come in, as long as they come before their minute is dropped: a second is
computed from the set of its samples, and everything longer is merged anew where a late sample changed a part.
"""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from msgspec import Struct, field

from pressbox.model.effort import Effort
from pressbox.model.sample import Sample
from pressbox.pipelines.gauge import Gauge
from pressbox.pipelines.merge import merge, merge_all
from pressbox.pipelines.second import NOTHING, effort_of

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000


class Closed(Struct, frozen=True):
    """What became final, or final once more: the efforts of seconds and of minutes by their start, in order."""

    seconds: dict[int, Effort]
    minutes: dict[int, Effort]


NONE_CLOSED: Final = Closed({}, {})


def _minute_of(time_ms: int) -> int:
    return time_ms - time_ms % MINUTE_MS


class Track(Struct):
    """
    One athlete's part of a session.

    *watermark_ms* is the newest event time seen, *newest* the sample that has it, *received_ms* when the newest message
    came. *borders* cut minutes into parts: those of periods, in order. Seconds that end by *closed_ms* are closed;
    *recent* is the merge of the closed ones of each part. Parts that begin before *kept_ms* are kept as one effort
    each, in *minutes*, and merged in *past*. *battery_pct* is what the device said last; a checkpoint leaves it out, as
    the next message says it again. What was worked out for eyes that look several times a second is kept in
    *looked_at*, by second and number of its samples, and in *closed_so_far*.
    """

    gauge: Gauge
    borders: list[int] = field(default_factory=list)
    newest: Sample | None = None
    received_ms: int = 0
    battery_pct: float | None = None
    watermark_ms: int = -1
    closed_ms: int = 0
    kept_ms: int = 0
    samples: dict[int, dict[Sample, None]] = field(default_factory=dict)
    seconds: dict[int, Effort] = field(default_factory=dict)
    recent: dict[int, Effort] = field(default_factory=dict)
    minutes: dict[int, Effort] = field(default_factory=dict)
    past: Effort = NOTHING
    looked_at: dict[int, tuple[int, Effort]] = field(default_factory=dict)
    closed_so_far: Effort | None = None

    @property
    def so_far(self) -> Effort:
        """All that is closed, as one effort."""
        if self.closed_so_far is None:
            recent = (self.recent[start] for start in sorted(self.recent))
            self.closed_so_far = merge_all((self.past, *recent), self.gauge)
        return self.closed_so_far

    def add(self, sample: Sample) -> int:
        """Keep *sample*, whose minute is open, and return the start of its second."""
        time = sample.time_ms
        second = time - time % SECOND_MS
        of_second = self.samples.get(second)
        if of_second is None:
            of_second = self.samples[second] = {}
        of_second[sample] = None
        if time > self.watermark_ms:
            self.watermark_ms, self.newest = time, sample
        return second

    def close(self, touched: set[int], closed_ms: int) -> Closed:
        """Close the seconds that end by *closed_ms*, compute the closed ones of *touched* again, return what changed."""
        before, self.closed_ms = self.closed_ms, max(self.closed_ms, closed_ms)
        late = {second for second in touched if second < before}
        if not late and self.closed_ms == before:
            return NONE_CLOSED
        self.closed_so_far = None
        changed: dict[int, Effort] = {}
        for second in sorted(late):
            effort = effort_of(self.samples[second], self.gauge)
            if effort != self.seconds.get(second):
                changed[second] = self.seconds[second] = effort
        self._merge_again({self._part_of(second) for second in changed})
        for second in sorted(second for second in self.samples if before <= second < self.closed_ms):
            effort = changed[second] = self.seconds[second] = effort_of(self.samples[second], self.gauge)
            part = self._part_of(second)
            self.recent[part] = merge(self.recent.get(part, NOTHING), effort, self.gauge)
        return Closed(changed, self._minutes(changed, before))

    def cut(self, border_ms: int) -> None:
        """Let no part hold seconds from both sides of *border_ms*, which lies in no minute that was dropped."""
        if border_ms in self.borders:
            return
        self.borders = sorted((*self.borders, border_ms))
        before = self._part_of(border_ms - SECOND_MS)
        if before in self.recent:
            self._merge_again({before, border_ms})

    def span(self, start_ms: int, end_ms: int | None) -> Effort:
        """Return all that is closed of [start, end), both of them borders; without an end, all from the start on."""
        parts = {**self.minutes, **self.recent}
        within = sorted(start for start in parts if start_ms <= start and (end_ms is None or start < end_ms))
        return merge_all((parts[start] for start in within), self.gauge)

    def _part_of(self, second: int) -> int:
        minute = _minute_of(second)
        place = bisect_right(self.borders, second)
        return max(minute, self.borders[place - 1]) if place else minute

    def _merge_again(self, parts: set[int]) -> None:
        by_part: dict[int, list[Effort]] = {part: [] for part in parts}
        for second in sorted(self.seconds):
            part = self._part_of(second)
            if part in by_part:
                by_part[part].append(self.seconds[second])
        for part, efforts in by_part.items():
            if efforts:
                self.recent[part] = merge_all(efforts, self.gauge)
            else:
                self.recent.pop(part, None)

    def _minutes(self, changed: Iterable[int], closed_before_ms: int) -> dict[int, Effort]:
        """Return the minutes that are over and either were not before, or have one of the seconds *changed*."""
        starts = {_minute_of(second) for second in changed}
        starts.update(_minute_of(start) for start in self.recent if _minute_of(start) + MINUTE_MS > closed_before_ms)
        over = sorted(start for start in starts if start + MINUTE_MS <= self.closed_ms)
        return {start: self.span(start, start + MINUTE_MS) for start in over}

    def drop(self, kept_ms: int) -> None:
        """Keep minutes that begin before *kept_ms* as one effort each, and their samples no more."""
        if kept_ms <= self.kept_ms:
            return
        self.kept_ms = kept_ms
        for start in sorted(start for start in self.recent if start < kept_ms):
            part = self.minutes[start] = self.recent.pop(start)
            self.past = merge(self.past, part, self.gauge)
        for second in [second for second in self.seconds if second < kept_ms]:
            del self.seconds[second], self.samples[second]

    def reopen(self, minute_ms: int, samples: Iterable[Sample]) -> Closed:
        """Take *samples* as all there is of a minute that was dropped, and return its seconds and the minute."""
        by_second: dict[int, list[Sample]] = {}
        for sample in samples:
            by_second.setdefault(sample.time_ms - sample.time_ms % SECOND_MS, []).append(sample)
        seconds = {second: effort_of(by_second[second], self.gauge) for second in sorted(by_second)}
        by_part: dict[int, list[Effort]] = {}
        for second, effort in seconds.items():
            by_part.setdefault(self._part_of(second), []).append(effort)
        for start in [start for start in self.minutes if _minute_of(start) == minute_ms]:
            del self.minutes[start]
        self.minutes.update((start, merge_all(efforts, self.gauge)) for start, efforts in by_part.items())
        self.past = merge_all((self.minutes[start] for start in sorted(self.minutes)), self.gauge)
        self.closed_so_far = None
        return Closed(seconds, {minute_ms: self.span(minute_ms, minute_ms + MINUTE_MS)})

    def open_seconds(self) -> dict[int, Effort]:
        """Return the seconds that are not closed yet as they stand now, in order: what a live channel shows."""
        before, self.looked_at = self.looked_at, {}
        for second in sorted(second for second in self.samples if second >= self.closed_ms):
            samples = self.samples[second]
            count, effort = before.get(second, (0, NOTHING))
            if count != len(samples):
                effort = effort_of(samples, self.gauge)
            self.looked_at[second] = len(samples), effort
        return {second: effort for second, (_, effort) in self.looked_at.items()}

    def now(self) -> Effort:
        """Return all that is known so far, the open seconds among it."""
        return merge_all((self.so_far, *self.open_seconds().values()), self.gauge)
