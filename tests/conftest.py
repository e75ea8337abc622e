"""The servers of a test run: each is started when the first test asks for it and ends with the run."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from servers import chromium
from tests.requirement import needed

pytest_plugins = ["tests.not_run"]
pytest.register_assert_rewrite("tests.contracts")


class S3Access(NamedTuple):
    endpoint: str
    key: str
    secret: str


@contextmanager
def served(name: str) -> Iterator[Mapping[str, str]]:
    running = needed(name).start(Path(tempfile.mkdtemp(prefix=f"pressbox-{name}-")))
    try:
        yield running.access
    finally:
        running.stop()
        running.clean()


@pytest.fixture(scope="session")
def mongodb_url() -> Iterator[str]:
    with served("ferretdb") as access:
        yield access["url"]


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Access]:
    with served("seaweedfs") as access:
        yield S3Access(**access)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with served("postgresql") as access:
        yield access["url"]


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    needed("chromium")
    return chromium.PROGRAM


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser last: while it is driven, this thread has an event loop, and no other can be run in it."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
