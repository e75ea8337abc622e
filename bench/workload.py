"""The games that are measured: seeded, of any length, in the seed's game stream."""

import random
from collections.abc import Iterator

from pressbox.codec.gamestream import encode_event, read_gamestream
from pressbox.model.clock import GAME_S
from pressbox.model.event import Entry, Shot
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
    return [box for box, _ in (apply(None, 0, _opening(game)) for game in range(games)) if box is not None]


def interleaved_records(games: int, events_a_game: int) -> list[tuple[int, Played]]:
    """Return the records of *games* games with the game's number, one event of each game after the other."""
    entries = [read_gamestream(b"".join(gamestream_lines(game, events_a_game))).entries for game in range(games)]
    return list(_interleaved(entries))


def _interleaved(entries: list[tuple[Entry, ...]]) -> Iterator[tuple[int, Played]]:
    for of_all_games in zip(*entries, strict=True):
        for game, entry in enumerate(of_all_games):
            yield game, Played(f"game-{game}", 1, entry)


def _opening(game: int) -> GameOpened:
    home, away = team_of(REFERENCE, HOME.id), team_of(REFERENCE, AWAY.id)
    return GameOpened(f"game-{game}", 1, "gamestream", home, away)
