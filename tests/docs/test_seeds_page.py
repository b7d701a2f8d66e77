"""docs/snapshots-and-seeds.md, the part about seeds: its seed loads, its tables are whole, and its error is real."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bodydouble.contracts.model import portable_yaml
from bodydouble.contracts.model.documents import specifications
from bodydouble.mock_server.services.seeds.document import SeedError
from bodydouble.mock_server.testing.account import Account
from tests.support.in_process import InProcessServer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "snapshots-and-seeds.md").read_text().partition("\n## Seeds\n")[2]
(SEED,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def fields(table: str) -> set[str]:
    """The names in the first column of a table."""
    rows = PAGE.partition(f"| {table} |")[2].partition("\n\n")[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_the_seed_of_the_page_loads(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(SEED)
    server = InProcessServer(tmp_path, seed=str(tmp_path / "team.yaml"))
    states = [task["state"] for task in Account.existing(server, "team").tasks(vendor="guiji", kind="video")]
    assert states == ["processing", "failed", "success"]
    server.close()


def parts_of(content: Any) -> list[Any]:
    return list(content.items()) if isinstance(content, dict) else list(content)


def test_the_seed_of_the_page_is_a_part_of_the_example() -> None:
    written = portable_yaml.parse(SEED.encode())["accounts"][0]
    example = portable_yaml.parse((ROOT / "examples" / "seeds" / "team.yaml").read_bytes())["accounts"][0]
    for name in written.keys() - {"scenarios", "profile", "id", "seed"}:
        assert all(part in parts_of(example[name]) for part in parts_of(written[name])), name


def test_the_tables_name_every_field() -> None:
    schema = json.loads(specifications().joinpath("seed.schema.json").read_bytes())["$defs"]
    assert fields("field of an account") == set(schema["Account"]["properties"])
    assert fields("field of a task") == set(schema["Entry"]["properties"])


def test_the_error_of_the_page_is_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (message,) = re.findall(r"```text\nError: (.*?)\n```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("team.yaml").write_text(SEED.replace("state: processing", "state: done"))
    with pytest.raises(SeedError) as caught:
        InProcessServer(tmp_path, seed="team.yaml")
    assert str(caught.value) == message
