"""Ports on loopback that nothing listens on."""

import random
import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"

# Below the range from which the kernel serves outgoing connections, so that none takes a port between look and start.
_RANGE = range(20000, 32000)


def free_ports(count: int) -> list[int]:
    """Return *count* different ports that are free now."""
    ports: list[int] = []
    with ExitStack() as held:
        while len(ports) < count:
            port = random.choice(_RANGE)  # noqa: S311 - any will do
            listener = held.enter_context(socket.socket())
            try:
                listener.bind((LOOPBACK, port))
            except OSError:  # taken: by a server, or by this very list
                continue
            ports.append(port)
    return ports


def answers(port: int) -> bool:
    """Return whether something accepts connections on *port*."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
