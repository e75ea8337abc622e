"""What a test run needs that may be missing. With PRESSBOX_REQUIRE=all it is installed, else the test is skipped."""

import os

import pytest

from servers.catalogue import CATALOGUE, Server


def everything_required() -> bool:
    return os.environ.get("PRESSBOX_REQUIRE") == "all"


def needed(name: str) -> Server:
    server = CATALOGUE[name]
    if not server.installed():
        if not everything_required():
            pytest.skip(f"{name} is not installed: python -m servers install {name}")
        server.install()
    return server
