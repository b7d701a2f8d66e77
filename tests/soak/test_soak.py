"""Twenty kills, ten on each database; `make soak` makes a thousand."""

from pathlib import Path

import pytest

from tests.soak.cluster import POSTGRESQL, SQLITE, Cluster
from tests.soak.rounds import run_round

pytestmark = [pytest.mark.process, pytest.mark.long, pytest.mark.linux]
KILLS, SEED = 10, 11


@pytest.mark.parametrize("engine", [SQLITE, POSTGRESQL])
def test_nothing_is_lost_when_processes_are_killed_under_load(tmp_path: Path, engine: str) -> None:
    cluster = Cluster(tmp_path, engine)
    try:
        result = run_round(cluster, KILLS, SEED)
    finally:
        cluster.close()
    assert result.problems == []
    assert result.lost == 0
    assert result.kills.total() == KILLS
    assert result.created > 0
    assert result.callbacks > 0
