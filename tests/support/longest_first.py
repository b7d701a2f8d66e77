"""A pytest plugin: the tests that are marked `long` run before the others.

At the end of the list, one worker of pytest-xdist would be left with a test of most of a minute while the others have
nothing more to do. With `--dist worksteal` each worker begins with a share of the list, all of one size, so each share
begins with some of the long tests.
"""

import os

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the items."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("long")]
    others = [item for item in items if not item.get_closest_marker("long")]
    size = -(-len(items) // workers)
    items.clear()
    for worker in range(workers):
        share = long[worker::workers]
        taken = size - len(share)
        items += [*share, *others[:taken]]
        del others[:taken]
    items += others
