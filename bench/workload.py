"""The games that are measured: seeded, of any length, in the seed's game stream."""

import random

from pressbox.codec.gamestream import encode_event, entry_of
from pressbox.model.clock import GAME_S
from pressbox.model.event import Shot
from pressbox.model.game import GameOpened, Played
from pressbox.model.reference import team_of
from pressbox.pipelines.box_score import Box, apply
from pressbox.simulate.reference import AWAY, HOME, REFERENCE


def gamestream_lines(game: int, events: int) -> list[bytes]:
    """Return the first *events* lines of *game*, spread over its hour; none ends it."""
    chance = random.Random(game)
    players = REFERENCE.players
    lines = []
    for event_id in range(events):
        shooter = chance.choice(players)
        clock_s = GAME_S - (GAME_S - 1) * event_id // events
        shot = Shot(event_id, clock_s, shooter.teamid, shooter.number, scored=chance.random() < 0.3)
        lines.append(encode_event(shot).encode() + b"\n")
    return lines


def opened_boxes(games: int) -> list[Box]:
    """Return the state of *games* games before their first event."""
    home, away = team_of(REFERENCE, HOME.id), team_of(REFERENCE, AWAY.id)
    opened = (GameOpened(f"game-{game}", 1, "gamestream", home, away) for game in range(games))
    return [box for box, _ in (apply(None, 0, record) for record in opened) if box is not None]


def interleaved_records(games: int, events_a_game: int) -> list[tuple[int, Played]]:
    """
    Return the records of *games* games with the game's number, one event of each game after the other.

    They are decoded in this order, as a runner decodes them, so neighbours in time are neighbours in memory.
    """
    lines = [gamestream_lines(game, events_a_game) for game in range(games)]
    return [
        (game, Played(f"game-{game}", 1, entry_of(lines[game][event_id].rstrip(b"\n"), event_id + 1)))
        for event_id in range(events_a_game)
        for game in range(games)
    ]
