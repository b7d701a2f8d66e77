"""What all tests with the vendors' SDKs need."""

import os

import pytest


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the proxies out of the environment: some SDKs send even loopback through them, whatever NO_PROXY says."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
