"""docs/snapshots-and-seeds.md, its first half: the commands run, and the table names every field."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bodydouble.contracts.model.documents import specifications
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import Guiji

pytestmark = pytest.mark.process

PAGE = (Path(__file__).parents[2] / "docs" / "snapshots-and-seeds.md").read_text()
SNAPSHOTS = PAGE.partition("## Snapshots\n")[2].partition("\n## ")[0]
DIFFERENT = 1


def commands() -> list[str]:
    """The commands of the first half."""
    blocks = "\n".join(re.findall(r"```console\n(.*?)```", SNAPSHOTS, re.DOTALL)).replace("\\\n", " ")
    return [line[2:] for line in blocks.splitlines() if line.startswith("$ ")]


def test_the_commands_run_one_after_the_other(process_server: Server, tmp_path: Path) -> None:
    account = Account(process_server, frozen_at=1_700_000_000_000)
    Guiji(account).synthesise()
    codes = []
    for command in commands():
        here = command.replace("http://127.0.0.1:8080", process_server.base_url).replace("/default/", f"/{account.id}/")
        here = here.replace("curl -s", "curl -s -f")
        if here.startswith("bodydouble"):
            here = (
                here.replace("bodydouble", f"{sys.executable} -m bodydouble", 1) + f" --url {process_server.base_url}"
            )
        if " save " in here:
            here += f" --account {account.id}"
        done = subprocess.run(["bash", "-c", here], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stderr == "", here
        codes.append(done.returncode)
    assert codes == [0, 0, DIFFERENT, 0, 0, 0, 0]


def test_the_table_names_every_field() -> None:
    schema = json.loads(specifications().joinpath("snapshot.schema.json").read_bytes())
    cells = "".join(re.findall(r"^\| (`.*?) \|", SNAPSHOTS, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", cells)) == set(schema["properties"])
