"""The addresses of games: a name may hold anything, so it is one quoted segment."""

from urllib.parse import quote, unquote

from litestar.params import FromPath


def page_address(game: str) -> str:
    """Return the address of the page of *game*."""
    return f"/games/{quote(game, safe='')}"


def boxscore_address(game: str) -> str:
    """Return the address of the document of *game*."""
    return f"/api/games/{quote(game, safe='')}/boxscore"


def game_named(name: FromPath[str]) -> str:
    """Return the game whose quoted *name* stands in an address."""
    return unquote(name)
