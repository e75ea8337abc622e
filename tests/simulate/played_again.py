from typing import NamedTuple

from pressbox.simulate.moment import Moment
from pressbox.simulate.recording import moments_of


class PlayedAgain(NamedTuple):
    """A recorded game, how far it had come at each moment, and some moments by their number."""

    recorded: bytes
    elapsed_s: list[int]
    moments: dict[int, Moment]


def play_again(recorded: bytes) -> PlayedAgain:
    # all moments of all games would be hundreds of megabytes
    elapsed_s: list[int] = []
    kept: dict[int, Moment] = {}
    for number, moment in enumerate(moments_of(recorded)):
        elapsed_s.append(moment.elapsed_s)
        kept = {old: kept[old] for old in kept if old % 25 == 0 or old == number - 1} | {number: moment}
    return PlayedAgain(recorded, elapsed_s, kept)
