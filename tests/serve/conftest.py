from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from pressbox.serve.services import Services
from tests.serve.ground import Ground
from tests.serve.stand import serving

Serve = Callable[[Services], httpx.Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as open_ones:

        def serve_one(stand: Services) -> httpx.Client:
            address = open_ones.enter_context(serving(stand))
            return open_ones.enter_context(httpx.Client(base_url=address, timeout=10, trust_env=False))

        yield serve_one


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    one = Ground(tmp_path)
    with one.served():
        yield one
