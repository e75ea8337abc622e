"""A game in one line, as lists and the scoreboard show it."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct
from msgspec.structs import replace

GameState: TypeAlias = Literal["live", "waiting", "final"]


class GameSummary(Struct, frozen=True, kw_only=True):
    """
    Where a game stands. *state* is `waiting` where its feed is seen and it cannot begin; *problem* then says why.

    Scores, period and clock are those of the newest document; *event_id* is -1 before the first.
    """

    game: Annotated[str, Meta(description="its name, unique", examples=["gamestream"])]
    state: Annotated[GameState, Meta(description="`waiting`: its feed is seen and it cannot begin; see `problem`")]
    run: Annotated[int, Meta(description="which playing of its feed this is, from 1")] = 0
    home: Annotated[str, Meta(examples=["syracuse"])] = ""
    away: Annotated[str, Meta(examples=["johns hopkins"])] = ""
    home_score: Annotated[int, Meta(examples=[7])] = 0
    away_score: Annotated[int, Meta(examples=[5])] = 0
    period: Annotated[int, Meta(description="1 to 4, overtimes from 5 on; 0 while waiting", examples=[3])] = 0
    clock: Annotated[str, Meta(description="left in the period, as mm:ss", examples=["07:31"])] = ""
    event_id: Annotated[int, Meta(description="of the newest document; -1 before the first", examples=[41])] = -1
    dead_letters: Annotated[int, Meta(description="entries of the feed that could not be used")] = 0
    last_play: Annotated[str, Meta(description="the newest play in words", examples=["goal by sam"])] = ""
    updated_ms: Annotated[
        int | None,
        Meta(description="when the log got the newest record of the game, epoch ms", examples=[1763932923123]),
    ] = None
    problem: Annotated[str, Meta(description="why it does not move, for people; empty where it does")] = ""

    def with_problem(self, problem: str) -> "GameSummary":
        """Return the same game with *problem*."""
        return replace(self, problem=problem)
