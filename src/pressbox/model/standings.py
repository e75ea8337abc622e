"""The season so far, as pages tell it."""

from msgspec import Struct

from pressbox.model.reference import ReferenceData


class StandingsRows(Struct, frozen=True):
    """Teams and players with their season so far; *settled* says whether final games of the log are in it."""

    data: ReferenceData
    settled: bool
