"""An athlete who moves as athletes do: bounded acceleration, stretches of walking, running and sprinting."""

from math import pi, sin, sqrt
from typing import Final, NamedTuple

from msgspec import Struct

from pressbox.model.session import AthleteProfile
from pressbox.simulate.chance import Chance
from pressbox.simulate.heart import Heart
from pressbox.simulate.play import Play, Post

GRAVITY_M_S2: Final = 9.80665

_STAND, _WALK, _JOG, _RUN, _SPRINT = range(5)
_PACES: Final = (_STAND, _WALK, _JOG, _RUN, _SPRINT)
_NEAR: Final = (4, 26, 36, 27, 7)
_FAR: Final = (10, 48, 31, 10, 1)
_STOPPED: Final = (36, 58, 6, 0, 0)
_BENCH: Final = (62, 34, 4, 0, 0)
_GOAL: Final = (24, 58, 17, 1, 0)
_SCATTER_M: Final = (2.0, 8.0, 12.0, 25.0, 38.0)
_WALK_M_S: Final = (1.0, 1.9)
_JOG_M_S: Final = (2.2, 3.8)
_RUN_SHARE: Final = (0.50, 0.72)
_SPRINT_SHARE: Final = (0.82, 1.0)
_NEAR_M: Final = 22.0
_ARRIVED_M: Final = 1.0
_BOUNCES: Final = tuple(sin(2 * pi * part / 256) for part in range(256))
_STILL_M_S: Final = 0.2


class Reading(NamedTuple):
    """What is true of an athlete at one moment; metres, m/s, and g along the run, across it and upwards."""

    x_m: float
    y_m: float
    speed_m_s: float
    along_g: float
    across_g: float
    upwards_g: float


class Build(Struct, frozen=True):
    """What a body can do."""

    speed_m_s_top: float
    acceleration_m_s2: float


class Athlete:
    """One athlete of a session. Moves by `advance`, which gives what a perfect sensor would read."""

    def __init__(self, profile: AthleteProfile, build: Build, post: Post, chance: Chance) -> None:
        self.profile, self.post = profile, post
        self._build, self._chance = build, chance
        self.heart = Heart(profile.heart_rate_bpm_rest or 60, profile.heart_rate_bpm_max or 190, chance)
        self.heart_rate_bpm = round(self.heart.bpm)
        self._x_m, self._y_m = post.x_m + chance.within(-2, 2), post.y_m + chance.within(-2, 2)
        self._vx_m_s = self._vy_m_s = 0.0
        self._to_x_m, self._to_y_m = self._x_m, self._y_m
        self._pace_m_s = 0.0
        self._decides_s = 0.0
        self._stride = chance.within(0, 256)

    def advance(self, play: Play, now_s: float, count: int, step_s: float) -> list[Reading]:
        """Return *count* readings, each *step_s* after the one before, the first a step after *now_s*."""
        if now_s >= self._decides_s or self._is_there():
            self._decide(play, now_s)
        readings = [self._step(step_s) for _ in range(count)]
        speed_m_s = sum(one.speed_m_s for one in readings) / count
        surge_m_s2 = sum(abs(one.along_g) for one in readings) / count * GRAVITY_M_S2
        self.heart_rate_bpm = self.heart.follow(speed_m_s, surge_m_s2, count * step_s)
        return readings

    def _is_there(self) -> bool:
        if not self._pace_m_s:
            return False
        dx, dy = self._to_x_m - self._x_m, self._to_y_m - self._y_m
        return dx * dx + dy * dy < _ARRIVED_M

    def _decide(self, play: Play, now_s: float) -> None:
        chance = self._chance
        dx, dy = play.x_m - self._x_m, play.y_m - self._y_m
        is_near = dx * dx + dy * dy < _NEAR_M * _NEAR_M
        pace = chance.pick_weighted(_PACES, self._weights(play, is_near=is_near))
        x_m, y_m = play.place(self.post)
        if pace >= _RUN and not self.post.keeps_goal:  # to the play, or with it
            x_m, y_m = play.x_m, play.y_m
        scatter_m = _SCATTER_M[pace] if self.post.on_field and not self.post.keeps_goal else 3.0
        x_m, y_m = x_m + chance.within(-scatter_m, scatter_m), y_m + chance.within(-scatter_m, scatter_m)
        self._to_x_m, self._to_y_m = play.inside(x_m, y_m) if self.post.on_field else (x_m, y_m)
        self._pace_m_s = self._pace(pace)
        self._decides_s = now_s + chance.within(1.5, 5.0)

    def _weights(self, play: Play, *, is_near: bool) -> tuple[int, ...]:
        if not self.post.on_field:
            return _BENCH
        if not play.is_on:
            return _STOPPED
        if self.post.keeps_goal:
            return _GOAL
        return _NEAR if is_near else _FAR

    def _pace(self, pace: int) -> float:
        top_m_s, within = self._build.speed_m_s_top, self._chance.within
        if pace == _STAND:
            return 0.0
        if pace == _WALK:
            return within(*_WALK_M_S)
        if pace == _JOG:
            return within(*_JOG_M_S)
        return top_m_s * within(*(_SPRINT_SHARE if pace == _SPRINT else _RUN_SHARE))

    def _step(self, step_s: float) -> Reading:
        vx, vy = self._vx_m_s, self._vy_m_s
        speed_m_s = sqrt(vx * vx + vy * vy)
        dx, dy = self._to_x_m - self._x_m, self._to_y_m - self._y_m
        away_m = sqrt(dx * dx + dy * dy)
        wanted = min(self._pace_m_s, 1.4 * away_m) / away_m if away_m > 0 else 0.0
        ax, ay = dx * wanted - vx, dy * wanted - vy
        change = sqrt(ax * ax + ay * ay)
        # the faster one is, the less is left to get faster
        most = self._build.acceleration_m_s2 * (1.0 - 0.6 * speed_m_s / self._build.speed_m_s_top) * step_s
        if change > most:
            ax, ay = ax * most / change, ay * most / change
        self._vx_m_s, self._vy_m_s = vx + ax, vy + ay
        self._x_m += self._vx_m_s * step_s
        self._y_m += self._vy_m_s * step_s
        return self._reading(ax / step_s, ay / step_s, step_s)

    def _reading(self, ax: float, ay: float, step_s: float) -> Reading:
        vx, vy = self._vx_m_s, self._vy_m_s
        speed_m_s = sqrt(vx * vx + vy * vy)
        along = across = 0.0
        if speed_m_s > _STILL_M_S:
            along = (ax * vx + ay * vy) / speed_m_s / GRAVITY_M_S2
            across = (ay * vx - ax * vy) / speed_m_s / GRAVITY_M_S2
        self._stride += (1.5 + 0.22 * speed_m_s) * step_s * 256  # steps a second, in parts of a bounce
        bounce = _BOUNCES[int(self._stride) & 255] * (0.02 + 0.14 * speed_m_s)
        sway = _BOUNCES[int(self._stride / 2) & 255] * (0.01 + 0.05 * speed_m_s)
        return Reading(self._x_m, self._y_m, speed_m_s, along + 0.3 * bounce, across + sway, 1.0 + bounce)
