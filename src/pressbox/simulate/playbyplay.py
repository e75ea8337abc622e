"""
A simulated game as the play-by-play feed tells it: the format of recorded games, with invented clubs and players.

The feed says who did what and keeps its own box score, which agrees with the plays at every moment of the game.
"""

from itertools import count
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from pressbox.model.clock import REGULATION_PERIODS
from pressbox.simulate.chance import Chance
from pressbox.simulate.feed_club import Club, pick_clubs
from pressbox.simulate.feed_format import ByPeriod, FeedDocument, PlaysByPeriod, SidePeriods
from pressbox.simulate.feed_play import play_game
from pressbox.simulate.feed_prefix import FeedPrefix
from pressbox.simulate.feed_summary import People, penalty_summary, scoring_summary
from pressbox.simulate.moment import Moments
from pressbox.simulate.recording import moments_of


class PlayByPlayGame(Struct, frozen=True):
    """A game that has been played; *document* is what the feed's object holds in the end."""

    document: bytes

    def moments(self) -> Moments:
        """Return the object as it stands after each play, and once more when the game is final."""
        return moments_of(self.document)


def simulate_playbyplay(seed: int = 0, *, overtime: bool = False) -> PlayByPlayGame:
    """
    Return the game of *seed*, the same one every time.

    A game tied after four periods goes to overtime; *overtime* asks for such a game, the first that the seed gives.
    """
    games = (_play(Chance(f"play-by-play, seed {seed}, attempt {attempt}")) for attempt in count())
    return PlayByPlayGame(_final(next(game for game in games if not overtime or len(game.plays) > REGULATION_PERIODS)))


class _Game(NamedTuple):
    home: Club
    away: Club
    plays: PlaysByPeriod


def _play(chance: Chance) -> _Game:
    home, away = pick_clubs(chance)
    return _Game(home, away, play_game(chance, home, away))


def _final(game: _Game) -> bytes:
    uncounted = msgspec.to_builtins(_uncounted(game))
    prefix = FeedPrefix(uncounted)
    counted = prefix.after(len(prefix.plays))
    return msgspec.json.encode(counted | {"clockinformation": uncounted["clockinformation"]})


def _uncounted(game: _Game) -> FeedDocument:
    home, away, by_period = game
    plays = [play for of_period in by_period.values() for play in of_period]
    people = _people(home) | _people(away)
    nothing = dict.fromkeys(by_period, 0)
    return FeedDocument(
        hometeam=home.name,
        shorthometeam=home.short,
        awayteam=away.name,
        shortawayteam=away.short,
        homeroster=home.roster,
        awayroster=away.roster,
        playbyplay=by_period,
        scoringsummary=scoring_summary(plays, people),
        penaltysummary=penalty_summary(plays, people),
        matchup=_matchup(home, away),
        byperiodinformation=ByPeriod(len(by_period), *[SidePeriods(nothing, nothing, nothing)] * 2),
        clockinformation=_clock_at_the_end(by_period),
        penaltybox={"home": [], "away": []},
    )


def _people(club: Club) -> People:
    return {(club.short, player.name): player for player in club.roster.players}


def _clock_at_the_end(by_period: PlaysByPeriod) -> dict[str, Any]:
    sudden_victory = len(by_period) > REGULATION_PERIODS
    period, plays = list(by_period.items())[-1]
    state = {"status": "Final", "period": period, "time": plays[-1].time if sudden_victory else "0:00"}
    return {"gamestate": state, "currentstate": "Even Strength", "realtime": 1}


def _matchup(home: Club, away: Club) -> dict[str, Any]:
    # the feed writes the home player's jersey as a number and the away player's as text
    home_line, away_line = _line_of_star(home), _line_of_star(away)
    who_is_hot = {"home": home_line | {"jersey": int(home_line["jersey"])}, "away": away_line}
    return {"pastmeetings": [], "whoshot": who_is_hot, "topscorers": []}


def _line_of_star(club: Club) -> dict[str, Any]:
    player = max(club.roster.players, key=lambda player: player.seasonpts)
    return {
        "name": player.name,
        "jersey": player.jersey,
        "photo": "",
        "gp": player.gp,
        "g": player.seasong,
        "a": player.seasona,
        "pts": player.seasonpts,
    }
