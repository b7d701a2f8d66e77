"""`bodydouble replay`: serves a recording until a signal, and reports what was not in it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bodydouble.mock_server.testing.http import HttpClient, HttpResponse

pytestmark = pytest.mark.process

ENTRY: dict[str, Any] = {
    "startedDateTime": "2026-01-01T00:00:00Z",
    "time": 1,
    "request": {"method": "GET", "url": "https://h.example/openapi/user/v2/get?access_token=%5Bredacted%5D"},
    "response": {"status": 200, "content": {"mimeType": "application/json", "text": '{"recorded": true}'}},
}


def replayed(har: Path, targets: tuple[str, ...], *options: str) -> tuple[int, str, list[HttpResponse]]:
    """Send requests to the command, and end it; returns its exit code, its output and the responses."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bodydouble", "replay", str(har), "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=dict(os.environ),
    )
    assert process.stdout is not None
    printed = ""
    while "Ctrl-C ends it" not in printed:
        line = process.stdout.readline()
        assert line, printed
        printed += line
    base_url = printed.rpartition("bodydouble replay on ")[2].partition(": ")[0]
    responses = [HttpClient(base_url).get(target) for target in targets]
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    return process.returncode, printed + rest, responses


def write(path: Path, *entries: Any, comment: str = "") -> Path:
    path.write_text(json.dumps({"log": {"entries": entries, "comment": comment}}))
    return path


def test_a_recording_is_served_and_misses_are_reported_without_secrets(tmp_path: Path) -> None:
    har = write(tmp_path / "a.har", ENTRY, {"request": None}, comment="contract guiji; redacted")
    report = tmp_path / "report.json"
    targets = ("/openapi/user/v2/get?access_token=a-real-token", "/openapi/user/v2/got?access_token=a-real-token")
    code, printed, responses = replayed(har, targets, "--report", str(report), "--fail-on-miss")
    assert code == 1
    assert responses[0].json == {"recorded": True}
    assert (responses[1].status, responses[1].json["nearest"]["entry"]) == (404, 1)
    assert "not served: entry 2: no request" in printed
    assert ": 1 exchange; Ctrl-C ends it" in printed
    miss = "not recorded: GET /openapi/user/v2/got; entry 1 (GET /openapi/user/v2/get) differs in: path"
    assert miss in printed
    assert "1 request served, 1 not recorded; 0 recorded exchanges not asked for" in printed
    assert json.loads(report.read_text())["served"] == 1
    assert "a-real-token" not in printed + report.read_text()


def test_without_misses_or_the_option_the_exit_code_is_0(tmp_path: Path) -> None:
    har = write(tmp_path / "a.har", ENTRY)
    assert replayed(har, ("/elsewhere",))[0] == 0
    assert replayed(har, ("/openapi/user/v2/get?access_token=t",), "--fail-on-miss")[0] == 0


def test_what_is_no_archive_exits_with_2(tmp_path: Path) -> None:
    path = tmp_path / "no.har"
    path.write_text("[]")
    done = subprocess.run(
        [sys.executable, "-m", "bodydouble", "replay", str(path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "is not an HTTP archive" in done.stderr
