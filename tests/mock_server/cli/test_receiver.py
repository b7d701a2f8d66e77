"""`bodydouble receiver` as a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.server import free_port
from bodydouble.mock_server.testing.serving import serving
from examples import receiver_correct, receiver_naive

pytestmark = pytest.mark.process

KEYS = {"authKey": "EXAMPLE_AUTH_KEY", "tenantId": "9185"}


def bodydouble(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "160"}
    command = [sys.executable, "-m", "bodydouble", "receiver", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)


def test_a_correct_receiver_exits_with_0_and_shows_the_rules_that_do_not_apply(tmp_path: Path) -> None:
    credentials = tmp_path / "keys.yaml"
    credentials.write_text("aliyun-avatar: {auth_key: EXAMPLE_AUTH_KEY, tenant_id: 9185}\n")
    with serving(receiver_correct.create_app(KEYS)) as base:
        done = bodydouble(
            *("aliyun-avatar", "videoTaskFinished", "--url", f"{base}/aliyun-avatar", "--probe", f"{base}/processed"),
            *("--credentials", str(credentials), "--examples", "5", "--seed", "7"),
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not applicable" in done.stdout
    assert "--seed 7" in done.stdout


def test_a_naive_receiver_exits_with_1_and_the_report_holds_no_secret(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with serving(receiver_naive.create_app({})) as base:
        done = bodydouble(
            *("softsugar", "taskCompleted", "--url", f"{base}/softsugar", "--probe", f"{base}/processed"),
            *("--key", "authKey=EXAMPLE_AUTH_KEY", "--examples", "5", "--report", str(report)),
        )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED rejects-stale-timestamp" in done.stdout
    assert "curl -sS" in done.stdout
    content = json.loads(report.read_text())
    assert {check["verdict"] for check in content["checks"]} == {"failed", "not applicable"}
    assert "EXAMPLE_AUTH_KEY" not in done.stdout + done.stderr + report.read_text()


def test_a_key_that_the_callback_cannot_show_is_a_usage_error_that_names_the_option(tmp_path: Path) -> None:
    target = ("aliyun-avatar", "videoTaskFinished", "--url", f"http://127.0.0.1:{free_port()}/")
    done = bodydouble(*target, "--key", "authKey=x", "--key", "tenant_id=abc")
    assert done.returncode == 2
    problem = 'videoTaskFinished cannot show the tenantId: /tenantId: type: got "abc", expected integer'
    assert f"Error: Invalid value for --key tenantId: {problem}\n" in done.stderr
    credentials = tmp_path / "keys.yaml"
    credentials.write_text("authKey: x\ntenantId: abc\n")
    done = bodydouble(*target, "--credentials", str(credentials))
    assert done.returncode == 2
    assert f"Error: Invalid value for --credentials tenantId: {problem}\n" in done.stderr


def test_a_run_that_cannot_begin_exits_with_2_and_a_single_line() -> None:
    nobody = f"http://127.0.0.1:{free_port()}/"
    for arguments in (
        ("guiji", "videoResult", "--url", nobody),
        ("guiji", "nothing", "--url", nobody),
        ("aliyun-avatar", "videoTaskFinished", "--url", nobody),
    ):
        done = bodydouble(*arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("Error: ")
        assert done.stderr.count("\n") == 1
