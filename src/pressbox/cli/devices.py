"""`pressbox devices`: who may bring samples, and whose they are."""

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from pressbox.access.devices import AUTHORITY_FILE, FILE_NAME, DeviceRegistry
from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.errors import BadInput
from pressbox.model.sample_record import DeviceAssigned


@click.group()
def devices() -> None:
    """Say which devices may bring samples; beside a running pressbox too."""


@devices.command()
@click.argument("device")
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Make a client certificate in place of a password and write it to this folder.",
)
@data_option
@json_option
def add(device: str, certificate: Path | None, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Add DEVICE and show its password, once.

    With --certificate the folder gets DEVICE.pem and DEVICE.key: whoever has these is DEVICE.
    """
    del settings
    registry = _registry(data)
    if certificate is not None:
        _add_with_certificate(registry, device, certificate, data)
        answer, told = {"device": device, "certificate": str(certificate / f"{device}.pem")}, f"wrote {certificate}"
    else:
        secret = registry.add(device, _now_ms())
        answer, told = {"device": device, "password": secret}, f"{secret}  (shown only now)"
    if as_json:
        show_json(answer)
    else:
        click.echo(f"{device}: {told}")


@devices.command("list")
@data_option
@json_option
def list_devices(data: Path, settings: Path | None, *, as_json: bool) -> None:
    """List all devices."""
    del settings
    found = _registry(data).devices()
    if as_json:
        show_json(found)
        return
    show_table(
        ("device", "known by", "added", "revoked"),
        [(one.name, one.kind, _time(one.added_ms), _time(one.revoked_ms)) for one in found],
    )


@devices.command()
@click.argument("device")
@data_option
def revoke(device: str, data: Path, settings: Path | None) -> None:
    """Let DEVICE bring nothing any more. What it has brought stays."""
    del settings
    _registry(data).revoke(device, _now_ms())
    click.echo(f"{device}: revoked")


@devices.command()
@click.argument("device")
@click.argument("athlete", required=False)
@click.option("--stadium", required=True, help="Where the session is.")
@click.option("--session", required=True, help="The session it is worn in.")
@data_option
def assign(device: str, athlete: str | None, stadium: str, session: str, data: Path, settings: Path | None) -> None:
    """
    Say that DEVICE is worn by ATHLETE in a session from now on; without ATHLETE, by nobody.

    It becomes a record of the session, so the same samples are always the same athlete's. A running pressbox that
    listens for devices tells the log within a second, another one when it does.
    """
    del settings
    _registry(data).assign(DeviceAssigned(stadium, session, device, athlete))
    click.echo(f"{device}: worn by {athlete or 'nobody'} in {stadium}/{session}")


@devices.command("server-certificate")
@click.argument("hosts", nargs=-1, required=True, metavar="HOST...")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder for server.pem and server.key. [default: certificates in DATA]",
)
@data_option
def server_certificate(hosts: tuple[str, ...], folder: Path | None, data: Path, settings: Path | None) -> None:
    """
    Make the certificate devices are shown, for a server reached as each HOST, a name or an address.

    It is for the listener, or with --to for a broker of your own. Devices trust it by certificates/authority.pem of DATA.
    It holds for two years; made again it replaces the one before, and the server has to be started again.
    """
    from pressbox.access.certificates import Authority, replace_private  # noqa: PLC0415 - an extra

    del settings
    issued = Authority(data / AUTHORITY_FILE).issue_server(hosts, datetime.now(UTC))
    place = folder or (data / AUTHORITY_FILE).parent
    try:
        place.mkdir(parents=True, exist_ok=True)
        replace_private(place / "server.key", issued.key)
        replace_private(place / "server.pem", issued.certificate)
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror}; name another folder") from error
    click.echo(f"wrote {place / 'server.pem'} and server.key; devices trust {data / AUTHORITY_FILE}")
    if folder is None:
        click.echo('[mqtt]\ncertificate = "certificates/server.pem"\nkey = "certificates/server.key"')


def _registry(data: Path) -> DeviceRegistry:
    registry = DeviceRegistry(data / FILE_NAME)
    registry.open()
    return registry


def _add_with_certificate(registry: DeviceRegistry, device: str, folder: Path, data: Path) -> None:
    from pressbox.access.certificates import Authority, write_private  # noqa: PLC0415 - an extra

    registry.check_new(device)
    issued = Authority(data / AUTHORITY_FILE).issue(device, datetime.now(UTC))
    certificate_file, key_file = folder / f"{device}.pem", folder / f"{device}.key"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_private(key_file, issued.key)
        certificate_file.write_bytes(issued.certificate)
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror}; name another folder") from error
    registry.add_certificate(device, issued.fingerprint, _now_ms())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _time(epoch_ms: int | None) -> str:
    return "" if epoch_ms is None else datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="seconds")
