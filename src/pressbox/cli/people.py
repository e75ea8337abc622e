"""`pressbox people`: who may sign in, and as what."""

from pathlib import Path

import click

from pressbox.access.access import welcome_path
from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.cli.registry import administration_of, by, role_option, told_time
from pressbox.cli.running import running_at
from pressbox.errors import BadInput
from pressbox.model.person import ROLES, Role
from pressbox.settings import load_settings


@click.group()
def people() -> None:
    """Say who may sign in; beside a running pressbox too."""


@people.command()
@click.argument("name")
@role_option
@click.option(
    "--password-from",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="File whose first line is the password; without it NAME gets a link to choose one.",
)
@data_option
@json_option
def add(name: str, role: Role, password_from: Path | None, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Add NAME and show a link, once: whoever opens it first, within a day, sets the password.

    NAME is what one signs in with, such as an e-mail address; it is the same in small letters and in capitals.
    """
    if password_from is None:
        token = administration_of(data).add_person(by(), name, role)
        _show_link(name, token, data, settings, as_json=as_json)
        return
    administration_of(data).add_person_with_password(by(), name, role, _password(password_from))
    if as_json:
        show_json({"person": name})
    else:
        click.echo(f"{name}: may sign in")


@people.command("list")
@data_option
@json_option
def list_people(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """List all people there ever were."""
    del settings
    found = administration_of(data).people()
    if as_json:
        show_json(found)
        return
    rows = [
        (one.name, one.role, "yes" if one.has_password else "no", told_time(one.added_ms), told_time(one.revoked_ms))
        for one in found
    ]
    show_table(("person", "role", "password", "added", "revoked"), rows)


@people.command()
@click.argument("name")
@data_option
def revoke(name: str, data: Path, settings: Path | None) -> None:
    """Let NAME in no more; whatever they have open ends at once."""
    del settings
    administration_of(data).revoke_person(by(), name)
    click.echo(f"{name}: revoked")


@people.command()
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@data_option
def role(name: str, role: Role, data: Path, settings: Path | None) -> None:
    """Make NAME a coach, medical staff or an admin, from now on."""
    del settings
    administration_of(data).change_role(by(), name, role)
    click.echo(f"{name}: {role}")


@people.command()
@click.argument("name")
@data_option
@json_option
def link(name: str, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Show a link by which NAME sets another password, once and within a day; older ones are good no more."""
    token = administration_of(data).link(by(), name)
    _show_link(name, token, data, settings, as_json=as_json)


def _show_link(name: str, token: str, data: Path, settings: Path | None, *, as_json: bool) -> None:
    address = f"{running_at(data) or _address_set(settings)}{welcome_path(token)}"
    if as_json:
        show_json({"person": name, "link": address})
    else:
        click.echo(f"{name}: {address}  (good once, for a day)")


def _address_set(settings: Path | None) -> str:
    web = load_settings(settings).web
    return f"{'https' if web.is_tls else 'http'}://{web.host}:{web.port}"


def _password(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {error}") from error
    return lines[0] if lines else ""
