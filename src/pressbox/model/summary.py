"""A game in one line, as lists and the scoreboard show it."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace


class GameSummary(Struct, frozen=True, kw_only=True):
    """
    Where a game stands. *state* is `waiting` where its feed is seen and it cannot begin; *problem* then says why.

    Scores, period and clock are those of the newest document; *event_id* is -1 before the first.
    """

    game: str
    state: Literal["live", "final", "waiting"]
    run: int = 0
    home: str = ""
    away: str = ""
    home_score: int = 0
    away_score: int = 0
    period: int = 0
    clock: str = ""
    event_id: int = -1
    dead_letters: int = 0
    problem: str = ""

    def with_problem(self, problem: str) -> "GameSummary":
        """Return the same game with *problem*."""
        return replace(self, problem=problem)
