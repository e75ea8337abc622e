"""`pressbox keys`: which machines may ask, and as what."""

from pathlib import Path

import click

from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.cli.registry import administration_of, by, role_option, told_time
from pressbox.model.person import Role


@click.group()
def keys() -> None:
    """Say which machines may ask for what is not for everybody; beside a running pressbox too."""


@keys.command()
@click.argument("name")
@role_option
@data_option
@json_option
def add(name: str, role: Role, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Add a key for the machine NAME and show it, once.

    It is sent as the header `Authorization: Bearer KEY`.
    """
    del settings
    token = administration_of(data).add_key(by(), name, role)
    if as_json:
        show_json({"name": name, "key": token})
    else:
        click.echo(f"{name}: {token}  (shown only now)")


@keys.command("list")
@data_option
@json_option
def list_keys(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """List all keys there ever were; none is shown."""
    del settings
    found = administration_of(data).keys()
    if as_json:
        show_json(found)
        return
    rows = [(one.name, one.role, told_time(one.added_ms), told_time(one.revoked_ms)) for one in found]
    show_table(("key", "role", "added", "revoked"), rows)


@keys.command()
@click.argument("name")
@data_option
def revoke(name: str, data: Path, settings: Path | None) -> None:
    """Answer nobody any more who shows the key of NAME."""
    del settings
    administration_of(data).revoke_key(by(), name)
    click.echo(f"{name}: revoked")
