"""Who may look at operations: machines in the networks that the settings name, and admins from anywhere."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from pressbox.serve.viewer import viewer_of


def operators_only(networks: Sequence[str]) -> Guard:
    """Return the guard that lets in machines in *networks* and admins, and tells all others which setting does."""
    known = [ip_network(network) for network in networks]

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        host = connection.client.host if connection.client else ""
        try:
            address = ip_address(host)
        except ValueError:
            address = None
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        if address is not None and any((mapped or address) in network for network in known):
            return
        viewer = viewer_of(connection)
        if viewer is None or viewer.role != "admin":
            raise PermissionDeniedException(
                f"operations are shown to operators only, and {host or 'this client'} is in none of their networks: "
                "whoever runs this pressbox can add it as web.operators, and admins may sign in at /sign-in"
            )

    return guard
