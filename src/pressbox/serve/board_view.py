"""What of the board is asked for: by state, by words, page by page; always in the same order."""

from collections.abc import Iterable, Sequence
from typing import Final, Self, TypeAlias
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from pressbox.model.summary import GameState, GameSummary

STATES: Final[tuple[GameState, ...]] = ("live", "waiting", "final")
FINALS_A_PAGE: Final = 60

_DIGITS_MAX: Final = 15

Place: TypeAlias = tuple[int, int, str]


class Asked(Struct, frozen=True):
    """What a reader asks for: the address says all of it."""

    state: GameState | None = None
    q: str = ""
    after: str = ""
    delay_s: int = 0

    def takes(self, summary: GameSummary) -> bool:
        """Return whether the words asked for stand in the name of the game or of a team."""
        words = self.q.casefold().split()
        text = f"{summary.game}\n{summary.home}\n{summary.away}".casefold()
        return all(word in text for word in words)

    def address(self, path: str, **changes: str | None) -> str:
        """Return the address below *path* that asks for this, with *changes*."""
        asked = {"state": self.state, "q": self.q, "after": self.after, "delay": self.delay_s or None, **changes}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{path}?{query}" if query else path

    def in_state(self, state: GameState | None) -> Self:
        """Return the same for games in *state*, from their beginning."""
        return replace(self, state=state, after="")


class Selection(Struct, frozen=True):
    """Games in the order of pages; *following* asks for those behind them, empty where there are none."""

    games: Sequence[GameSummary]
    following: str

    def of(self, state: GameState) -> list[GameSummary]:
        """Return the games in *state*."""
        return [one for one in self.games if one.state == state]


def place_of(summary: GameSummary) -> Place:
    """Return what games are ordered by: live, waiting, final; the final ones newest first, the others by name."""
    rank = STATES.index(summary.state)
    return rank, -(summary.updated_ms or 0) if summary.state == "final" else 0, summary.game


def identity_of_place(summary: GameSummary) -> str:
    """Return the cursor that stands for the place of *summary*."""
    return f"{summary.state}.{summary.updated_ms or 0}.{summary.game}"


def place_named(identity: str) -> Place | None:
    """Return the place a cursor stands for; None where it is none."""
    state, _, rest = identity.partition(".")
    digits, _, game = rest.partition(".")
    if state not in STATES or not game or not (digits.isascii() and digits.isdecimal()) or len(digits) > _DIGITS_MAX:
        return None
    return STATES.index(state), -int(digits) if state == "final" else 0, game


def select(summaries: Iterable[GameSummary], asked: Asked, limit: int) -> Selection:
    """Return the first *limit* games *asked* for, behind its cursor."""
    return _cut(_ordered(summaries, asked), limit)


def select_page(summaries: Iterable[GameSummary], asked: Asked) -> Selection:
    """Return the games of a page of the scoreboard: all that are not final, and the newest of those that are."""
    ordered = _ordered(summaries, asked)
    going_on = sum(one.state != "final" for one in ordered)
    return _cut(ordered, going_on + FINALS_A_PAGE)


def _ordered(summaries: Iterable[GameSummary], asked: Asked) -> list[GameSummary]:
    after = place_named(asked.after)
    found = [one for one in summaries if asked.state in (None, one.state)]
    if asked.q:
        found = [one for one in found if asked.takes(one)]
    if after is not None:
        found = [one for one in found if place_of(one) > after]
    return sorted(found, key=place_of)


def _cut(ordered: Sequence[GameSummary], limit: int) -> Selection:
    games = ordered[:limit]
    return Selection(games, identity_of_place(games[-1]) if len(ordered) > limit else "")
