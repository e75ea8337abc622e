"""
The load of an athlete: from samples to the figures of a second, a minute, a session.

`summarise` measures samples, `merge` joins what was measured in order, `shape` tells the figures. All sums are of
integers, so a session cut anywhere and joined again is equal to the last digit.
"""

from collections.abc import Iterable

from pressbox.model.effort import Effort
from pressbox.model.sample import Sample
from pressbox.model.session import AthleteProfile, Terms
from pressbox.pipelines.gauge import gauge_of
from pressbox.pipelines.merge import merge, merge_all
from pressbox.pipelines.second import effort_of
from pressbox.pipelines.shaper import line_of, shape

__all__ = ["line_of", "merge", "merge_all", "shape", "summarise"]


def summarise(samples: Iterable[Sample], athlete: AthleteProfile, terms: Terms) -> Effort:
    """
    Return the effort of *samples*, in whatever order they come; one sent twice counts once.

    Efforts of the same athlete and terms, each wholly before the next, are joined by `merge`.
    """
    return effort_of(samples, gauge_of(athlete, terms))
