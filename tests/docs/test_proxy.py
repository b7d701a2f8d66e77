"""The examples of docs/proxy.md do what the page says."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.server import Proxy
from bodydouble.mock_server.testing.server import Server, free_port

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "proxy.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_commands_of_the_page_print_what_it_shows(tmp_path: Path) -> None:
    lines = "".join(blocks("console"))
    for port in ("8080", "8081", "8082"):
        lines = lines.replace(port, str(free_port()))
    commands = [line.removeprefix("$ ") for line in lines.splitlines() if line.startswith("$ ")]
    shown = [line for line in lines.splitlines() if not line.startswith("$ ")]
    script = "\n".join(
        [
            "set -m",
            # By job: only that reaches all processes of a job.
            "trap 'kill %1; wait %1' EXIT",
            f'bodydouble() {{ "{sys.executable}" -m bodydouble "$@"; }}',
            *commands,
        ]
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "160", "no_proxy": "*"}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    printed = iter(done.stdout.splitlines())
    for line in shown:
        assert line == "..." or any(line == other for other in printed), f"{line!r} is not in\n{done.stdout}"
    assert "bodydouble proxy on http://127.0.0.1:" in done.stdout


def test_the_python_of_the_page_runs(server: Server) -> None:
    (code,) = blocks("python")
    exec(code.replace("http://127.0.0.1:8080", server.base_url), {"urllib": urllib})


def test_the_sdk_of_the_page_goes_through_the_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    (code,) = blocks("python sdk")
    with Proxy(load_contract("aliyun-avatar"), server.base_url) as proxy:
        exec(code.replace("127.0.0.1:8081", proxy.base_url.removeprefix("http://")), {})
        report = proxy.report()
    assert (report.exchanges, report.entries) == (1, ())
