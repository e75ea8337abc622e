"""What commands about people, keys, consents and the audit log share."""

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from pressbox.access.access import Access
from pressbox.access.administration import Administration
from pressbox.model.person import ROLES

F = TypeVar("F", bound=Callable[..., Any])


def administration_of(data: Path) -> Administration:
    """Return the administration of *data*; what it changes holds for a running pressbox at once."""
    return Access(data).open().administration


def by() -> str:
    """Return who sits at the command line, as the audit log names them."""
    try:
        return f"{getpass.getuser()} at the command line"
    except (OSError, KeyError):  # this machine has no name for them
        return "somebody at the command line"


def role_option(function: F) -> F:
    """Add `--role`."""
    role: Callable[[F], F] = click.option(
        "--role",
        type=click.Choice(ROLES),
        required=True,
        help="coach: heart rates where the athlete consents. medical: all of them. admin: all, and who may see what.",
    )
    return role(function)


def told_time(epoch_ms: int | None) -> str:
    """Return *epoch_ms* as people and programs read it, in UTC."""
    return "" if epoch_ms is None else datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="seconds")
