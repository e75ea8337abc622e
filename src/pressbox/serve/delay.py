"""The spoiler delay: a viewer who watches a broadcast sees every game as it was known that long ago."""

from typing import Annotated, Final, TypeAlias

from litestar.params import QueryParameter

DELAY_S_MAX: Final = 600

Delay: TypeAlias = Annotated[
    int,
    QueryParameter(ge=0, le=DELAY_S_MAX, description="seconds: everything as it was known that long ago"),
]
"""The parameter `?delay=` of every address that shows games; 0 shows them as they are."""
