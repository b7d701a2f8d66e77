"""A server in the test's process, whose state a test can read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bodydouble.mock_server.vendors import load_vendors
from tests.support.in_process import InProcessServer


@pytest.fixture
def running(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path, [load_vendors()["guiji"]])
    yield server
    server.close()
