"""
How a simulated game goes: a chain of plays in which each kind of play makes others likely.

The chances and pauses are those of real games: about 190 plays, a face-off after every goal in the same second,
rebounds and fast breaks.
"""

import msgspec

from pressbox.model.clock import PERIOD_S, REGULATION_PERIODS
from pressbox.simulate.chance import Chance
from pressbox.simulate.feed_club import Club
from pressbox.simulate.feed_format import FeedPlay, FeedPlayer, PlaysByPeriod

_ACTIONS = ("goal", "shot", "shot off", "ground ball", "ball lost", "penalty", "timeout")
_CHANCES_AFTER = {  # per cent, in the order of the actions
    "Faceoff": (8, 7, 7, 67, 6, 4, 1),
    "GroundBall": (18, 22, 28, 6, 18, 5, 3),
    "Shot": (9, 9, 14, 15, 50, 3, 0),
    "Shotoff": (20, 18, 25, 10, 22, 4, 1),
    "Penalty": (14, 20, 34, 14, 12, 6, 0),
    "Timeout": (18, 18, 30, 12, 20, 2, 0),
}
_PAUSES_S = {
    "Faceoff": (2, 16),
    "GroundBall": (3, 60),
    "Shot": (0, 30),
    "Shotoff": (2, 44),
    "Penalty": (0, 30),
    "Timeout": (0, 24),
}
_FOULS = (
    ("Slashing", "Personal Foul 1"),
    ("Unsportsmanlike Conduct", "Personal Foul 1"),
    ("Illegal Body Check", "Personal Foul 1"),
    ("Holding", "Technical Foul"),
    ("Pushing", "Technical Foul"),
    ("Tripping", "Personal Foul 1"),
    ("Illegal Cross Checking", "Personal Foul 1"),
    ("Offsides", "Technical Foul"),
    ("Interference", "Technical Foul"),
    ("Illegal Crosse", "Personal Foul 2"),
    ("Unsportsmanlike Conduct", "Misconduct"),
)
_FOUL_WEIGHTS = (31, 24, 21, 20, 17, 9, 9, 6, 5, 2, 3)


def play_game(chance: Chance, home: Club, away: Club) -> PlaysByPeriod:
    """
    Return the plays of a game, by period.

    A game that is tied after four periods goes on until the first goal; overtime periods are as long as others.
    """
    field = _Field(chance, home, away)
    period = 0
    while period < REGULATION_PERIODS or field.tied:
        period += 1
        field.play_period(period)
    return field.plays


class _Field:
    def __init__(self, chance: Chance, home: Club, away: Club) -> None:
        self.plays: PlaysByPeriod = {}
        self._chance = chance
        self._clubs = (home, away)
        self._goalkeepers = {club.short: club.starter for club in self._clubs}
        self._points = {club.short: 0 for club in self._clubs}
        self._index = 0
        self._period = 0
        self._clock_s = 0
        self._ball = home

    @property
    def tied(self) -> bool:
        return len(set(self._points.values())) == 1

    def play_period(self, period: int) -> None:
        self._period = period
        self._clock_s = PERIOD_S
        self.plays[str(period)] = []
        if period > 1 and self._chance.happens(0.15):
            self._change_goalkeeper(self._chance.pick(self._clubs))
        self._face_off()
        while not self._decided() and self._time_passes():
            self._go_on()

    def _decided(self) -> bool:
        return self._period > REGULATION_PERIODS and not self.tied

    def _last_type(self) -> str:
        return self.plays[str(self._period)][-1].type

    def _time_passes(self) -> bool:
        self._clock_s -= self._chance.between(*_PAUSES_S[self._last_type()])
        return self._clock_s >= 0

    def _go_on(self) -> None:
        action = self._chance.pick_weighted(_ACTIONS, _CHANCES_AFTER[self._last_type()])
        match action:
            case "goal":
                self._goal()
            case "shot":
                self._add(
                    self._ball, FeedPlay(type="Shot", playername=self._shooter_or_nobody(), typetext="SHOT ON GOAL")
                )
            case "shot off":
                self._add(
                    self._ball, FeedPlay(type="Shotoff", playername=self._shooter_or_nobody(), typetext="SHOT OFF")
                )
            case "ground ball":
                self._ground_ball()
            case "ball lost":
                self._ball = self._other(self._ball)
                self._ground_ball()
            case "penalty":
                self._penalty()
            case _:
                self._add(self._ball, FeedPlay(type="Timeout", typetext="TIMEOUT"))

    def _goal(self) -> None:
        scorer, two_points = self._shooter().name, self._chance.happens(0.07)
        text = "GOAL (2pt)" if two_points else "GOAL"
        first, second = self._assists(scorer)
        self._add(self._ball, FeedPlay(type="Goal", playername=scorer, a1=first, a2=second, typetext=text))
        self._points[self._ball.short] += 2 if two_points else 1
        if not self._decided():
            self._face_off()

    def _assists(self, scorer: str) -> tuple[str | None, str | None]:
        others = [player.name for player in self._ball.roster.players if player.name != scorer]
        first = self._chance.pick(others) if self._chance.happens(0.5) else None
        if first is None or not self._chance.happens(0.03):
            return first, None
        return first, self._chance.pick([name for name in others if name != first])

    def _face_off(self) -> None:
        home, away = (self._face_off_player(club) for club in self._clubs)
        self._ball = self._chance.pick(self._clubs)
        won, lost = (home, away) if self._ball is self._clubs[0] else (away, home)
        self._add(self._ball, FeedPlay(type="Faceoff", faceoffwon=won, faceofflost=lost, typetext="FACEOFF"))

    def _face_off_player(self, club: Club) -> str:
        return self._chance.pick_weighted(club.roster.players[:2], (5, 1)).name

    def _ground_ball(self) -> None:
        saved = self._last_type() == "Shot" and self._chance.happens(0.2)
        keeper = self._goalkeepers[self._ball.short]
        self._add(self._ball, FeedPlay(type="GroundBall", playername=keeper if saved else self._player().name))

    def _penalty(self) -> None:
        at_fault = self._other(self._ball) if self._chance.happens(0.75) else self._ball
        infraction, severity = self._chance.pick_weighted(_FOULS, _FOUL_WEIGHTS)
        name = self._chance.pick(at_fault.roster.players).name
        self._add(
            at_fault,
            FeedPlay(type="Penalty", playername=name, infraction=infraction, severity=severity, typetext="PENALTY"),
        )
        self._ball = self._other(at_fault)

    def _change_goalkeeper(self, club: Club) -> None:
        fresh = club.backup if self._goalkeepers[club.short] == club.starter else club.starter
        self._goalkeepers[club.short] = fresh
        self._add(club, FeedPlay(type="GoalieEntered", playername=fresh, typetext="GOALIE ENTERED"))

    def _player(self) -> FeedPlayer:
        return self._chance.pick(self._ball.roster.players)

    def _shooter(self) -> FeedPlayer:
        players = self._ball.roster.players
        return self._chance.pick_weighted(players, [player.seasong + 1 for player in players])

    def _shooter_or_nobody(self) -> str | None:
        return None if self._chance.happens(0.01) else self._shooter().name

    def _other(self, club: Club) -> Club:
        home, away = self._clubs
        return away if club is home else home

    def _add(self, club: Club, play: FeedPlay) -> None:
        self._index += 1
        here = msgspec.structs.replace(
            play,
            photo=None if play.playername is None else "",
            shortname=club.short,
            period=str(self._period),
            time=f"{self._clock_s // 60}:{self._clock_s % 60:02d}",
            index=self._index,
        )
        self.plays[here.period].append(here)
