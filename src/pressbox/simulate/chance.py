"""Seeded chance that gives the same game on every Python."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """
    Draws from a seed.

    Built on `random.Random.random` alone: of that module only this sequence is promised to stay the same from one
    Python to the next, and a game has to.
    """

    def __init__(self, seed: int | str) -> None:
        """Begin the sequence of *seed*."""
        self._draw = random.Random(seed).random  # noqa: S311 - a game, not a secret

    def happens(self, probability: float) -> bool:
        """Return True with *probability*."""
        return self._draw() < probability

    def fraction(self) -> float:
        """Return a number from 0 up to 1."""
        return self._draw()

    def within(self, low: float, high: float) -> float:
        """Return a number from *low* up to *high*."""
        return low + self._draw() * (high - low)

    def between(self, low: int, high: int) -> int:
        """Return an integer from *low* to *high*, both included."""
        return low + int(self._draw() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of *choices*, all equally likely."""
        return choices[self.between(0, len(choices) - 1)]

    def pick_weighted(self, choices: Sequence[T], weights: Sequence[int]) -> T:
        """Return one of *choices*, each as likely as its weight says."""
        left = self.between(1, sum(weights))
        for choice, weight in zip(choices, weights, strict=True):
            left -= weight
            if left <= 0:
                return choice
        raise ValueError("weights must hold a positive number")
