"""SeaweedFS: the S3 API with signatures, conditional requests and ranges, from a Python wheel of its program."""

import json
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path

from servers import process
from servers.ports import LOOPBACK, answers, free_ports
from servers.process import Running
from servers.wheel import install_wheel, wheel_folder

NAME = "seaweedfs"
DESCRIPTION = "S3 API"

# Every port by name: what is not named is taken at port + 10000, and the program ends where that is in use.
_PORTS = ("s3.port", "master.port", "volume.port", "filer.port")
_FIXED = (
    "-filer",
    "-s3",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-master.volumeSizeLimitMB=64",
    "-master.telemetry=false",
)
_STOP = signal.SIGKILL  # its files survive it, and a graceful stop takes a quarter of a minute


def installed() -> bool:
    """Return whether the pinned version is there."""
    return _program().exists()


def install() -> None:
    """
    Install the wheel.

    Raises:
        ServerFailed: it could not be had, or its hash differs.
    """
    install_wheel(NAME)


def start(folder: Path) -> Running:
    """
    Start the server with its volumes in *folder*; its access is `endpoint`, `key` and `secret`.

    Raises:
        ServerFailed: it did not start.
    """
    key, secret = "pressbox", secrets.token_urlsafe(24)
    identities, data = folder / "s3.json", folder / "data"
    identities.write_text(json.dumps(_identities(key, secret)))
    data.mkdir(exist_ok=True)
    free = free_ports(2 * len(_PORTS))
    ports, grpc_ports = dict(zip(_PORTS, free, strict=False)), dict(zip(_PORTS, reversed(free), strict=False))
    options = {
        "dir": data,
        "ip": LOOPBACK,
        "ip.bind": LOOPBACK,
        "s3.config": identities,
        "s3.localSocket": folder / "s3.sock",
        "filer.localSocket": folder / "filer.sock",
        **ports,
        **{f"{name}.grpc": port for name, port in grpc_ports.items()},
    }
    command: list[str | Path] = [
        _program(),
        "server",
        *_FIXED,
        *(f"-{name}={value}" for name, value in options.items()),
    ]
    s3 = ports["s3.port"]
    access = {"endpoint": f"http://{LOOPBACK}:{s3}", "key": key, "secret": secret}
    served = process.start(command, folder, lambda: answers(s3), within_s=60, stop_signal=_STOP)
    return Running(NAME, folder, access, served, _STOP, _sockets(grpc_ports))


def _sockets(grpc_ports: Mapping[str, int]) -> tuple[Path, ...]:
    """Return where it listens besides its ports; it offers no other place for these."""
    parts = {name.removesuffix(".port"): port for name, port in grpc_ports.items()}
    return tuple(Path(f"/tmp/seaweedfs-{part}-grpc-{port}.sock") for part, port in parts.items())  # noqa: S108


def _identities(key: str, secret: str) -> dict[str, object]:
    credentials = [{"accessKey": key, "secretKey": secret}]
    actions = ["Admin", "Read", "List", "Tagging", "Write"]
    return {"identities": [{"name": key, "credentials": credentials, "actions": actions}]}


def _program() -> Path:
    return wheel_folder(NAME) / "bin" / "weed"
