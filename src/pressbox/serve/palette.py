"""The colours of the design system as base.css has them, and how well they can be told from what they lie on."""

import re
from typing import Final, Literal, NamedTuple, TypeAlias

from pressbox.serve.rendering import STATIC

Scheme: TypeAlias = Literal["light", "dark"]

TEXT_CONTRAST_MIN: Final = 4.5
SHAPE_CONTRAST_MIN: Final = 3.0

_COLOUR: Final = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
_LINEAR_MAX: Final = 0.04045
_WEIGHTS: Final = (0.2126, 0.7152, 0.0722)
_GLARE: Final = 0.05


class Colour(NamedTuple):
    """A colour token in both schemes, as `#rrggbb`."""

    name: str
    light: str
    dark: str

    def of(self, scheme: Scheme) -> str:
        """Return the colour in *scheme*."""
        return self.light if scheme == "light" else self.dark


class Pair(NamedTuple):
    """A colour that is read on another one, and how much contrast that needs at least (WCAG 2.2, level AA)."""

    name: str
    on: str
    contrast_min: float

    def contrast(self, scheme: Scheme) -> float:
        """Return the contrast of the two in *scheme*, between 1 and 21."""
        return contrast(COLOURS[self.name].of(scheme), COLOURS[self.on].of(scheme))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, between 1 and 21, as WCAG defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + _GLARE) / (darker + _GLARE)


def _luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return sum(weight * _linear(share) for weight, share in zip(_WEIGHTS, shares, strict=True))


def _linear(share: float) -> float:
    return share / 12.92 if share <= _LINEAR_MAX else ((share + 0.055) / 1.055) ** 2.4


COLOURS: Final = {
    name: Colour(name, light, dark)
    for name, light, dark in _COLOUR.findall((STATIC / "base.css").read_text(encoding="utf-8"))
}
_GROUNDS: Final = ("ground", "raised")
_ZONES: Final = tuple(name for name in COLOURS if name.startswith("zone-"))

PAIRS: Final = (
    *(
        Pair(name, on, TEXT_CONTRAST_MIN)
        for name in ("ink", "quiet", "accent", "stale", "late", "loss")
        for on in _GROUNDS
    ),
    *(Pair(name, "mark", TEXT_CONTRAST_MIN) for name in ("ink", "quiet")),
    *(Pair(name, on, SHAPE_CONTRAST_MIN) for name in ("edge", "home", "away") for on in _GROUNDS),
    *(Pair("ink", zone, TEXT_CONTRAST_MIN) for zone in _ZONES),
)
"""Every colour that is read, on everything it is read on."""


def weakest(name: str, scheme: Scheme) -> Pair | None:
    """Return the pair in which the colour *name* has the least contrast; None where it never has to be told."""
    meets = [pair for pair in PAIRS if name in (pair.name, pair.on)]
    return min(meets, key=lambda pair: pair.contrast(scheme) / pair.contrast_min, default=None)
