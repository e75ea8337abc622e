"""Small play-by-play feeds for tests, in the shape of the recorded ones, and the fold over them."""

import json
from collections.abc import Iterable
from typing import Any

from pressbox.codec.playbyplay import read_playbyplay
from pressbox.model.box_score import Result
from pressbox.model.event import Entry
from pressbox.model.game import GameOpened, GameRecord, Played
from tests.pipelines.scorebook import GAME, RUN, Seen, fold, latest

Fields = dict[str, Any]

HOME: Fields = {
    "players": [
        {"name": "Ann Ash", "playerid": 11, "jersey": "1"},
        {"name": "Bo Beck", "playerid": "12", "jersey": 2},
        {"name": "Cy Cole", "playerid": 13, "jersey": "00"},
    ],
    "goalies": {"18": {"name": "Gus Gray", "playerid": 18, "jersey": "30", "Type": "Starter"}},
}
AWAY: Fields = {
    "players": [{"name": "Ann Ash", "playerid": 21, "jersey": "1"}, {"name": "Di Dunn", "playerid": 22, "jersey": "5"}],
    "goalies": [
        {"name": "Hal Hood", "playerid": 28, "jersey": "40", "Type": "Starter"},
        {"name": "Ian Ives", "playerid": 29, "jersey": "41"},
    ],
}


def play(
    index: int, kind: str, time: str = "10:00", *, team: str = "HOM", period: int | str = "1", **more: Any
) -> Fields:
    """Return one play; *more* fields are the feed's own, such as `playername` or `a1`."""
    return {"index": index, "type": kind, "shortname": team, "time": time, "period": period, **more}


def goal(index: int, by: str | None, time: str = "10:00", **more: Any) -> Fields:
    return play(index, "Goal", time, playername=by, **{"typetext": "GOAL", **more})


def feed(*plays: Fields, status: str = "In Progress", **more: Any) -> bytes:
    """Return the whole object of a feed that holds *plays*; *more* replaces its other fields."""
    by_period: dict[str, list[Fields]] = {}
    for one in plays:
        by_period.setdefault(str(one["period"]), []).append(one)
    whole = {
        "hometeam": "Home Town",
        "shorthometeam": "HOM",
        "awayteam": "Away City",
        "shortawayteam": "AWY",
        "homeroster": HOME,
        "awayroster": AWAY,
        "playbyplay": by_period,
        "clockinformation": {"gamestate": {"status": status}},
    }
    return json.dumps(whole | more).encode()


def opened_by(data: bytes) -> GameOpened:
    reading = read_playbyplay(data)
    assert reading.home is not None
    assert reading.away is not None
    return GameOpened(GAME, RUN, "playbyplay", reading.home, reading.away)


def played_of(entries: Iterable[Entry]) -> list[GameRecord]:
    return [Played(GAME, RUN, entry) for entry in entries]


def fold_feed(data: bytes) -> list[Result]:
    """Return the results of the feed *data*, read once as a whole."""
    return fold([opened_by(data), *played_of(read_playbyplay(data).entries)])


def document_of(*plays: Fields, status: str = "In Progress", **more: Any) -> Seen:
    """Return the newest document of the feed that holds *plays*."""
    return latest(fold_feed(feed(*plays, status=status, **more)))


def line_of(document: Seen, side: str, player_id: int) -> Seen:
    line: Seen = next(one for one in document[side]["players"] if one["id"] == player_id)
    return line


def goalkeeper_of(document: Seen, side: str, player_id: int) -> Seen:
    line: Seen = next(one for one in document[side]["goalkeepers"] if one["id"] == player_id)
    return line
