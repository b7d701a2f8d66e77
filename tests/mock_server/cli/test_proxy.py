"""`bodydouble proxy` and `bodydouble examples`: output and exit codes."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.http import HttpClient
from bodydouble.mock_server.testing.receiver import Receiver, respond
from bodydouble.mock_server.testing.server import free_port

pytestmark = pytest.mark.process

DRIFTING = {
    "code": "0",
    "message": "Request successful",
    "success": True,
    "data": {"access_token": "secret-of-the-endpoint", "expires_in": 7199, "mood": "[bold]happy"},
}
SIGNED = "/openapi/oauth/token?grant_type=sign&appId=id&timestamp=1741572705000&sign=" + "0" * 32


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    running = Receiver(respond(200, DRIFTING))
    yield running
    running.close()


def bodydouble(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bodydouble", *arguments], capture_output=True, text=True, timeout=30, check=False
    )


def proxied(endpoint: Receiver, target: str, *options: str, end: int = signal.SIGINT) -> tuple[int, str]:
    """Send a request through the command, and end it; returns its exit code and its output."""
    port, upstream = free_port(), endpoint.url.removesuffix("/callback")
    command = [sys.executable, "-m", "bodydouble", "proxy", "guiji", "--upstream", upstream, "--port", str(port)]
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"}
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    assert f"http://127.0.0.1:{port} -> {upstream}" in first
    HttpClient(f"http://127.0.0.1:{port}").get(target)
    process.send_signal(end)
    rest, _ = process.communicate(timeout=20)
    return process.returncode, first + rest


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--fail-on-misuse",), 0), (("--fail-on-drift",), 1)], ids=str)
def test_drift_is_printed_as_a_table_and_can_set_the_exit_code(
    endpoint: Receiver, options: tuple[str, ...], code: int
) -> None:
    returned, printed = proxied(endpoint, SIGNED, *options)
    assert returned == code
    (entry,) = (line for line in printed.splitlines() if "undocumented-field" in line)
    for cell in ("getAccessToken", "endpoint", "response body/data/mood", '"[bold]happy"'):
        assert cell in entry
    assert "1 exchange, 1 response validated, 1 operation: 1 kind of drift, 0 kinds of misuse" in printed
    assert "secret-of-the-endpoint" not in printed


def test_misuse_can_set_the_exit_code_and_a_terminated_proxy_writes_its_report(
    endpoint: Receiver, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    options = ("--fail-on-misuse", "--report", str(report))
    returned, _ = proxied(endpoint, SIGNED + "&more=1", *options, end=signal.SIGTERM)
    assert returned == 1
    rules = {(entry["origin"], entry["rule"]) for entry in json.loads(report.read_text())["entries"]}
    assert rules == {("client", "undocumented-parameter"), ("endpoint", "undocumented-field")}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["guiji", "--upstream", "vendor.example"], "expected http://HOST"),
        (["guiji", "--upstream", "http://127.0.0.1:1", "--report", "/nowhere/report.json"], "/nowhere"),
        (["nobody", "--upstream", "http://127.0.0.1:1"], "nobody"),
    ],
)
def test_a_proxy_that_cannot_run_exits_with_2_and_the_reason(arguments: list[str], words: str) -> None:
    done = bodydouble("proxy", *arguments, "--port", str(free_port()))
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_exits_with_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = bodydouble("proxy", "guiji", "--upstream", "http://127.0.0.1:1", "--port", str(taken.getsockname()[1]))
    assert (done.returncode, "in use" in done.stderr) == (2, True)


def test_examples_go_to_standard_output_and_drift_makes_the_exit_code_1(endpoint: Receiver, tmp_path: Path) -> None:
    har = tmp_path / "traffic.har"
    endpoint.behaviour = respond(200, {**DRIFTING, "data": {"access_token": "secret-of-the-endpoint"}})
    proxied(endpoint, SIGNED, "--har", str(har))
    done = bodydouble("examples", "guiji", str(har))
    assert (done.returncode, done.stdout) == (1, "")
    assert "left out: getAccessToken response: /data/expires_in: required" in done.stderr
    endpoint.behaviour = respond(200, DRIFTING)
    proxied(endpoint, SIGNED, "--har", str(har))
    done = bodydouble("examples", "guiji", str(har))
    assert done.returncode == 0
    assert "access_token: '[redacted]'" in done.stdout


def test_a_file_that_is_not_an_archive_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "no.har").write_text("{}")
    done = bodydouble("examples", "guiji", str(tmp_path / "no.har"))
    assert (done.returncode, "not an HTTP archive" in done.stderr) == (2, True)
