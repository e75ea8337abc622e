"""Simulated games, any number at once, from their first event to the last."""

from collections.abc import Callable, Iterator
from pathlib import Path

from pressbox.errors import BadInput
from pressbox.simulate.gamestream import simulate_gamestream
from pressbox.simulate.playback import DELAY_S, Feed, play
from pressbox.simulate.playbyplay import simulate_playbyplay
from pressbox.simulate.recording import moments_of
from pressbox.simulate.target import Target


def simulate_games(
    *,
    target: Target,
    games: int = 1,
    rich: int = 0,
    seed: int = 0,
    file: Path | None = None,
    delay_s: float = DELAY_S,
    speed: float = 1.0,
    sleep: Callable[[float], None],
    log: Callable[[str], None],
) -> None:
    """
    Play games to *target* until all are over, each event when it is due.

    *games* go as game streams (`gamestream.txt`, `gamestream-2.txt`, ...), *rich* ones as play-by-play feeds
    (`playbyplay.json`, `playbyplay-2.json`, ...); the first of either kind is the game of *seed*, the second that of
    the next seed. A recorded *file* is played beside them under its own name.

    Raises:
        BadInput: there is nothing to play, the pace is impossible, or *file* cannot be read.
        Unavailable: *target* stopped taking objects.
    """
    if delay_s < 0 or speed <= 0:
        raise BadInput(f"a pace of {delay_s} s a second at speed {speed} cannot be played: use 0 or more, and above 0")
    feeds = [*_gamestreams(games, seed), *_playbyplays(rich, seed), *_recorded(file)]
    if not feeds:
        raise BadInput("there is nothing to play: ask for one game at least, or name a recorded file")
    _refuse_doubled([feed.name for feed in feeds])
    log(f"Starting Game Data Stream. Delay: 1 second == {delay_s / speed:g} seconds.")
    play(feeds, target.write, sleep, log=log, bucket=target.name, delay_s=delay_s, speed=speed)


def _gamestreams(games: int, seed: int) -> Iterator[Feed]:
    for number in range(games):
        yield Feed(_name("gamestream", number, ".txt"), simulate_gamestream(seed + number).moments())


def _playbyplays(games: int, seed: int) -> Iterator[Feed]:
    for number in range(games):
        yield Feed(_name("playbyplay", number, ".json"), simulate_playbyplay(seed + number).moments())


def _recorded(file: Path | None) -> Iterator[Feed]:
    if file is None:
        return
    try:
        yield Feed(file.name, moments_of(file.read_bytes()))
    except OSError as error:
        raise BadInput(f"the recorded game {file} cannot be read: {error}") from error


def _name(stem: str, number: int, suffix: str) -> str:
    return f"{stem}{suffix}" if number == 0 else f"{stem}-{number + 1}{suffix}"


def _refuse_doubled(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"two games would be written to {name}: rename the file, or play it without the other")
