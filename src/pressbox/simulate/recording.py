"""
A recorded feed played live: what its object held after each of its events.

A play-by-play document is told play by play, a game stream line by line. The last moment holds the recorded bytes
themselves. Content that is neither is one moment.
"""

import re
from typing import Any

import msgspec

from pressbox.model.clock import GAME_S, PERIOD_S, format_clock, parse_clock
from pressbox.simulate.feed_prefix import REGULATION, FeedPrefix
from pressbox.simulate.moment import Moment, Moments

_LINE = re.compile(rb"\s*-?\d+\s+(\d{1,3}:[0-5]\d)\s", re.ASCII)


def moments_of(content: bytes) -> Moments:
    """Return what the object with the recorded *content* held after each of its events."""
    prefix = _prefix(content)
    if prefix is not None and prefix.plays:
        return _play_by_play(prefix, content)
    if any(_LINE.match(line) for line in content.splitlines()):
        return _line_by_line(content)
    return iter((Moment(0, format_clock(GAME_S), content),))


def _prefix(content: bytes) -> FeedPrefix | None:
    try:
        return FeedPrefix(msgspec.json.decode(content, type=dict[str, Any]))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _play_by_play(prefix: FeedPrefix, content: bytes) -> Moments:
    watch = _Stopwatch()
    for count, (period, play) in enumerate(prefix.plays, start=1):
        elapsed_s = watch.elapsed_s(period, play.time)
        yield Moment(elapsed_s, f"{play.time} of period {period}", msgspec.json.encode(prefix.after(count)))
    end = prefix.end
    yield Moment(watch.elapsed_s(str(end.period), end.time), f"{end.time} of period {end.period}", content)


def _line_by_line(content: bytes) -> Moments:
    elapsed_s, clock, body = 0, format_clock(GAME_S), b""
    for line in content.splitlines(keepends=True):
        body += line
        if match := _LINE.match(line):
            clock = match[1].decode()
            elapsed_s = max(elapsed_s, GAME_S - parse_clock(clock))
        yield Moment(elapsed_s, clock, body)


class _Stopwatch:
    """Adds up the seconds of play; a clock it cannot read, or one that runs backwards, stops it."""

    def __init__(self) -> None:
        self._elapsed_s = 0
        self._period = ""
        self._period_begun_s = 0
        self._period_s = 0

    def elapsed_s(self, period: str, time: str) -> int:
        try:
            clock_s = parse_clock(time)
        except ValueError:
            return self._elapsed_s
        if period != self._period:
            self._begin(period, clock_s)
        self._elapsed_s = max(self._elapsed_s, self._period_begun_s + self._period_s - clock_s)
        return self._elapsed_s

    def _begin(self, period: str, clock_s: int) -> None:
        self._period = period
        if period in REGULATION:
            self._period_begun_s, self._period_s = REGULATION.index(period) * PERIOD_S, PERIOD_S
        else:
            # overtime is as long as its first clock says, that of the face-off
            self._period_begun_s, self._period_s = self._period_begun_s + self._period_s, clock_s
