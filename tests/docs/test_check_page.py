"""The examples of docs/check.md, run as they stand there against a server; only the port is a free one."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bodydouble.mock_server.settings import DEFAULT_PACE
from tests.support.server import Server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "check.md").read_text()


@pytest.fixture
def hurried(server: Server) -> Iterator[None]:
    """The default account's tasks take a sixth of their time."""
    default = "/_mock/accounts/default"
    assert server.http.request("PATCH", default, json_body={"pace": 6 * DEFAULT_PACE}).status == 200
    yield
    server.http.request("PATCH", default, json_body={"pace": DEFAULT_PACE})


@pytest.mark.usefixtures("hurried")
def test_the_examples_run_and_find_the_double_clean(server: Server, tmp_path: Path) -> None:
    shim = tmp_path / "bodydouble"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m bodydouble "$@"\n')
    shim.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "COLUMNS": "160",
    }
    examples = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        command = "set -e\n" + example.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}")
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "video of createVideo: queued" in done.stdout
    assert "-> success" in done.stdout
    assert "metered 8 of 8; repeat with --seed 7" in done.stdout
    assert all((tmp_path / f"report.{kind}").stat().st_size for kind in ("html", "xml", "json"))
