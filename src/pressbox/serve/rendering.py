"""Templates, and the files of pages under addresses that change with them."""

import hashlib
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pressbox.serve import box_view
from pressbox.serve.address import boxscore_address, page_address

STATIC: Final = Path(__file__).parent / "static"
_VERSION_DIGITS: Final = 12


def render(template: str, **values: object) -> str:
    """Return *template* as HTML; what *values* hold is text and never markup."""
    return _TEMPLATES.get_template(template).render(values)


def static_address(name: str) -> str:
    """Return the address of the file *name*; scripts that import each other by relative names stay of one version."""
    return f"{STATIC_ROOT}/{name}"


def _version() -> str:
    files = sorted(STATIC.iterdir())
    return hashlib.sha256(b"\0".join(one.name.encode() + one.read_bytes() for one in files)).hexdigest()


STATIC_ROOT: Final = f"/static/{_version()[:_VERSION_DIGITS]}"
"""Where the files of pages are served: another version of any of them is another address."""


def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(
        view=box_view, page_address=page_address, boxscore_address=boxscore_address, static_address=static_address
    )
    return templates


_TEMPLATES: Final = _templates()
