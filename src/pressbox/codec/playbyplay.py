"""
The play-by-play feed: one JSON object a game with both rosters and a list of plays per period, rewritten as it grows.

Its habits: numbers come as text or as numbers; `goalies` and other collections are an object or a list; a play names
players by name only; `typetext` may be missing; the end is `clockinformation.gamestate.status` = Final. Names are
looked up later, in the game's own rosters.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from msgspec import Raw, Struct

from pressbox.codec.reading import Reading
from pressbox.errors import RejectedRecord
from pressbox.model.clock import GAME_S, REGULATION_PERIODS, parse_clock
from pressbox.model.event import (
    Entry,
    Event,
    Faceoff,
    GameOver,
    Goal,
    GoalkeeperIn,
    GroundBall,
    OtherPlay,
    Penalty,
    Play,
    Rejected,
    ShotOff,
    ShotOnGoal,
    Timeout,
)
from pressbox.model.roster import Player, Team

T = TypeVar("T")

_PERIODS_MAX: Final = 99
_NUMBER: Final = re.compile(r"\d{1,15}", re.ASCII)
_BY_ONE_PLAYER: Final[dict[str, type[ShotOnGoal | ShotOff | GroundBall]]] = {
    "shot": ShotOnGoal,
    "shotoff": ShotOff,
    "groundball": GroundBall,
}


_Plays: TypeAlias = list[Raw] | dict[str, Raw]


class _Player(Struct):
    name: str
    playerid: int | str
    jersey: int | str | None = None
    Type: str | None = None


class _Roster(Struct):
    players: list[_Player] | dict[str, _Player] = msgspec.field(default_factory=list)
    goalies: list[_Player] | dict[str, _Player] | None = None


class _GameState(Struct):
    status: str | None = None


class _Clock(Struct):
    gamestate: _GameState = msgspec.field(default_factory=_GameState)


class _Feed(Struct):
    hometeam: str
    shorthometeam: str
    awayteam: str
    shortawayteam: str
    homeroster: _Roster
    awayroster: _Roster
    playbyplay: dict[str, _Plays] | list[_Plays] = msgspec.field(default_factory=list)
    clockinformation: _Clock = msgspec.field(default_factory=_Clock)


class _Play(Struct):
    index: int | str
    type: str
    shortname: str
    time: str
    period: int | str
    playername: str | None = None
    a1: str | None = None
    a2: str | None = None
    typetext: str | None = None
    faceoffwon: str | None = None
    faceofflost: str | None = None
    infraction: str | None = None
    severity: str | None = None


_decode_feed = msgspec.json.Decoder(_Feed, strict=False).decode
_decode_play = msgspec.json.Decoder(_Play, strict=False).decode


def read_playbyplay(data: bytes) -> Reading:
    """
    Return what the whole object *data* says.

    A play that does not decode is an entry whose event is `Rejected`; the others are not touched by it.

    Raises:
        RejectedRecord: *data* is not such an object, not all of it is there yet, or both its teams have one short name.
    """
    try:
        feed = _decode_feed(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise RejectedRecord(f"not a play-by-play object, or not all of one: {error}") from error
    if feed.shorthometeam == feed.shortawayteam:
        raise RejectedRecord(f"both teams are called {feed.shorthometeam}, so no play tells whose it was")
    entries = [_entry(raw, number) for number, raw in enumerate(_plays(feed), 1)]
    status = feed.clockinformation.gamestate.status
    if status is not None and status.strip().lower().startswith("final"):
        entries.append(Entry(GameOver(), len(entries) + 1, b'{"status":"Final"}'))
    return Reading(
        tuple(entries),
        home=_team(feed.hometeam, feed.shorthometeam, feed.homeroster),
        away=_team(feed.awayteam, feed.shortawayteam, feed.awayroster),
    )


def decode_play(raw: bytes) -> Play:
    """
    Return the play in the JSON object *raw*.

    Raises:
        ValueError: a field is missing or malformed; the message names it.
    """
    play = _decode_play(raw)
    event_id = _whole_number(play.index, "index")
    period = _period(play.period)
    clock_s = parse_clock(play.time)
    if clock_s > GAME_S:
        raise ValueError(f"clock {play.time} is longer than any period")
    where = (event_id, period, clock_s, play.shortname)
    player = play.playername or None
    text = play.typetext or play.type
    kind = play.type.lower()
    if kind in _BY_ONE_PLAYER:
        return _BY_ONE_PLAYER[kind](*where, player)
    decoded: Play = OtherPlay(*where, player, text.strip().lower())
    if kind == "goal":
        assists = tuple(name for name in (play.a1, play.a2) if name)
        decoded = Goal(*where, player, assists, points=2 if "(2pt)" in text.lower() else 1)
    elif kind == "faceoff":
        decoded = Faceoff(*where, play.faceoffwon or None, play.faceofflost or None)
    elif kind == "penalty":
        decoded = Penalty(*where, player, play.infraction or "", play.severity or "")
    elif kind == "timeout":
        decoded = Timeout(*where)
    elif kind == "goalieentered" and player is not None:
        decoded = GoalkeeperIn(*where, player)
    return decoded


def _plays(feed: _Feed) -> Iterator[bytes]:
    periods: Iterable[_Plays] = _each(feed.playbyplay)
    if isinstance(feed.playbyplay, dict):
        # An undecodable name of a period sorts last: its plays say themselves in which period they were.
        periods = [feed.playbyplay[name] for name in sorted(feed.playbyplay, key=_period_or_last)]
    for plays in periods:
        yield from map(bytes, _each(plays))


def _entry(raw: bytes, number: int) -> Entry:
    event: Event
    try:
        event = decode_play(raw)
    except ValueError as error:
        event = Rejected(str(error))
    return Entry(event, number, raw)


def _team(name: str, short: str, roster: _Roster) -> Team:
    players = {one.id: one for one in (_player(player, keeper=False) for player in _each(roster.players))}
    for keeper in (_player(player, keeper=True) for player in _each(roster.goalies)):
        players[keeper.id] = keeper
    return Team(
        id=short, name=name, conference=None, wins=None, losses=None, players=tuple(players.values()), short=short
    )


def _player(player: _Player, *, keeper: bool) -> Player:
    number = "" if player.jersey is None else str(player.jersey)
    return Player(
        _number_or_text(player.playerid), player.name, number, goalkeeper=keeper, starter=player.Type == "Starter"
    )


def _each(collection: list[T] | dict[str, T] | None) -> Iterable[T]:
    if collection is None:
        return ()
    return collection.values() if isinstance(collection, dict) else collection


def _period_or_last(name: str) -> int:
    try:
        return _period(name)
    except ValueError:
        return _PERIODS_MAX + 1


def _period(name: int | str) -> int:
    text = str(name).strip().upper()
    before, counted = 0, text
    if "OT" in text:
        before, counted = REGULATION_PERIODS, text.replace("OT", "").strip() or "1"
    period = before + _whole_number(counted, "period")
    if not before < period <= _PERIODS_MAX:
        raise ValueError(f"period {text} is outside 1..{_PERIODS_MAX}")
    return period


def _whole_number(value: int | str, what: str) -> int:
    number = _number_or_text(value)
    if isinstance(number, int):
        return number
    raise ValueError(f"{what} {value!r} is not a whole number of up to 15 digits")


def _number_or_text(value: Any) -> int | str:
    text = str(value).strip()
    return int(text) if _NUMBER.fullmatch(text) else text
