"""
Mosquitto, an MQTT broker, from Debian's packages: with passwords, an ACL, and queues that outlive its end.

Its settings are those `docs/sensors.md` asks for: a subscriber that is away or slow loses nothing. It is configured at
the first start in a folder, so that it has its port and passwords again at the next.
"""

import json
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from servers import process
from servers.command import run
from servers.debian import install_package
from servers.ports import LOOPBACK, answers, free_ports
from servers.process import Running

NAME = "mosquitto"
DESCRIPTION = "MQTT broker"
DEVICES = ("tag-1", "tag-2", "tag-3")

_SUBSCRIBER = "pressbox"
_PROGRAM = Path("/usr/sbin/mosquitto")  # not on everybody's path
_SETTINGS = """\
listener {port} {host}
user root
log_dest stderr
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
persistence true
persistence_location {folder}/
max_inflight_messages 1000
max_queued_messages 0
max_queued_bytes 1000000000
"""
_ACL = """\
user pressbox
topic read pressbox/#

pattern write pressbox/+/+/%u/samples
"""


def installed() -> bool:
    """Return whether the broker and its tools are there."""
    return _PROGRAM.exists() and shutil.which("mosquitto_pub") is not None


def install() -> None:
    """
    Install Debian's packages.

    Raises:
        ServerFailed: we are not root, or they could not be had.
    """
    for package in (NAME, "mosquitto-clients"):
        install_package(package)


def start(folder: Path, more_settings: Sequence[str] = ()) -> Running:
    """
    Start the broker with its queues in *folder*; its access is `url`, `user` and `password`.

    The devices `DEVICES` may publish, with `device_password`. *more_settings* are lines for its first start.

    Raises:
        ServerFailed: it did not start.
    """
    configured, known = folder / "mosquitto.conf", folder / "access.json"
    if not configured.exists():
        (port,) = free_ports(1)
        settings = _SETTINGS.format(port=port, host=LOOPBACK, folder=folder)
        configured.write_text("\n".join([settings, *more_settings, ""]))
        (folder / "acl").write_text(_ACL)
        known.write_text(json.dumps({"port": port} | _with_passwords(folder)))
    access = json.loads(known.read_text())
    port = access.pop("port")
    command: list[str | Path] = [_PROGRAM, "-c", configured]
    served = process.start(command, folder, lambda: answers(port), within_s=20)
    return Running(NAME, folder, {"url": f"mqtt://{LOOPBACK}:{port}", **access}, served)


def _with_passwords(folder: Path) -> dict[str, str]:
    password, device_password = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    passwords = folder / "passwords"
    passwords.touch(mode=0o600)
    for user, its_password in [(_SUBSCRIBER, password), *((device, device_password) for device in DEVICES)]:
        run(["mosquitto_passwd", "-b", passwords, user, its_password])
    return {"user": _SUBSCRIBER, "password": password, "device_password": device_password}
