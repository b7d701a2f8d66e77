"""The examples of docs/receiver-tests.md, run as they are written, on free ports."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bodydouble.contracts.model import extensions
from bodydouble.contracts.receiver.run import RULES
from bodydouble.mock_server.testing.server import free_port

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "receiver-tests.md").read_text()
BLOCK = re.compile(r"^```(\S+)[ ]?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Page:
    """The page's blocks, with free ports in place of its own."""

    def __init__(self, folder: Path) -> None:
        ports = {"9000": str(free_port()), "9001": str(free_port())}
        text = PAGE
        for shown, free in ports.items():
            text = text.replace(shown, free)
        self.ports = list(ports.values())
        self.blocks = BLOCK.findall(text.replace("report.json", str(folder / "report.json")))
        shim = folder / "bodydouble"
        shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m bodydouble "$@"\n')
        shim.chmod(0o755)
        (folder / "python").symlink_to(sys.executable)
        self.environment = {
            **os.environ,
            "PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "src"),
        }

    def of(self, language: str, note: str = "") -> list[str]:
        return [body for kind, info, body in self.blocks if (kind, info) == (language, note)]

    def shell(self, command: str) -> int:
        return subprocess.run(
            ["bash", "-c", command], cwd=ROOT, env=self.environment, capture_output=True, timeout=180, check=False
        ).returncode


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("page")
    running_page = Page(folder)
    receivers = [command for command in running_page.of("sh") if command.rstrip().endswith("&")]
    with (folder / "receivers.log").open("wb") as log:
        running = [
            subprocess.Popen(
                ["bash", "-c", "exec " + command.rstrip().removesuffix("&")],
                cwd=ROOT,
                env=running_page.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            for command in receivers
        ]
    for port in running_page.ports:
        wait_for(int(port))
    yield running_page
    for process in running:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"nothing listens on {port}")


def test_the_command_passes_the_correct_receiver_and_fails_the_naive_one(page: Page, tmp_path: Path) -> None:
    passing = [command for command in page.of("sh") if command.startswith("bodydouble")]
    assert [page.shell(command) for command in passing] == [0]
    assert [page.shell(command) for command in page.of("sh", "exit=1")] == [1]


def test_the_python_example_runs(page: Page) -> None:
    (example,) = page.of("python")
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=ROOT,
        env=page.environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.stdout == "not applicable\n", done.stderr


def test_the_pytest_example_runs(page: Page, tmp_path: Path) -> None:
    (example,) = page.of("python", "pytest")
    (tmp_path / "test_example.py").write_text(example)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "bodydouble.pytest_plugin",
            "-p",
            "no:cacheprovider",
            str(tmp_path),
        ],
        cwd=tmp_path,
        env={**page.environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_page_describes_every_check_and_a_usable_signature(page: Page) -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE) == [rule.name for rule in RULES]
    (signature,) = page.of("yaml")
    assert extensions.value_errors("x-signature", yaml.safe_load(signature)) == []
