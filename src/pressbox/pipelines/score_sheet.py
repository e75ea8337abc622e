"""The score sheet of one game: which plays were written down, where the clock stands, what the document says."""

from typing import Final

from pressbox.errors import RejectedRecord
from pressbox.model.box_score import BoxScore, PlayLine, PlayStatus
from pressbox.model.clock import GAME_S, PERIOD_S, REGULATION_PERIODS, format_clock, period_of
from pressbox.model.event import Event, GameOver, Horn, Play, Rejected, Shot
from pressbox.model.game import FeedFormat
from pressbox.model.roster import Team
from pressbox.pipelines.scoring import SCORERS, Moment, Scored, score_shot
from pressbox.pipelines.side_sheet import SideSheet

_RECENT_PLAYS: Final = 5
_PERIODS: Final = tuple(period_of(clock_s) for clock_s in range(GAME_S + 1))
_CLOCKS: Final = tuple(format_clock(clock_s) for clock_s in range(GAME_S + 1))
_PERIODS_MAX: Final = 99
_FINAL_HORN: Final = Scored("horn", None, None, "final horn")


class ScoreSheet:
    """The mutable sheet of one game. A document shaped from it shares its rows: encode it before the next play."""

    __slots__ = (
        "_accepted",
        "_by_status",
        "_overtimes_s",
        "_sides",
        "away",
        "clock_s",
        "closed",
        "event_id",
        "format",
        "home",
        "period",
        "plays",
        "timestamp_s",
    )

    def __init__(self, home: Team, away: Team, feed_format: FeedFormat) -> None:
        self.format = feed_format
        rich = feed_format == "playbyplay"
        self.home = SideSheet(home, rich=rich)
        self.away = SideSheet(away, rich=rich)
        self.home.opponent, self.away.opponent = self.away, self.home
        self._sides = {(side.team.short if rich else side.team.id): side for side in (self.home, self.away)}
        self._accepted: dict[int, Event] = {}
        self._by_status: dict[PlayStatus, list[int]] = {"confirmed": [], "amended": [], "voided": []}
        self._overtimes_s: dict[int, int] = {}
        self.plays: list[PlayLine] = []
        self.event_id = -1
        self.period = 1
        self.clock_s = PERIOD_S
        self.timestamp_s = GAME_S
        self.closed = False

    def enter(self, event: Event, status: PlayStatus = "") -> bool:
        """
        Write *event* down and return whether the document changed.

        An id seen before with the same content changes nothing, so an entry read twice counts once. A play that is
        rejected leaves no trace, except that one at 00:00 of the game ends the game all the same.

        Raises:
            RejectedRecord: the play names a team or player outside both rosters, or its id stands for another play.
        """
        if isinstance(event, GameOver):
            return self._close()
        if isinstance(event, Rejected):
            raise RejectedRecord(event.reason)
        _check_moment(event)
        if _ends_the_game(event):
            self.closed = True
        seen = self._accepted.get(event.event_id)
        if seen is not None:
            if seen == event:
                return False
            raise RejectedRecord(f"event id {event.event_id} already stands for another play")
        self._write(event, status)
        self._accepted[event.event_id] = event
        if status:
            self._by_status[status].append(event.event_id)
        return True

    def document(self, game: str, run: int, revision: int, index: int, *, final: bool) -> BoxScore:
        """Return the document as the sheet stands, as result *index* of the record at *revision*."""
        return BoxScore(
            id=self.event_id,
            timestamp="00:00" if final else _CLOCKS[self.timestamp_s],
            home=self.home.box,
            away=self.away.box,
            game=game,
            run=run,
            revision=revision,
            revision_index=index,
            period=REGULATION_PERIODS if final and self.format == "gamestream" else self.period,
            period_clock="00:00" if final else _CLOCKS[self.clock_s],
            final=final,
            plays=self.plays[: -_RECENT_PLAYS - 1 : -1],
            confirmed=self._by_status["confirmed"],
            amended=self._by_status["amended"],
            voided=self._by_status["voided"],
        )

    def _close(self) -> bool:
        if self.closed:
            return False
        self.closed = True
        if self.format == "playbyplay" and self.period <= REGULATION_PERIODS:
            self._play_on(self.period * PERIOD_S)
        return self.event_id >= 0

    def _write(self, event: Shot | Horn | Play, status: PlayStatus) -> None:
        counts = status != "voided"
        if isinstance(event, Shot):
            timestamp_s = event.clock_s
            period, clock_s = _PERIODS[timestamp_s]
            scored = score_shot(self._sides, event, period, counts=counts)
        elif isinstance(event, Horn):
            timestamp_s, period, clock_s = 0, REGULATION_PERIODS, 0
            scored = _FINAL_HORN
        else:
            period, clock_s = event.period, event.clock_s
            timestamp_s = clock_s
            scored = self._score(event, period, clock_s, counts=counts)
        if event.event_id > self.event_id:
            self.event_id, self.period, self.clock_s, self.timestamp_s = event.event_id, period, clock_s, timestamp_s
        play = PlayLine(
            event.event_id,
            period,
            _CLOCKS[clock_s],
            scored.kind,
            None if scored.side is None else scored.side.team.id,
            None if scored.line is None else scored.line.id,
            scored.text,
            (self.home.box.score, self.away.box.score),
            status,
        )
        self.plays.append(play)

    def _score(self, event: Play, period: int, clock_s: int, *, counts: bool) -> Scored:
        moment = Moment(period, self._elapsed_s(period, clock_s))
        scored = SCORERS[type(event)](self._sides, event, moment, counts)
        self._begin_period(period, clock_s)
        self._play_on(moment.elapsed_s)
        return scored

    def _elapsed_s(self, period: int, clock_s: int) -> int:
        if period <= REGULATION_PERIODS:
            return period * PERIOD_S - clock_s
        length_s = self._overtimes_s.get(period, clock_s)
        before_s = sum(earlier_s for number, earlier_s in self._overtimes_s.items() if number < period)
        return GAME_S + before_s + length_s - clock_s

    def _begin_period(self, period: int, clock_s: int) -> None:
        self.home.begin_period(period)
        self.away.begin_period(period)
        if period > REGULATION_PERIODS:
            # Overtimes differ in length between competitions: the first play in one, its faceoff, shows the full clock.
            self._overtimes_s.setdefault(period, clock_s)

    def _play_on(self, elapsed_s: int) -> None:
        self.home.play_on(elapsed_s)
        self.away.play_on(elapsed_s)


def _ends_the_game(event: Shot | Horn | Play) -> bool:
    return event.clock_s == 0 if isinstance(event, Shot) else isinstance(event, Horn)


def _check_moment(event: Shot | Horn | Play) -> None:
    period, clock_s = getattr(event, "period", 1), getattr(event, "clock_s", 0)
    if event.event_id < 0 or not 1 <= period <= _PERIODS_MAX or not 0 <= clock_s <= GAME_S:
        raise RejectedRecord(f"no game has event id {event.event_id} in period {period} with {clock_s} seconds left")
