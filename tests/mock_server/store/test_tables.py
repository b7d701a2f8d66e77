"""The tables, as each database gets them."""

import subprocess
import sys

import pytest
from sqlalchemy import Index, create_mock_engine
from sqlalchemy.schema import CreateIndex

from bodydouble.mock_server.store import tables

PARTIAL = [
    "deliveries_pending",
    "deliveries_pending_by_destination",
    "task_blocks_largest",
    "tasks_at_work",
    "tasks_by_category",
]


@pytest.mark.parametrize("url", ["sqlite://", "postgresql://"])
def test_every_database_gets_the_partial_indexes(url: str) -> None:
    conditions: dict[str, str] = {}

    def note(statement: object, *_: object, **__: object) -> None:
        if isinstance(statement, CreateIndex) and isinstance(statement.element, Index):
            text = str(statement.compile(dialect=engine.dialect))
            conditions[str(statement.element.name)] = text.partition(" WHERE ")[2]

    engine = create_mock_engine(url, note)
    tables.metadata.create_all(engine, checkfirst=False)
    assert sorted(name for name, condition in conditions.items() if condition) == PARTIAL
    assert conditions["deliveries_pending"] == "state = 'pending'"


def test_a_state_in_a_file_loads_nothing_of_postgresql() -> None:
    script = "import sys, bodydouble.mock_server.process.server; print([m for m in sys.modules if 'postgresql' in m])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    loaded = [name for name in done.stdout.strip("[]\n").split(", ") if "sqlalchemy" in name]
    assert loaded == []
