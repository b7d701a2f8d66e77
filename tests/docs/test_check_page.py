"""The examples of docs/check.md, run as they stand there against a server; only the port is a free one."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bodydouble.mock_server.settings import DEFAULT_PACE
from bodydouble.mock_server.testing.server import Server

pytestmark = pytest.mark.process

Shell = Callable[[str], subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "check.md").read_text()


@pytest.fixture
def hurried(server: Server) -> Iterator[None]:
    """The default account's tasks take a sixth of their time."""
    default = "/_mock/accounts/default"
    assert server.http.request("PATCH", default, json_body={"pace": 6 * DEFAULT_PACE}).status == 200
    yield
    server.http.request("PATCH", default, json_body={"pace": DEFAULT_PACE})


@pytest.fixture
def shell(server: Server, tmp_path: Path) -> Shell:
    """Runs the commands of the page, on the port of the server that runs."""
    shim = tmp_path / "bodydouble"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m bodydouble "$@"\n')
    shim.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "COLUMNS": "160",
    }

    def run(commands: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", "set -e\n" + commands.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}")],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    return run


@pytest.fixture
def scenario(server: Server) -> Iterator[None]:
    """Scenarios of the default account are removed after the test."""
    yield
    assert server.http.request("DELETE", "/_mock/accounts/default/scenarios").status == 204


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.usefixtures("hurried")
def test_the_examples_run_and_find_no_violations_in_the_mock_server(shell: Shell, tmp_path: Path) -> None:
    examples = blocks("sh")
    assert len(examples) == 2
    for example in examples:
        done = shell(example)
        assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"video of createVideo: queued -> (processing -> )?success", done.stdout), done.stdout
    assert "0 violations; " in done.stdout
    assert re.search(r"metered 1[0-6] of 16; repeat with --seed 7", done.stdout), done.stdout
    assert all((tmp_path / f"report.{kind}").stat().st_size for kind in ("html", "xml", "json"))


@pytest.mark.usefixtures("scenario")
def test_the_violation_on_the_page_is_what_the_command_prints(server: Server, shell: Shell) -> None:
    (example,), (output, *_) = blocks("bash"), blocks("text")
    first = blocks("sh")[0].splitlines()[0]
    done = shell(f"{first}\n{example}")
    assert done.returncode == 1, done.stdout + done.stderr
    for line in filter(None, output.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}").splitlines()):
        beginning, cut, _ = line.partition(" ...")
        assert f"\n{beginning}{'' if cut else chr(10)}" in done.stdout, done.stdout
