from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from pressbox.serve.services import Services
from tests.serve.stand import serving

Serve = Callable[[Services], httpx.Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as open_ones:

        def serve_one(stand: Services) -> httpx.Client:
            address = open_ones.enter_context(serving(stand))
            return open_ones.enter_context(httpx.Client(base_url=address, timeout=10, trust_env=False))

        yield serve_one
