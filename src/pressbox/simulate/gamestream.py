"""
The seed's game stream: a simulated lacrosse game of which only the shots on goal are reported.

One line an event, `id mm:ss teamid jersey isgoal`, the clock counting down from 60:00, closed by the id -1. Both teams
and their players are the same in every game; the seed decides how it goes.
"""

from collections.abc import Iterator

from msgspec import Struct

from pressbox.model.clock import GAME_S, format_clock
from pressbox.model.event import Shot
from pressbox.model.reference import PlayerRow, TeamRow
from pressbox.simulate.chance import Chance
from pressbox.simulate.moment import Moment, Moments
from pressbox.simulate.reference import AWAY, HOME, REFERENCE

CLOSING_LINE = "-1 00:00 0 0 0"

_DEFAULT_SEED = 0
_DEFAULT_OPENING = (
    Shot(0, 59 * 60 + 51, 101, "2", scored=False),
    Shot(1, 57 * 60 + 6, 101, "6", scored=False),
    Shot(2, 56 * 60 + 13, 205, "8", scored=True),
    Shot(3, 55 * 60 + 25, 101, "4", scored=False),
)


class Line(Struct, frozen=True):
    """One line of the stream, without its newline, and the seconds left of the game."""

    clock_s: int
    text: str


class Game(Struct, frozen=True):
    """A game that has been played: its shots on goal in order, all before the final horn."""

    shots: tuple[Shot, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The stream's lines, the closing one included."""
        return (*(Line(shot.clock_s, _line(shot)) for shot in self.shots), Line(0, CLOSING_LINE))

    def moments(self) -> Moments:
        """Return the object as it stands after each line, whole each time."""
        body = b""
        for line in self.lines:
            body += line.text.encode() + b"\n"
            yield Moment(GAME_S - line.clock_s, format_clock(line.clock_s), body)

    def teams(self) -> tuple[TeamRow, ...]:
        """Return the rows of the table `teams` as they are before the game, the home team first."""
        return REFERENCE.teams

    def players(self) -> tuple[PlayerRow, ...]:
        """Return the rows of the table `players` as they are before the game."""
        return REFERENCE.players


def simulate_gamestream(seed: int = _DEFAULT_SEED) -> Game:
    """
    Return the game of *seed*, the same one every time.

    The default game begins with the very events the format's description shows.
    """
    opening = _DEFAULT_OPENING if seed == _DEFAULT_SEED else ()
    return Game(shots=tuple(_shots(Chance(f"gamestream, seed {seed}"), opening)))


def _shots(chance: Chance, opening: tuple[Shot, ...]) -> Iterator[Shot]:
    yield from opening
    last = opening[-1] if opening else None
    while (shot := _next_shot(chance, last)).clock_s > 0:
        yield shot
        last = shot


def _next_shot(chance: Chance, last: Shot | None) -> Shot:
    if last is None:
        return _shot(chance, 0, GAME_S - chance.between(5, 60), _either_team(chance))
    if not last.scored and chance.happens(0.2):  # a rebound, sometimes within the second
        return _shot(chance, last.event_id + 1, last.clock_s - chance.between(0, 5), last.team_id)
    gap_s = chance.between(9, 55) + chance.between(0, 50)
    return _shot(chance, last.event_id + 1, last.clock_s - gap_s, _either_team(chance))


def _either_team(chance: Chance) -> int:
    return chance.pick((HOME, AWAY)).id


def _shot(chance: Chance, event_id: int, clock_s: int, team_id: int) -> Shot:
    roster = [player for player in REFERENCE.players if player.teamid == team_id]
    shooter = chance.pick_weighted(roster, [player.shots for player in roster])
    return Shot(event_id, clock_s, team_id, shooter.number, scored=chance.happens(shooter.goals / shooter.shots))


def _line(shot: Shot) -> str:
    return f"{shot.event_id} {format_clock(shot.clock_s)} {shot.team_id} {shot.jersey} {int(shot.scored)}"
