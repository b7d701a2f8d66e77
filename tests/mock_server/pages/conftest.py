"""A server whose pages are read, and a browser that keeps its cookies and sends the forms of pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.in_process import InProcessServer
from tests.support.page_reader import PageReader


@pytest.fixture
def server(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path)
    yield server
    server.close()


@pytest.fixture
def reader(server: InProcessServer) -> PageReader:
    return PageReader(server.http)
