"""
InfluxDB 1.6 from Debian's package, with users and passwords.

It is configured at the first start in a folder, so that it has its port and passwords again at the next.
"""

import http.client
import json
import secrets
import shutil
from pathlib import Path
from urllib.parse import urlencode

from servers import process
from servers.debian import install_package
from servers.errors import ServerFailed
from servers.ports import LOOPBACK, answers, free_ports
from servers.process import Running

NAME = "influxdb"
DESCRIPTION = "InfluxDB 1.6, time series"

_PROGRAM = "influxd"
_USER = "pressbox"
_OK = 200
_SETTINGS = """\
reporting-disabled = true
bind-address = "{host}:{rpc_port}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "{host}:{port}"
auth-enabled = true
log-enabled = false
"""


def installed() -> bool:
    """Return whether the server is there."""
    return shutil.which(_PROGRAM) is not None


def install() -> None:
    """
    Install Debian's package.

    Raises:
        ServerFailed: we are not root, or it could not be had.
    """
    install_package(NAME)


def start(folder: Path) -> Running:
    """
    Start it with its data in *folder*; its access is `url`, `user` and `password` of an admin.

    Raises:
        ServerFailed: it did not start.
    """
    configured, known = folder / "influxdb.conf", folder / "access.json"
    is_new = not configured.exists()
    if is_new:
        port, rpc_port = free_ports(2)
        configured.write_text(_SETTINGS.format(host=LOOPBACK, port=port, rpc_port=rpc_port, folder=folder))
        known.write_text(json.dumps({"port": port, "user": _USER, "password": secrets.token_urlsafe(24)}))
        known.chmod(0o600)
    access = json.loads(known.read_text())
    port = access.pop("port")
    served = process.start([_PROGRAM, "-config", configured], folder, lambda: answers(port), within_s=30)
    if is_new:
        _make_admin(port, access["password"])
    return Running(NAME, folder, {"url": f"http://{LOOPBACK}:{port}", **access}, served)


def _make_admin(port: int, password: str) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
    query = f"CREATE USER {_USER} WITH PASSWORD '{password}' WITH ALL PRIVILEGES"
    connection.request("POST", f"/query?{urlencode({'q': query})}")
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status != _OK:
        raise ServerFailed(f"InfluxDB took no admin: {said!r}")
