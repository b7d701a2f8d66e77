"""docs/snapshots-and-seeds.md, the part about seeds: its seed loads, its tables are whole, and its error is real."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bodydouble.contracts.model import portable_yaml
from bodydouble.contracts.model.documents import specifications
from bodydouble.mock_server.services.seeds.document import SeedError
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
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


@pytest.mark.process
def test_the_commands_of_the_page_run_one_after_the_other(tmp_path: Path) -> None:
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    first, write, second = [shlex.split(line[2:]) for line in "".join(blocks).splitlines()]
    assert first[:3] == second[:3] == ["bodydouble", "serve", "--seed"]
    server = Server(tmp_path, seed=ROOT / first[3])
    command = [word.replace("http://127.0.0.1:8080", server.base_url) for word in write[1:]]
    subprocess.run([sys.executable, "-m", "bodydouble", *command], cwd=tmp_path, check=True)
    server.stop()
    assert server.errors == []
    server = Server(tmp_path, seed=tmp_path / second[3])
    assert len(Account.existing(server, "team").tasks(vendor="guiji", kind="video")) == 4
    server.stop()


def test_the_error_of_the_page_is_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (message,) = re.findall(r"```text\nError: (.*?)\n```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("team.yaml").write_text(SEED.replace("state: processing", "state: done"))
    with pytest.raises(SeedError) as caught:
        InProcessServer(tmp_path, seed="team.yaml")
    assert str(caught.value) == message
