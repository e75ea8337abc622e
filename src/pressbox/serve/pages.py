"""The pages as HTML: complete without JavaScript; live updates replace one part of them."""

from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pressbox.model.box_score import Document

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def games_page(games: list[Any]) -> str:
    """Return the page of all *games*, live ones first."""
    return _TEMPLATES.get_template("games.html").render(games=games)


def game_page(game: str, body: bytes | None, *, problem: str = "") -> str:
    """Return the page of *game* with the document *body*, or saying what is missing where there is none yet."""
    document = None if body is None else msgspec.json.decode(body)
    return _TEMPLATES.get_template("game.html").render(game=game, box=document, problem=problem)


class Fragments:
    """The live part of game pages, rendered once for all readers of a document."""

    def __init__(self) -> None:
        self._rendered: dict[str, tuple[Document, bytes]] = {}

    def of(self, document: Document) -> bytes:
        """Return the part of the page that shows *document*."""
        known = self._rendered.get(document.game)
        if known is not None and known[0] is document:
            return known[1]
        box = msgspec.json.decode(document.body)
        fragment = _TEMPLATES.get_template("box.html").render(game=document.game, box=box).encode()
        self._rendered[document.game] = (document, fragment)
        return fragment
