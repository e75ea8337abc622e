"""Every server there is, by name."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from servers import chromium, ferretdb, influxdb, influxdb2, mosquitto, postgresql, seaweedfs
from servers.process import Running


class Server(Protocol):
    """What each module of this room offers. Both `install` and `start` raise `ServerFailed` and say what to do."""

    NAME: str
    DESCRIPTION: str

    def installed(self) -> bool:
        """Return whether it can be started."""
        ...

    def install(self) -> None:
        """Install the pinned version; what is there already is left alone."""
        ...

    def start(self, folder: Path) -> Running:
        """Start it on free ports with its data and log in *folder*, and return once it answers."""
        ...


CATALOGUE: Final[Mapping[str, Server]] = MappingProxyType(
    {server.NAME: server for server in (ferretdb, seaweedfs, postgresql, mosquitto, influxdb, influxdb2, chromium)}
)
