"""Where the play is on a field, and where that wants each post to be."""

from collections.abc import Mapping
from math import sqrt
from typing import Final

from msgspec import Struct

from pressbox.model.session import Field
from pressbox.simulate.chance import Chance

_BENCH_M: Final = 4.0
_PULL: Final = 0.42
_GOAL_PULL: Final = 0.08

Share = tuple[float, float]

FORMATIONS: Final[Mapping[str, tuple[Share, ...]]] = {
    "football": (
        (-0.94, 0.0),
        (-0.60, -0.70), (-0.66, -0.25), (-0.66, 0.25), (-0.60, 0.70),
        (-0.25, -0.70), (-0.32, -0.22), (-0.32, 0.22), (-0.25, 0.70),
        (0.10, -0.25), (0.10, 0.25),
    ),
    "lacrosse": (
        (-0.80, 0.0),
        (-0.62, -0.45), (-0.66, 0.0), (-0.62, 0.45),
        (-0.10, -0.45), (-0.14, 0.0), (-0.10, 0.45),
        (0.55, -0.40), (0.60, 0.0), (0.55, 0.40),
    ),
}  # fmt: skip
"""Posts of a team that plays towards higher x, as shares of half the length and of half the width."""

REPLACED_EVERY_S: Final[Mapping[str, tuple[float, float]]] = {"football": (300.0, 900.0), "lacrosse": (45.0, 150.0)}
"""How long it takes until a team replaces somebody, from and to."""


class Post(Struct, frozen=True):
    """A place in the formation, of one who keeps the goal or not; *on_field* is False on the bench."""

    x_m: float
    y_m: float
    on_field: bool = True
    keeps_goal: bool = False


class Play:
    """The play of one session: a focus that wanders over the field, and stretches in which the game stands still."""

    def __init__(self, field: Field, chance: Chance) -> None:
        self.length_m, self.width_m = field.length_mm / 1e3, field.width_mm / 1e3
        self._chance = chance
        self.x_m = self.y_m = 0.0
        self._to_x_m = self._to_y_m = 0.0
        self._speed_m_s = 0.0
        self._moved_until_s = 0.0
        self._changes_s = chance.within(20, 90)
        self.is_on = True

    def advance(self, now_s: float, span_s: float) -> None:
        """Move the focus as it goes in *span_s*, up to *now_s*."""
        chance = self._chance
        if now_s >= self._changes_s:
            self.is_on = not self.is_on
            self._changes_s = now_s + (chance.within(20, 90) if self.is_on else chance.within(6, 35))
        if now_s >= self._moved_until_s:
            self._to_x_m = chance.within(-0.46, 0.46) * self.length_m
            self._to_y_m = chance.within(-0.46, 0.46) * self.width_m
            self._speed_m_s = chance.within(3, 13) if self.is_on else 0.0
            self._moved_until_s = now_s + chance.within(2, 8)
        dx, dy = self._to_x_m - self.x_m, self._to_y_m - self.y_m
        away_m = sqrt(dx * dx + dy * dy)
        if away_m > 0:
            share = min(self._speed_m_s * span_s / away_m, 1.0)
            self.x_m += dx * share
            self.y_m += dy * share

    def place(self, post: Post) -> tuple[float, float]:
        """Return where the play wants the holder of *post* to be, in metres from the middle of the field."""
        if not post.on_field:
            return post.x_m, post.y_m
        pull = _GOAL_PULL if post.keeps_goal else _PULL
        return self.inside(post.x_m + pull * self.x_m, post.y_m + pull * self.y_m)

    def inside(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Return the place on the field nearest to (*x_m*, *y_m*)."""
        half_x_m, half_y_m = self.length_m / 2, self.width_m / 2
        return min(max(x_m, -half_x_m), half_x_m), min(max(y_m, -half_y_m), half_y_m)

    def posts(self, sport: str, count: int, *, forwards: bool) -> list[Post]:
        """Return the posts of a team of *count*: its formation, and for the others the bench."""
        side = 1.0 if forwards else -1.0
        formation = FORMATIONS[sport][:count]
        field = [
            Post(side * x * self.length_m / 2, side * y * self.width_m / 2, keeps_goal=place == 0)
            for place, (x, y) in enumerate(formation)
        ]
        bench_y_m = -self.width_m / 2 - _BENCH_M
        bench = [Post(-side * (8.0 + 1.5 * place), bench_y_m, on_field=False) for place in range(count - len(field))]
        return field + bench
