"""The examples of docs/check.md, run as they stand there against a server; only the port is a free one."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.server import Server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "check.md").read_text()


def test_the_examples_run_and_find_the_double_clean(server: Server, tmp_path: Path) -> None:
    shim = tmp_path / "bodydouble"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m mock_server "$@"\n')
    shim.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "COLUMNS": "160"}
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
    assert "video of createVideo: " in done.stdout
    assert "metered 8 of 8; repeat with --seed 7" in done.stdout
    assert all((tmp_path / f"report.{kind}").stat().st_size for kind in ("html", "xml", "json"))
